import { getIntrospectionQuery, parse } from "graphql";
import { describe, expect, test } from "vitest";
import { gatewaysRules, judgeDocument, readersRules } from "./document-rules.ts";

const nested = (levels: number) => `${"{ a ".repeat(levels)}${"}".repeat(levels)}`;
const wide = (fields: number) => `{ ${Array.from({ length: fields }, (_, index) => `a${index}: a`).join(" ")} }`;
/** Every fragment uses the one before it twice. */
const bomb = (generations: number) =>
  Array.from(
    { length: generations },
    (_, index) => `fragment f${index + 1} on A { x { ...f${index} } y { ...f${index} } }`,
  ).join(" ");

describe("what readers may ask at once", () => {
  test.each<[string, string, string | undefined]>([
    ["the deepest that is allowed", nested(16), undefined],
    ["one level more", nested(17), "gateway/too-deep"],
    ["levels behind a fragment", `{ a { ...f } } fragment f on A ${nested(16)}`, "gateway/too-deep"],
    ["levels behind an inline fragment", `{ a { ... on A ${nested(16)} } }`, "gateway/too-deep"],
    ["the second operation of a document", `query A { a } query B ${nested(17)}`, "gateway/too-deep"],
    ["the most fields", `{ b ${wide(1_999)} }`, undefined],
    ["one field more", `{ b ${wide(2_000)} }`, "gateway/too-many-fields"],
    ["the most questions", wide(100), undefined],
    ["one question more", wide(101), "gateway/too-many-questions"],
    [
      "questions in fragments of fragments",
      `{ ...g2 } fragment g0 on A ${wide(40)} fragment g1 on A { ...g0 ... on A { ...g0 } } fragment g2 on A { ...g1 ...g1 }`,
      "gateway/too-many-questions",
    ],
    [
      "a few fragments that stand for thousands of fields",
      `{ ...f12 } fragment f0 on A { a } ${bomb(12)}`,
      "gateway/too-many-fields",
    ],
    ["a fragment inside itself, which the standard refuses", "{ ...f } fragment f on A { a { ...f } }", undefined],
    ["a fragment that is not there, which the standard refuses", "{ ...f }", undefined],
    ["an alias under which keys are kept", "{ a { __key_code: name } }", "gateway/alias-reserved"],
    ["an alias that is a type name", "{ a { __typename: name } }", "gateway/alias-reserved"],
    ["a type name", "{ a { __typename kind: __typename _id: id } }", undefined],
    [
      "introspection",
      getIntrospectionQuery({
        specifiedByUrl: true,
        directiveIsRepeatable: true,
        inputValueDeprecation: true,
        oneOf: true,
      }),
      undefined,
    ],
  ])("%s", (_what, query, code) => {
    expect(judgeDocument(parse(query), readersRules).map(({ extensions }) => extensions.code)[0]).toBe(code);
  });

  test("thousands of millions of fields are counted in no time", () => {
    const document = parse(`{ ...f15 } fragment f0 on A ${wide(100)} ${bomb(15)}`);
    const [error] = judgeDocument(document, readersRules);
    expect(error?.message).toContain("3342334 fields");
  });
});

test("a domain takes what the gateway makes of a reader's query", () => {
  expect(
    judgeDocument(parse(`{ _v0_loans: loans { __key_branch: branch ${nested(18).slice(1)} }`), gatewaysRules),
  ).toEqual([]);
});
