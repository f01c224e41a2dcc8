import { buildSchema, graphql } from "graphql";
import { expect, test } from "vitest";
import { readSelection, type Selection } from "./selection.ts";

const schema = buildSchema(`
  type Query { rows(where: Filter, first: Int = 50): Page other: Page }
  input Filter { name: String = "n", not: Filter }
  type Page { nodes: [Row!]! total: Int }
  interface Named { name: String }
  union Thing = Row | Page
  type Row implements Named { id: ID! name: String page(first: Int = 5): Page }
`);

async function selectionOf(source: string, variableValues: Record<string, unknown> = {}): Promise<Selection> {
  let selection: Selection | undefined;
  const rootValue = {
    rows(_: unknown, __: unknown, info: Parameters<typeof readSelection>[0]) {
      selection = readSelection(info);
      return null;
    },
  };
  const { errors } = await graphql({ schema, source, rootValue, variableValues });
  expect(errors).toBeUndefined();
  if (selection === undefined) throw new Error("the resolver was not called");
  return selection;
}

/** `rows{nodes{id name}}`, aliases as `alias:field`, arguments other than defaults as JSON. */
function outline({ field, responseKey, args, children }: Selection): string {
  const name = responseKey === field ? field : `${responseKey}:${field}`;
  const given = Object.keys(args).length === 0 ? "" : JSON.stringify(args);
  return `${name}${given}${children.length === 0 ? "" : `{${children.map(outline).join(" ")}}`}`;
}

test.each([
  ["{ rows { total } }", 'rows{"first":50}{total}'],
  ["{ rows { __typename nodes { __typename } } }", 'rows{"first":50}{nodes}'],
  ["{ r: rows(first: 2) { n: nodes { a: id b: id } } }", 'r:rows{"first":2}{n:nodes{a:id b:id}}'],
  ["{ rows { nodes { id } nodes { name id } total } }", 'rows{"first":50}{nodes{id name} total}'],
  [
    "{ rows { ...P ... on Page { total } ... { nodes { name } } } } fragment P on Page { nodes { ...R } } fragment R on Row { id }",
    'rows{"first":50}{nodes{id name} total}',
  ],
  [
    "{ rows { nodes { ... on Named { name } ... on Thing { ... on Row { id } } } } }",
    'rows{"first":50}{nodes{name id}}',
  ],
  [
    "query ($no: Boolean = false) { rows { total @include(if: $no) nodes @skip(if: true) { id } ...P @include(if: $no) } } fragment P on Page { total }",
    'rows{"first":50}',
  ],
  [
    "query ($yes: Boolean = true) { rows { total @include(if: $yes) @skip(if: $yes) nodes @include(if: $yes) { id @skip(if: false) } } }",
    'rows{"first":50}{nodes{id}}',
  ],
  [
    "query ($f: Filter, $n: Int) { rows(where: $f, first: $n) { total } }",
    'rows{"where":{"name":"x","not":{"name":"n"}},"first":50}{total}',
  ],
  [
    "{ rows { nodes { page { nodes { page(first: 1) { total } } } } } }",
    'rows{"first":50}{nodes{page{"first":5}{nodes{page{"first":1}{total}}}}}',
  ],
])("%s", async (source, expected) => {
  expect(outline(await selectionOf(source, { f: { name: "x", not: {} } }))).toBe(expected);
});
