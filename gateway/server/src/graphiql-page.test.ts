import { createHash } from "node:crypto";
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

test("shows where a token goes, and sends none", async () => {
  const html = await (await get({})).text();
  const [, options = "{}"] = /querySelector\('#root'\),\s*(\{.*\}),\s*\);\s*<\/script>/.exec(html.slice(-20_000)) ?? [];
  const { defaultHeaders = "", shouldPersistHeaders } = JSON.parse(options);
  expect(shouldPersistHeaders).toBe(false);
  expect(defaultHeaders).toContain("npx mesh token --as <you>");
  expect(defaultHeaders).toContain('"authorization": "Bearer …"');
  // What is left without its comments is what is sent.
  expect(JSON.parse(defaultHeaders.replaceAll(/^\s*\/\/.*$/gm, ""))).toEqual({});
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
