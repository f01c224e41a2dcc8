import { createHash } from "node:crypto";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { campusProducts, courses, now } from "./fixtures/campus.ts";
import { gatewaySettings, openDoor } from "./fixtures/door.ts";
import { createGateway } from "./serve-gateway.ts";

let mesh: SmallMesh;
let page: { readonly status: number; readonly headers: Headers; readonly html: string };

beforeAll(async () => {
  mesh = await openSmallMesh(campusProducts, { now: now - 2 * 3_600_000 });
  page = await openPage();
});

afterAll(() => mesh?.[Symbol.asyncDispose]());

async function openPage(changes: Parameters<typeof gatewaySettings>[1] = {}): Promise<typeof page> {
  const response = await createGateway(gatewaySettings(mesh, changes)).fetch("http://mesh.test/");
  return { status: response.status, headers: response.headers, html: await response.text() };
}

/** The part of the page about one product, as text with single blanks. */
function card(name: string): string {
  const [article = ""] = page.html.split("<article").filter((part) => part.includes(`>${name}</h3>`));
  return (article.split("</article>")[0] ?? "")
    .replace(/^[^>]*>/, "")
    .replace(/<[^>]+>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

test("groups products by domain, with its owner", () => {
  expect(page.status).toBe(200);
  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  const titles = [...page.html.matchAll(/<h2[^>]*>([^<]+)</g)].map(([, title]) => title);
  expect(titles).toEqual(["The campus", "The exams", "The library"]);
  const names = [...page.html.matchAll(/<h3[^>]*>([^<]+)</g)].map(([, name]) => name);
  expect(names).toEqual(["courses", "offerings", "papers", "plans", "results", "loans"]);
  expect(page.html).toContain("owned by campus team, stewarded by campus steward");
});

test("tells what a product is for, how fresh it is and what it promises", () => {
  expect(card("courses")).toBe(
    "courses fresh, 2 h behind Why courses are kept. Rows 4 Version 1.0.0 Promised within 26 h Published 2026-03-18 10:00 Query in GraphiQL · CSV · JSON",
  );
  expect(card("loans")).toContain("stale by 60 min");
  expect(card("plans")).toContain("not published yet Why plans are kept. Rows none yet");
  expect(card("results")).toContain("on request");
  expect(page.html.replace(/<[^>]+>/g, " ")).toMatch(
    /data products\s+6\s+domains\s+3\s+fresh\s+4\s+stale\s+1\s+not published\s+1/,
  );
});

test("every product leads to a query that works", async () => {
  const ask = openDoor(mesh);
  const links = [...page.html.matchAll(/href="\/graphql\?query=([^"]+)"/g)].map(([, query]) =>
    decodeURIComponent(query ?? ""),
  );
  expect(links).toHaveLength(6);
  for (const query of links) {
    const { errors } = await ask(query);
    expect(
      errors.filter(({ extensions }) => extensions.code !== "warehouse/no-snapshot"),
      query,
    ).toEqual([]);
  }
});

describe("the page needs nothing but itself", () => {
  test("one script, and no address of another host", () => {
    expect(page.html.match(/<script/g)).toHaveLength(1);
    expect(page.html).not.toMatch(/\son\w+=|javascript:/i);
    const addresses = [...page.html.matchAll(/(?:href|src|action|url)\s*[=(]\s*["']?([^"')\s>]+)/gi)].map(
      ([, address]) => address,
    );
    expect(addresses.filter((address) => !/^(\/|#|data:)/.test(String(address)))).toEqual([]);
    expect(page.html).not.toContain("@import");
  });

  test("its policy allows its own style and script, requests to this server and nothing else", () => {
    const policy = String(page.headers.get("content-security-policy"));
    const hash = (tag: string) => {
      const content = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page.html)?.[1] ?? "";
      return `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
    };
    const shut = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    expect(policy).toBe(
      `${shut}; style-src ${hash("style")}; img-src data:; script-src ${hash("script")}; connect-src 'self'`,
    );
    expect(page.html).not.toMatch(/\sstyle=/);
  });
});

test("headings, landmarks and names that a screen reader can use", () => {
  expect(page.html).toMatch(/<html lang="en">/);
  expect(page.html.match(/<h1/g)).toHaveLength(1);
  expect(page.html.match(/<(header|main|footer)[ >]/g)).toEqual(["<header>", "<main ", "<footer "]);
  const ids = [...page.html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const labels = [...page.html.matchAll(/aria-labelledby="([^"]+)"/g)].map(([, id]) => id);
  expect(labels.filter((id) => !ids.includes(id))).toEqual([]);
  expect(page.html).toContain('aria-label="Query courses in GraphiQL"');
});

test("what contracts say stays text", async () => {
  const evil = `<img src=x onerror="alert('1')"> & </style>`;
  const catalog = mesh.catalog.map((entry) => ({
    ...entry,
    domainTitle: evil,
    owner: evil,
    stewards: [evil],
    model: { ...entry.model, purpose: evil },
  }));
  const { html } = await openPage({ catalog });
  expect(html).not.toContain("<img");
  expect(html.match(/<\/style>/g)).toHaveLength(1);
  expect(html).toContain("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; &lt;/style&gt;");
});

test("an empty mesh has a page too", async () => {
  const { html, status } = await openPage({ catalog: [] });
  expect(status).toBe(200);
  expect(html).toContain("No domain has a data product yet");
});

test("is not asked for in vain when only one product is there", async () => {
  await using small = await openSmallMesh([courses], { now });
  const response = await createGateway(gatewaySettings(small)).fetch("http://mesh.test/");
  expect((await response.text()).match(/<article/g)).toHaveLength(1);
});

test("tells how to send a token, and where to put it", () => {
  expect(page.html).toContain('<a class="button" href="/graphql">Open GraphiQL</a>');
  expect(page.html).toContain("npx mesh token --as &lt;you&gt;");
  expect(page.html).toContain("Authorization: Bearer …");
  // A form without its script would put what has a name into the address.
  expect(/<input[^>]*>/.exec(page.html)?.[0]).not.toContain("name=");
});

test.each([
  [{ documentsOnly: true }, "MESH_DOCUMENTS_ONLY"],
  [{ introspection: "nobody" }, "MESH_INTROSPECTION"],
] as const)("with %j it offers no GraphiQL, says why, and nothing on it leads there", async (policy, setting) => {
  const { html, headers } = await openPage({ policy });
  expect(html).not.toMatch(/<script|<form/);
  expect(headers.get("content-security-policy")).not.toMatch(/script-src|connect-src/);
  expect(html).not.toMatch(/GraphiQL<\/a>|href="\/graphql/);
  expect(html).toContain(setting);
  expect(html).toContain('href="/products/campus/courses"');
});
