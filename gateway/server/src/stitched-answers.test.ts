import { decide } from "@thoth/access/decide";
import { anonymous } from "@thoth/access/decision";
import { buildSubgraph } from "@thoth/subgraph/build-subgraph";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import fc from "fast-check";
import { graphql } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { courses, loans, now, offerings, papers } from "./fixtures/campus.ts";
import { openDoor } from "./fixtures/door.ts";
import { randomQuery } from "./fixtures/random-query.ts";

// Every reference leads somewhere: of one that does not, a gateway knows the key, and a single graph nothing.
const world = [
  courses,
  offerings,
  {
    ...loans,
    rows: `select * replace (if(course_code = 'Z9', 'B2', course_code) as course_code, if(period = '1999-1', '2025-2', period) as period) from (${loans.rows})`,
  },
  papers,
];

let mesh: SmallMesh;

beforeAll(async () => {
  mesh = await openSmallMesh(world, { now });
});

afterAll(() => mesh?.[Symbol.asyncDispose]());

test.each([
  ["planned", true],
  ["stitched", false],
])("three %s domains answer as one graph without any stitching would", async (_how, plans) => {
  const ask = openDoor(mesh, { plans });
  const { schema } = buildSubgraph({ domain: "all", products: mesh.catalog.map(({ model }) => model), foreign: [] });
  const askOne = async (source: string) => {
    const contextValue = {
      engine: mesh.readSide,
      principal: anonymous,
      purpose: undefined,
      decide: (product: Parameters<typeof decide>[1]) => decide(anonymous, product),
      now,
      signal: undefined,
    };
    const { data, errors } = await graphql({ schema, source, contextValue });
    return { data: JSON.parse(JSON.stringify(data ?? null)), errors: (errors ?? []).map(({ message }) => message) };
  };
  await fc.assert(
    fc.asyncProperty(randomQuery(schema, ["convenorEmail", "borrower", "teacher", "previous"]), async (query) => {
      const [door, one] = await Promise.all([ask(query), askOne(query)]);
      expect(door.data, query).toEqual(one.data);
      expect(messages(door.errors.map(({ message }) => message)), query).toEqual(messages(one.errors));
    }),
    { numRuns: 120, seed: 20260318, endOnFailure: true },
  );
});

/** References to the log are different every time. */
function messages(texts: readonly string[]): Set<string> {
  return new Set(texts.map((text) => text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, "<reference>")));
}
