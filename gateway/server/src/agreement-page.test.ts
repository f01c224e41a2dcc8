import type { Agreement } from "@thoth/access/agreement";
import { openAccessPort } from "@thoth/access/agreements/access-port";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { courses, now } from "./fixtures/campus.ts";
import { type Ask, openDoor, tokenFor } from "./fixtures/door.ts";

let mesh: SmallMesh;
let ask: Ask;
beforeAll(async () => {
  mesh = await openSmallMesh([courses], { now });
  ask = openDoor(mesh, { access: portOf(agreements) });
});
afterAll(() => mesh?.[Symbol.asyncDispose]());

const count = 250;
const values = Array.from({ length: 50 }, (_, index) => `unit ${index}`);
/** Number 0 is the newest; they lie in the book in another order. */
const agreements = Array.from({ length: count }, (_, index) => agreementOf((index * 7) % count));

function agreementOf(number: number): Agreement {
  return {
    ...{ id: `ag_${number}`, consumer: "ada", product: "campus/courses", major: 1, purpose: "research", role: "tutor" },
    ...{ columns: null, rows: { unit: values }, from: now, until: now + 1, reassessAt: null, status: "requested" },
    ...{ requestedBy: "ada", requestedAt: now - number, reason: "A study", approvals: [] },
  };
}

function portOf(known: readonly Agreement[]) {
  return openAccessPort({
    book: { agreements: () => known, look: () => undefined },
    rules: { products: [], purposes: [], council: undefined },
    ask: async () => expect.fail("nothing is changed"),
  });
}

async function asAda(query: string, variables: Readonly<Record<string, unknown>> = {}) {
  const answer = await ask(query, { variables, headers: { authorization: `Bearer ${await tokenFor("ada")}` } });
  return { ...answer, codes: answer.errors.map(({ extensions }) => extensions.code) };
}

const idsFrom = (from: number, length: number) => Array.from({ length }, (_, index) => ({ id: `ag_${from + index}` }));

describe("agreements come in pages, the newest first", () => {
  test.each<[string, object[]]>([
    ["", idsFrom(0, 50)],
    ["(first: 3)", idsFrom(0, 3)],
    ['(first: 100, after: "ag_99")', idsFrom(100, 100)],
    ['(first: 100, after: "ag_199")', idsFrom(200, 50)],
    ['(after: "ag_249")', []],
    ["(first: 0)", []],
  ])("myAccess%s", async (page, expected) => {
    const { data } = await asAda(`{ myAccess${page} { id } }`);
    expect(data).toEqual({ myAccess: expected });
  });

  test.each<[string, string[] | undefined]>([
    ["{ myAccess { id } }", ["myAccess"]],
    ['{ myAccess(first: 100, after: "ag_199") { id } }', undefined],
  ])("whether there are more of them is told: %s", async (query, truncated) => {
    expect(JSON.parse((await asAda(query)).text).extensions?.truncated).toEqual(truncated);
  });

  test.each([
    ["(first: 101)", "gateway/agreement-page"],
    ["(first: -1)", "gateway/agreement-page"],
    ['(after: "ag_250")', "gateway/agreement-after"],
  ])("myAccess%s is refused", async (page, code) => {
    const { data, codes } = await asAda(`{ myAccess${page} { id } accessRequests { id } }`);
    expect(data).toEqual({ myAccess: null, accessRequests: [] });
    expect(codes).toEqual([code]);
  });
});

describe("what agreements hold is counted before they are read", () => {
  const often = (page: string, times: number) =>
    Array.from({ length: times }, (_, index) => `a${index}: myAccess${page} { reason rows { column values } }`).join(
      " ",
    );
  test.each<[string, string, Record<string, unknown>, string[]]>([
    ["whole pages", `{ ${often("(first: 100)", 20)} }`, {}, ["gateway/discovery-too-costly"]],
    [
      "pages as long as a variable says",
      `query ($first: Int!) { ${often("(first: $first)", 20)} }`,
      { first: 100 },
      ["gateway/discovery-too-costly"],
    ],
    [
      "pages as long as a variable says when nobody does",
      `query ($first: Int! = 100) { ${often("(first: $first)", 20)} }`,
      {},
      ["gateway/discovery-too-costly"],
    ],
    ["short pages", `{ ${often("(first: 5)", 20)} }`, {}, []],
    ["one page", `{ ${often("", 1)} }`, {}, []],
  ])("%s, twenty times", async (_, query, variables, expected) => {
    expect((await asAda(query, variables)).codes).toEqual(expected);
  });

  test("as much as a reader's own agreements hold, and nobody else's", async () => {
    const others = openDoor(mesh, { access: portOf(agreements) });
    const headers = { authorization: `Bearer ${await tokenFor("bea")}` };
    const { data } = await others(`{ ${often("(first: 100)", 20)} }`, { headers });
    expect(data.a19).toEqual([]);
  });
});
