import { createHash } from "node:crypto";
import { runInNewContext } from "node:vm";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, expect, test } from "vitest";
import { courses, now } from "./fixtures/campus.ts";
import { gatewaySettings } from "./fixtures/door.ts";
import { createGateway } from "./serve-gateway.ts";

let mesh: SmallMesh;
let gateway: ReturnType<typeof createGateway>;

beforeAll(async () => {
  mesh = await openSmallMesh([courses], { now });
  gateway = createGateway(gatewaySettings(mesh));
});

afterAll(() => mesh?.[Symbol.asyncDispose]());

const get = async (headers: Record<string, string>, search = "") =>
  gateway.fetch(`http://mesh.test/graphql${search}`, { headers: { accept: "text/html,*/*", ...headers } });

test("opens with a query, from nothing but the page itself", async () => {
  const response = await get({});
  const html = await response.text();
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(html).toContain("query WhatIsThere {");
  const markup = html.replace(/<script>[\s\S]*<\/script>/, "").replace(/<style>[\s\S]*?<\/style>/, "");
  expect(markup).not.toMatch(/https?:/);
  expect(/<style>([\s\S]*?)<\/style>/.exec(html)?.[1]).not.toMatch(/url\(["']?(https?:|\/\/)|@import/);
});

/** What the editor is opened with by a tab that keeps these. */
async function optionsOf(sessionStorage: Map<string, string>, localStorage = new Map<string, string>()) {
  const html = (await (await get({})).text()).slice(-20_000);
  const call = /querySelector\('#root'\),\s*(Object\.assign\([\s\S]*\)),\s*\);\s*<\/script>/;
  const place = (map: Map<string, string>) => ({
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, text: string) => void map.set(key, text),
  });
  const tab = { sessionStorage: place(sessionStorage), localStorage: place(localStorage) };
  return runInNewContext(call.exec(html)?.[1] ?? "", tab);
}

test.each<[string, Map<string, string>, RegExp, object | undefined]>([
  ["nobody in particular", new Map(), /nobody in particular/, undefined],
  ["who has signed in", new Map([["mesh-token", "a.b.c"]]), /token is sent/, { authorization: "Bearer a.b.c" }],
])("asks as %s, and shows no token", async (_, kept, words, sent) => {
  const { defaultHeaders, additionalHeaders, shouldPersistHeaders } = await optionsOf(kept);
  expect({ shouldPersistHeaders, additionalHeaders }).toEqual({ shouldPersistHeaders: false, additionalHeaders: sent });
  expect(defaultHeaders).toMatch(words);
  // What is left without its comments is what the editor sends.
  expect(JSON.parse(defaultHeaders.replaceAll(/^\s*\/\/.*$/gm, ""))).toEqual({});
});

test("what GraphiQL keeps of what was asked is kept without headers", async () => {
  const local = new Map<string, string>();
  const { storage } = await optionsOf(new Map(), local);
  const asked = { query: "{ a }", variables: "{}" };
  const headers = '{ "authorization": "Bearer s3cret" }';
  storage.setItem("graphiql:queries", JSON.stringify({ queries: [{ ...asked, headers }] }));
  storage.setItem("graphiql:favorites", JSON.stringify({ favorites: [{ ...asked, headers, label: "mine" }] }));
  storage.setItem("graphiql:theme", "dark");
  expect(Object.fromEntries(local)).toEqual({
    "graphiql:queries": JSON.stringify({ queries: [asked] }),
    "graphiql:favorites": JSON.stringify({ favorites: [{ ...asked, label: "mine" }] }),
    "graphiql:theme": "dark",
  });
  expect(storage.getItem("graphiql:theme")).toBe("dark");
  expect(storage.getItem("graphiql:nothing")).toBeNull();
});

test("its policy allows the one script as it is, and requests to this server alone", async () => {
  const response = await get({});
  const policy = String(response.headers.get("content-security-policy"));
  const script = /<script>([\s\S]*?)<\/script>/.exec(await response.text())?.[1] ?? "";
  expect(policy).toContain(`script-src 'sha256-${createHash("sha256").update(script).digest("base64")}'`);
  expect(policy).toContain("connect-src 'self'");
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
});

test("travels compressed, and only when it has changed", async () => {
  const plain = await get({});
  const etag = String(plain.headers.get("etag"));
  await plain.body?.cancel();
  const packed = await get({ "accept-encoding": "gzip, br" });
  expect(packed.headers.get("content-encoding")).toBe("gzip");
  expect((await packed.arrayBuffer()).byteLength).toBeLessThan(3_000_000);
  const again = await get({ "if-none-match": etag });
  expect(again.status).toBe(304);
  expect(await again.text()).toBe("");
});

test("is for browsers: programs that ask in the address get their answer", async () => {
  const query = `?query=${encodeURIComponent("{ courses { totalCount } }")}`;
  expect((await get({}, query)).headers.get("content-type")).toContain("text/html");
  const answer = await get({ accept: "application/json" }, query);
  expect(await answer.json()).toEqual({ data: { courses: { totalCount: 4 } } });
});
