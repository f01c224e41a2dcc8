import { request as sendRaw } from "node:http";
import { text as readText } from "node:stream/consumers";
import type { RunningServer } from "@thoth/subgraph/served-graph";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { courses, now } from "./fixtures/campus.ts";
import { gatewaySettings, type RecordedLog, recordLog, type SeenError } from "./fixtures/door.ts";
import { createGateway, serveGateway } from "./serve-gateway.ts";

let mesh: SmallMesh;
let server: RunningServer;
let log: RecordedLog;

beforeAll(async () => {
  mesh = await openSmallMesh([courses], { now });
  log = recordLog();
  server = await serveGateway(gatewaySettings(mesh, { log, limits: { bodyLimitBytes: 20_000 } }));
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await mesh?.[Symbol.asyncDispose]();
});

const json = { "content-type": "application/json" };
const typename = JSON.stringify({ query: "{ __typename }" });

const graphql = (init: RequestInit & { readonly query?: string } = {}) =>
  fetch(`${server.url}/graphql${init.query ?? ""}`, { redirect: "manual", ...init });

async function refusal(response: Response): Promise<{ status: number; code: string; hint: unknown; text: string }> {
  const text = await response.text();
  const [error] = (JSON.parse(text) as { errors: SeenError[] }).errors;
  return { status: response.status, code: error?.extensions.code ?? "", hint: error?.extensions.hint, text };
}

describe("an operation is accepted as", () => {
  test.each<[string, () => Promise<Response>]>([
    ["a POST of JSON", () => graphql({ method: "POST", headers: json, body: typename })],
    [
      "a POST of JSON in UTF-8",
      () => graphql({ method: "POST", headers: { "content-type": "application/json; charset=utf-8" }, body: typename }),
    ],
    ["a GET", () => graphql({ query: "?query=%7B__typename%7D" })],
    [
      "a GET with variables",
      () =>
        graphql({
          query: `?query=${encodeURIComponent("query($no: Boolean!) { __typename @skip(if: $no) __typename }")}&variables=${encodeURIComponent('{"no":false}')}`,
        }),
    ],
    [
      "one of several operations, by name",
      () =>
        graphql({
          method: "POST",
          headers: json,
          body: JSON.stringify({ query: "query A { __typename } query B { a: __typename }", operationName: "A" }),
        }),
    ],
  ])("%s", async (_what, send) => {
    const response = await send();
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ data: { __typename: "Query" } });
  });
});

describe("refused with a code and what to send instead", () => {
  const standard = { ...json, accept: "application/graphql-response+json" };
  const post = (body: string, headers: Record<string, string> = json) => graphql({ method: "POST", headers, body });
  const typed = (contentType: string, body = typename) => post(body, { "content-type": contentType });
  test.each<[string, () => Promise<Response>, number, string]>([
    [
      "a form, which any page can send",
      () => typed("application/x-www-form-urlencoded", "query=%7B__typename%7D"),
      415,
      "gateway/content-type",
    ],
    ["plain text, which any page can send", () => typed("text/plain"), 415, "gateway/content-type"],
    [
      "a multipart form, which any page can send",
      () => typed("multipart/form-data; boundary=x"),
      415,
      "gateway/content-type",
    ],
    ["bare GraphQL", () => typed("application/graphql", "{ __typename }"), 415, "gateway/content-type"],
    ["no type", () => graphql({ method: "POST", body: new Blob([typename]) }), 415, "gateway/content-type"],
    ["JSON hidden in another type", () => typed("text/plain; application/json"), 415, "gateway/content-type"],
    ["malformed JSON", () => post('{"query": "{ s3cret'), 400, "gateway/bad-request"],
    ["JSON that is no object", () => post('"{ __typename }"'), 400, "gateway/bad-request"],
    ["null", () => post("null"), 400, "gateway/bad-request"],
    ["no query", () => post("{}"), 400, "gateway/bad-request"],
    ["a query that is no text", () => post('{"query": 1}'), 400, "gateway/bad-request"],
    [
      "variables that are no object",
      () => post('{"query": "{ __typename }", "variables": [1]}'),
      400,
      "gateway/bad-request",
    ],
    [
      "very many operations in one request",
      () => post(`[${Array(11).fill(typename)}]`),
      413,
      "gateway/batch-too-large",
    ],
    [
      "a compressed body, which can stand for gigabytes",
      () => post(typename, { ...json, "content-encoding": "gzip" }),
      415,
      "gateway/content-encoding",
    ],
    [
      "what another site's page has a browser ask",
      () => graphql({ query: "?query=%7B__typename%7D", headers: { "sec-fetch-site": "cross-site" } }),
      403,
      "gateway/cross-site",
    ],
    ["a parameter nobody knows", () => post('{"query": "{ __typename }", "admin": true}'), 400, "gateway/bad-request"],
    [
      "variables in the address that are no JSON",
      () => graphql({ query: "?query=%7B__typename%7D&variables=%7Bs3cret" }),
      400,
      "gateway/bad-request",
    ],
    ["a GET without a query", () => graphql(), 400, "gateway/bad-request"],
    ["another method", () => graphql({ method: "PUT", headers: json, body: typename }), 405, "gateway/bad-request"],
    ["a method that would delete", () => graphql({ method: "DELETE" }), 405, "gateway/bad-request"],
    [
      "a body that is too large",
      () => post(JSON.stringify({ query: `{ __typename } # ${"x".repeat(20_000)}` })),
      413,
      "gateway/body-too-large",
    ],
    [
      "a query that nests too deep",
      () => post(JSON.stringify({ query: `{ a ${"{ a ".repeat(30)}${"}".repeat(31)}` }), standard),
      400,
      "gateway/too-deep",
    ],
    [
      "a query that nests deeper than the parser's stack",
      () => post(JSON.stringify({ query: "{a".repeat(9_000) }), standard),
      400,
      "gateway/too-deep",
    ],
    [
      "a query with very many fields",
      () =>
        post(
          JSON.stringify({
            query: `{ ${"__typename ".repeat(1_800)} ...f } fragment f on Query { ${"a:__typename ".repeat(300)} }`,
          }),
        ),
      413,
      "gateway/body-too-large",
    ],
  ])("%s", async (_what, send, status, code) => {
    const refused = await refusal(await send());
    expect(refused).toMatchObject({ status, code, hint: expect.any(String) });
    expect(refused.text).not.toContain("s3cret");
  });

  test("a body of unknown length is cut off where it becomes too large", async () => {
    const chunk = Buffer.alloc(65_536, " ");
    let sentBytes = 0;
    const body = new ReadableStream({
      pull(controller) {
        sentBytes += chunk.length;
        controller.enqueue(chunk);
      },
    });
    const response = await graphql({ method: "POST", headers: json, body, duplex: "half" } as RequestInit);
    expect(await refusal(response)).toMatchObject({ status: 413, code: "gateway/body-too-large" });
    expect(sentBytes).toBeLessThan(50_000_000);
    // Whoever asks next on the same connection is not left waiting.
    expect((await post(typename)).status).toBe(200);
  });

  test("a length that lies is no way around", async () => {
    const response = await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const sending = sendRaw(
        `${server.url}/graphql`,
        { method: "POST", headers: { ...json, "content-length": "abc" } },
        async (answer) => resolve({ status: answer.statusCode, text: await readText(answer) }),
      );
      sending.on("error", reject);
      sending.end(typename);
    });
    expect(response.status).toBe(400);
  });

  test("mistakes in the query keep the standard's codes and say where", async () => {
    const unknown = await refusal(await post(JSON.stringify({ query: "{ courses { nodes { nope } } }" }), standard));
    expect(unknown).toMatchObject({ status: 400, code: "GRAPHQL_VALIDATION_FAILED" });
    expect(unknown.text).toContain('"locations":[{"line":1,"column":21}]');
    expect(await refusal(await post(JSON.stringify({ query: "{ courses" }), standard))).toMatchObject({
      status: 400,
      code: "GRAPHQL_PARSE_FAILED",
    });
    const coerced = await post(
      JSON.stringify({ query: "query ($n: Int!) { courses(first: $n) { totalCount } }", variables: { n: "x" } }),
      standard,
    );
    expect(await refusal(coerced)).toMatchObject({
      status: 400,
      code: "gateway/bad-variables",
      text: expect.stringContaining("$n"),
    });
  });

  test("nothing of this was our fault", () => {
    expect(log.lines.filter(({ level }) => level === "error")).toEqual([]);
  });
});

describe("every answer", () => {
  test.each<[string, () => Promise<Response>]>([
    ["data", () => graphql({ method: "POST", headers: json, body: typename })],
    ["refusals", () => graphql({ method: "POST", headers: { "content-type": "text/plain" }, body: typename })],
    ["the start page", () => fetch(`${server.url}/`)],
    ["GraphiQL", () => graphql({ headers: { accept: "text/html" } })],
    ["health", () => fetch(`${server.url}/healthz`)],
    ["nothing", () => fetch(`${server.url}/nothing`)],
  ])("%s: is not sniffed, framed, kept for others, or readable by other sites", async (_what, send) => {
    const { headers, body } = await send();
    await body?.cancel();
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("cache-control")).toMatch(/^no-(store|cache)$/);
    expect(headers.get("access-control-allow-origin")).toBeNull();
  });

  test("another site's browser gets no permission to ask", async () => {
    const headers = {
      origin: "https://elsewhere.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type",
    };
    const response = await graphql({ method: "OPTIONS", headers });
    await response.body?.cancel();
    expect([...response.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

describe("paths", () => {
  test.each<[string, string, number, RegExp]>([
    ["GET", "/healthz", 200, /^$/],
    ["GET", "/readyz", 200, /^ready\n$/],
    ["HEAD", "/readyz", 200, /^$/],
    ["HEAD", "/", 200, /^$/],
    ["POST", "/readyz", 405, /only be read/],
    ["POST", "/", 405, /only be read/],
    [
      "GET",
      "/nothing",
      404,
      /^Nothing is at \/nothing\. This server has \/, \/graphql, \/healthz, \/readyz, \/products, \/streams\.\n$/,
    ],
    ["HEAD", "/nothing", 404, /^$/],
    ["POST", "/graphql/x", 404, /Nothing is at/],
    ["GET", "/%3Cscript%3E", 404, /%3Cscript%3E/],
    ["GET", "//elsewhere.example/x", 404, /Nothing is at/],
    ["GET", "/graphql/../nothing", 404, /Nothing is at \/nothing/],
  ])("%s %s: %d", async (method, path, status, body) => {
    const answer = await new Promise<{ status: number | undefined; text: string; type: string | undefined }>(
      (resolve, reject) => {
        const { hostname, port } = new URL(server.url);
        const sending = sendRaw({ hostname, port, path, method }, async (response) =>
          resolve({
            status: response.statusCode,
            text: await readText(response),
            type: response.headers["content-type"],
          }),
        );
        sending.on("error", reject).end();
      },
    );
    expect(answer).toMatchObject({ status, text: expect.stringMatching(body) });
    if (status === 404) expect(answer.type).toBe("text/plain; charset=utf-8");
  });

  test("not ready while stopping", async () => {
    const readiness = (stopping: AbortSignal) =>
      createGateway({ ...gatewaySettings(mesh), stopping }).fetch("http://mesh.test/readyz");
    expect((await readiness(AbortSignal.abort())).status).toBe(503);
    expect((await readiness(new AbortController().signal)).status).toBe(200);
  });

  test("ready once something is published", async () => {
    const { rows, ...unpublished } = courses;
    await using empty = await openSmallMesh([unpublished], { now });
    await using idle = await serveGateway(gatewaySettings(empty));
    expect((await fetch(`${idle.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${idle.url}/healthz`)).status).toBe(200);
    await empty.publish("campus/courses", String(rows));
    expect((await fetch(`${idle.url}/readyz`)).status).toBe(200);
  });
});
