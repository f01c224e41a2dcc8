import { createHash } from "node:crypto";
import type { PortPolicy } from "@thoth/subgraph/port-policy";
import type { RunningServer } from "@thoth/subgraph/served-graph";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { courses, now } from "./fixtures/campus.ts";
import { gatewaySettings } from "./fixtures/door.ts";
import { serveGateway } from "./serve-gateway.ts";

let mesh: SmallMesh;
let open: RunningServer;
let closed: RunningServer;

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const text = "query ($code: String!) {\n  coursesByKey(code: $code) { code }\n}\n";
const deep = `{ a${"{ a".repeat(30)} ${"}".repeat(31)}`;
const documents = new Map([
  [sha256(text), text],
  ["course-by-code", text],
  ["deep", deep],
]);
const unknown = "{ courses { totalCount } }";

beforeAll(async () => {
  mesh = await openSmallMesh([courses], { now });
  const serve = (policy: Partial<PortPolicy>) => serveGateway(gatewaySettings(mesh, { policy }));
  [open, closed] = await Promise.all([serve({ documents }), serve({ documents, documentsOnly: true })]);
});
afterAll(async () => {
  for (const server of [open, closed]) await server?.[Symbol.asyncDispose]();
  await mesh?.[Symbol.asyncDispose]();
});

const variables = { code: "B2" };
const answer = { data: { coursesByKey: { code: "B2" } } };

async function post(server: RunningServer, body: unknown) {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  return read(await fetch(`${server.url}/graphql`, init));
}

async function get(server: RunningServer, parameters: Record<string, string>, headers = {}) {
  return read(await fetch(`${server.url}/graphql?${new URLSearchParams(parameters)}`, { headers }));
}

async function read(response: Response) {
  const body = await response.text();
  return { status: response.status, headers: response.headers, body: body === "" ? undefined : JSON.parse(body) };
}

const persisted = (sha256Hash: unknown) => ({ persistedQuery: { version: 1, sha256Hash } });

describe("a document is known", () => {
  test.each<[string, object]>([
    ["by its hash", { documentId: sha256(text) }],
    ["by its hash, said to be one", { documentId: `sha256:${sha256(text)}` }],
    ["by its name", { documentId: "course-by-code" }],
    ["as other clients say it", { extensions: persisted(sha256(text)) }],
    ["with its own text beside it", { query: text, documentId: sha256(text) }],
    ["by its text alone", { query: text }],
  ])("%s", async (_what, form) => {
    for (const server of [open, closed]) {
      expect(await post(server, { ...form, variables })).toMatchObject({ status: 200, body: answer });
      expect(await post(server, [{ ...form, variables }])).toMatchObject({ status: 200, body: [answer] });
    }
  });

  test.each<[string, Record<string, string>]>([
    ["by an id in the address", { documentId: sha256(text), variables: JSON.stringify(variables) }],
    [
      "by an extension in the address",
      { extensions: JSON.stringify(persisted(sha256(text))), variables: JSON.stringify(variables) },
    ],
  ])("%s, and its answer is given again", async (_what, parameters) => {
    for (const server of [open, closed]) {
      const first = await get(server, parameters);
      expect(first).toMatchObject({ status: 200, body: answer });
      expect((await get(server, parameters)).headers.get("cache-status")).toBe("mesh; hit");
      const etag = first.headers.get("etag") ?? "";
      expect((await get(server, parameters, { "if-none-match": etag })).status).toBe(304);
    }
  });
});

describe("refused", () => {
  test.each<[string, "open" | "closed", object, number, string]>([
    ["an id that nobody knows", "open", { documentId: sha256("x") }, 400, "gateway/document-unknown"],
    ["an id that every object knows", "open", { documentId: "__proto__" }, 400, "gateway/document-unknown"],
    ["an id that is none", "open", { documentId: 7 }, 400, "gateway/bad-request"],
    ["an extension that is none", "open", { extensions: { persistedQuery: null } }, 400, "gateway/bad-request"],
    [
      "a text under the id of another",
      "open",
      { query: unknown, documentId: sha256(text) },
      400,
      "gateway/document-mismatch",
    ],
    [
      "a text under a hash that is not its own",
      "open",
      { query: unknown, extensions: persisted(sha256("x")) },
      400,
      "gateway/document-mismatch",
    ],
    ["a known one that nests too deep, as any other", "open", { documentId: "deep" }, 400, "gateway/too-deep"],
    ["where only known ones are answered, another", "closed", { query: unknown }, 403, "gateway/document-required"],
    [
      "the same with an id",
      "closed",
      { query: unknown, extensions: persisted(sha256(unknown)) },
      400,
      "gateway/document-unknown",
    ],
    ["the schema", "closed", { query: "{ __schema { queryType { name } } }" }, 403, "gateway/document-required"],
    ["no document at all", "closed", {}, 403, "gateway/document-required"],
  ])("%s (%s)", async (_what, door, form, status, code) => {
    const refused = await post(door === "open" ? open : closed, form);
    expect(refused.body.errors).toMatchObject([{ extensions: { code, hint: expect.any(String) } }]);
    // Rules of documents are told by the body to who accepts application/json.
    expect([status, 200]).toContain(refused.status);
  });

  test("what is not known is answered where that is allowed, under its own hash too", async () => {
    const data = { courses: { totalCount: 4 } };
    expect(await post(open, { query: unknown })).toMatchObject({ body: { data } });
    expect(await post(open, { query: unknown, extensions: persisted(sha256(unknown)) })).toMatchObject({
      body: { data },
    });
  });
});
