import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { textBytes } from "./answer-size.ts";
import { courses, now } from "./fixtures/campus.ts";
import { gatewaySettings } from "./fixtures/door.ts";
import { createGateway } from "./serve-gateway.ts";

const answerBytes = 20_000;
let mesh: SmallMesh;
let gateway: ReturnType<typeof createGateway>;
beforeAll(async () => {
  mesh = await openSmallMesh([courses], { now });
  gateway = createGateway(gatewaySettings(mesh, { limits: { answerBytes } }));
});
afterAll(async () => {
  await gateway?.dispose();
  await mesh?.[Symbol.asyncDispose]();
});

async function send(body: unknown): Promise<{ readonly status: number; readonly text: string }> {
  const response = await gateway.fetch("http://mesh.test/graphql", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

const contracts = (times: number) => ({
  query: `{ ${Array.from({ length: times }, (_, index) => `a${index}: dataProducts { contract }`).join(" ")} }`,
});
const rows = { query: "{ courses { nodes { code name } } }" };

describe("an answer that would be too large is refused before it is written", () => {
  test("with what to do instead", async () => {
    expect((await send(contracts(1))).status).toBe(200);
    const { status, text } = await send(contracts(100));
    expect(status).toBe(400);
    expect(JSON.parse(text)).toEqual({
      errors: [
        {
          message: "The answer would be larger than 20000 bytes",
          extensions: {
            code: "gateway/answer-too-large",
            hint: "Ask for less at a time: fewer fields, shorter pages, fewer operations in one request.",
          },
        },
      ],
    });
  });

  test("operations of one request share what there is", async () => {
    const { text } = await send([rows, ...Array.from({ length: 8 }, () => contracts(4)), rows]);
    const answers = JSON.parse(text) as { data?: unknown; errors?: { extensions: { code: string } }[] }[];
    expect(answers).toHaveLength(10);
    const codes = new Set(answers.flatMap(({ errors = [] }) => errors.map(({ extensions }) => extensions.code)));
    expect([...codes]).toEqual(["gateway/answer-too-large"]);
    expect(answers.some(({ data }) => data != null)).toBe(true);
    expect(Buffer.byteLength(text)).toBeLessThan(2 * answerBytes);
  });
});

test("what is counted is about what is written", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const written = Buffer.byteLength(JSON.stringify(value));
      const counted = textBytes(value, Number.POSITIVE_INFINITY);
      // A character may be written as six, and a number has some twenty digits.
      expect(counted * 6).toBeGreaterThanOrEqual(written);
      expect(counted).toBeLessThanOrEqual(written * 6 + 6);
    }),
  );
});
