import type { RunningServer } from "@thoth/subgraph/served-graph";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { courses, now } from "./fixtures/campus.ts";
import { gatewaySettings } from "./fixtures/door.ts";
import { serveGateway } from "./serve-gateway.ts";

let mesh: SmallMesh;
let server: RunningServer;

beforeAll(async () => {
  mesh = await openSmallMesh([courses], { now });
  server = await serveGateway(gatewaySettings(mesh, { limits: { batch: 3 } }));
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await mesh?.[Symbol.asyncDispose]();
});

async function send(body: unknown, url = server.url) {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(`${url}/graphql`, init);
  return { status: response.status, headers: response.headers, answers: JSON.parse(await response.text()) };
}

const codes = { query: "{ courses(first: 2) { nodes { code } } }" };
const one = { query: "query ($code: String!) { coursesByKey(code: $code) { code } }", variables: { code: "B2" } };
const codesAnswer = { data: { courses: { nodes: [{ code: "A1" }, { code: "B2" }] } } };
const oneAnswer = { data: { coursesByKey: { code: "B2" } } };

describe("several operations in one request", () => {
  test("are answered one by one, in their order: planned, not planned, and wrong ones", async () => {
    const mixed = { query: '{ courses { totalCount } dataProduct(id: "campus/courses") { id } }' };
    for (const [batch, answers] of [
      [
        [codes, one, codes],
        [codesAnswer, oneAnswer, codesAnswer],
      ],
      [
        [one, { query: "{ __typename }" }],
        [oneAnswer, { data: { __typename: "Query" } }],
      ],
      [[mixed], [{ data: { courses: { totalCount: 4 }, dataProduct: { id: "campus/courses" } } }]],
    ] as const) {
      // The second time, statements are answered from memory.
      for (const _ of [1, 2]) expect(await send(batch)).toMatchObject({ status: 200, answers });
    }
    const { answers } = await send([codes, { query: "{ nothing }" }, { query: 1 }]);
    expect(answers).toMatchObject([
      codesAnswer,
      { errors: [{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }] },
      { errors: [{ extensions: { code: "gateway/bad-request" } }] },
    ]);
  });

  test("an answer to a list is never taken for the answer to one operation", async () => {
    const { answers: list } = await send([codes]);
    const { answers: alone } = await send(codes);
    expect(list).toEqual([alone]);
    expect((await send([codes])).headers.get("cache-status")).toBeNull();
  });

  test.each<[string, unknown, number, string]>([
    ["more than are allowed", [codes, codes, codes, codes], 413, "gateway/batch-too-large"],
    ["none", [], 400, "gateway/bad-request"],
  ])("%s: refused", async (_what, body, status, code) => {
    const refused = await send(body);
    expect(refused.status).toBe(status);
    expect(refused.answers.errors).toMatchObject([{ extensions: { code, hint: expect.any(String) } }]);
  });

  test.each([
    ["lists in lists", [[codes, codes]]],
    ["nothing", [null]],
    ["numbers", [7]],
  ])("%s are no operations", async (_what, body) => {
    expect((await send(body)).answers).toMatchObject([{ errors: [{ extensions: { code: "gateway/bad-request" } }] }]);
  });

  test("each counts for itself", async () => {
    const rates = { requests: { perSecond: 1, burst: 4 }, values: { perSecond: 1e9, burst: 1e9 } };
    await using limited = await serveGateway(gatewaySettings(mesh, { policy: { rates } }));
    expect((await send([codes, codes, codes], limited.url)).answers).toEqual([codesAnswer, codesAnswer, codesAnswer]);
    const { answers } = await send([codes, codes], limited.url);
    expect(answers.filter((answer: { data?: unknown }) => answer.data !== undefined)).toHaveLength(1);
    expect(JSON.stringify(answers)).toContain("gateway/rate-exceeded");
    // Two more than the second that came meanwhile could bring.
    expect((await send(codes, limited.url)).status).toBe(429);
  });
});
