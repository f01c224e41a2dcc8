import { buildSubgraph } from "@thoth/subgraph/build-subgraph";
import { defineGraph } from "@thoth/subgraph/graph-extension";
import type { PlacedSubgraph } from "@thoth/subgraph/served-graph";
import { type SmallProduct, smallContracts } from "@thoth/testing/small-contract";
import { describe, expect, test } from "vitest";
import { courses, loans, offerings } from "./fixtures/campus.ts";
import { checkSubgraphs } from "./serve-gateway.ts";

const world = [courses, offerings, loans];

/** The subgraph of one domain among these products. */
function place(
  products: readonly SmallProduct[],
  domain: string,
  extend?: ReturnType<typeof defineGraph>,
): PlacedSubgraph {
  const models = smallContracts(products).map(({ model }) => model);
  const own = models.filter((model) => model.domain === domain);
  const foreign = models.filter((model) => model.domain !== domain);
  return { subgraph: buildSubgraph({ domain, products: own, foreign, extensions: extend ? [extend] : [] }) };
}

const campus = place(world, "campus");
const library = place(world, "library");

/** `code: message` of what composing throws. */
function refusal(...placed: readonly PlacedSubgraph[]): string {
  try {
    checkSubgraphs(placed);
    return "composed";
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return `${code}: ${message}`;
  }
}

describe("subgraphs that fit together compose", () => {
  test("with stubs of each other, in any order", () => {
    expect(refusal(campus, library)).toBe("composed");
    expect(refusal(library, campus)).toBe("composed");
  });

  test("and so does a domain whose neighbours are missing", () => {
    expect(refusal(library)).toBe("composed");
  });
});

const theirs = (changes: Partial<SmallProduct>): PlacedSubgraph =>
  place([{ ...courses, id: "annex/halls", object: "hall", relations: {}, ...changes }], "annex");

test.each<[string, PlacedSubgraph[], string]>([
  [
    "a type that two domains own",
    [campus, theirs({ object: "course" })],
    "gateway/type-conflict: Domains campus and annex both define Course, and not alike",
  ],
  [
    "a root field of the same name",
    [campus, theirs({ id: "annex/courses" })],
    "gateway/type-conflict: Domains campus and annex both define Query.courses, and not alike",
  ],
  [
    "an input that another domain's product has as its type",
    [campus, theirs({ object: "course_where" })],
    "gateway/type-conflict: Domains campus and annex both define CourseWhere, and not alike",
  ],
  [
    "the same field on a type that both add to",
    [
      campus,
      library,
      place(
        [...world, { ...loans, id: "annex/borrowings", object: "borrowing" }],
        "annex",
        defineGraph((builder, types) => {
          if (types.Course === undefined) throw new Error("no type Course");
          builder.objectField(types.Course, "loans", (t) => t.string({ resolve: () => "two" }));
        }),
      ),
    ],
    "gateway/type-conflict: Domains library and annex both define Course.loans, and not alike",
  ],
  [
    "a root field of discovery",
    [theirs({ id: "annex/glossary" })],
    "gateway/name-reserved: Domain annex defines glossary, which belongs to the gateway's own discovery fields",
  ],
  [
    "a type of discovery",
    [theirs({ object: "data_product" })],
    "gateway/name-reserved: Domain annex defines DataProduct, which belongs to the gateway's own discovery fields",
  ],
  [
    "a reference to another version of the key",
    [
      campus,
      place(
        [
          { ...courses, key: ["code", "name"] },
          {
            ...loans,
            columns: { ...loans.columns, course_name: "string" },
            relations: { course: { to: "campus/courses", from: ["course_code", "course_name"] } },
          },
        ],
        "library",
      ),
    ],
    "gateway/key-conflict: Domains campus and library disagree on the key of Course: { code: String! } and { code: String!, name: String! }",
  ],
])("refuses %s", (_what, placed, expected) => {
  expect(refusal(...placed)).toBe(expected);
});
