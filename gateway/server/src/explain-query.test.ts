import { decide } from "@thoth/access/decide";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, expect, test } from "vitest";
import { campusProducts, now } from "./fixtures/campus.ts";
import { gatewaySettings, placedAt } from "./fixtures/door.ts";
import { explainOperation, type GatewaySettings } from "./serve-gateway.ts";

let mesh: SmallMesh;

beforeAll(async () => {
  mesh = await openSmallMesh(campusProducts, { now });
});
afterAll(() => mesh?.[Symbol.asyncDispose]());

async function explain(query: string, changes: Partial<GatewaySettings> = {}) {
  const explanation = await explainOperation(gatewaySettings(mesh, changes), {
    query,
    variables: {},
    token: undefined,
  });
  if ("errors" in explanation) return explanation.errors.map(({ message }) => message);
  return explanation.fields?.map((field) =>
    field.kind === "fallback"
      ? { key: field.key, reason: field.reason }
      : { key: field.key, reads: [...(field.statement?.reads.keys() ?? [])].map(({ id }) => id), cost: field.cost },
  );
}

test("every field says which statement answers it, what that reads and may cost", async () => {
  // Six loans are looked at by branch; each shows it and its course's name, of which four are looked at by code.
  expect(await explain("{ few: loans(first: 2) { nodes { branch course { name } } } __typename }")).toEqual([
    { key: "few", reads: ["library/loans", "campus/courses"], cost: { scanned: 6 + 4 * 2, written: 1 + 2 + 2 } },
    { key: "__typename", reads: [], cost: { scanned: 0, written: 0 } },
  ]);
});

test("a row by its key costs a look at all rows where some are hidden", async () => {
  const query = '{ coursesByKey(code: "A1") { code name } }';
  const costOf = async (changes?: Partial<GatewaySettings>) => {
    const [field] = (await explain(query, changes)) ?? [];
    return typeof field === "object" ? field.cost : field;
  };
  expect(await costOf()).toEqual({ scanned: 1, written: 2 });
  const hiding: GatewaySettings["decide"] = (who, product) => ({
    ...decide(who, product),
    rowFilter: "code <> 'A2'",
    fingerprint: "all but one",
  });
  const rows = mesh.readSide.attached().find(({ product }) => product === "courses")?.rowCount ?? 0;
  expect(rows).toBeGreaterThan(1);
  expect(await costOf({ decide: hiding })).toEqual({ scanned: rows * 2, written: 2 });
});

test("the statement is the one that the engine is asked", async () => {
  const { statement } = await statementOf("{ courses(first: 1) { nodes { code } } }");
  const rows = await mesh.readSide.bytes(statement.sql, statement.params);
  expect(Buffer.concat(rows).toString()).toBe('{"nodes":[{"code":"A1"}]}');
});

async function statementOf(query: string) {
  const explanation = await explainOperation(gatewaySettings(mesh), { query, variables: {}, token: undefined });
  const [field] = "fields" in explanation ? (explanation.fields ?? []) : [];
  if (field?.kind !== "planned" || field.statement === undefined) throw new Error("not planned");
  return { statement: field.statement };
}

test.each([
  ["discovery", "{ dataProducts { id } }", {}, "dataProducts is not made from a contract"],
  ["a denied column", "{ courses { nodes { convenorEmail } } }", {}, "access/column-denied: "],
  ["a bad cursor", '{ courses(after: "x") { nodes { code } } }', {}, "subgraph/cursor-invalid: "],
  [
    "a domain elsewhere",
    "{ loans { totalCount } }",
    { library: "http://127.0.0.1:9" },
    "loans is not made from a contract",
  ],
])("%s is left to the stitched executor, with the reason", async (_, query, urls, reason) => {
  const [field] = (await explain(query, { subgraphs: placedAt(mesh, urls) })) ?? [];
  expect(field).toMatchObject({ reason: expect.stringContaining(reason) });
});

test.each([
  ["not GraphQL", "{ courses {", "Syntax Error"],
  ["a field that does not exist", "{ nothing }", "Cannot query field"],
  ["too deep", `{ courses ${"{ nodes { loans ".repeat(9)} { totalCount } ${"} }".repeat(9)} }`, "levels"],
])("%s would be refused, and the reason is told", async (_, query, words) => {
  expect(await explain(query)).toEqual([expect.stringContaining(words)]);
});

test("all of an operation that a plan must not touch is left to the stitched executor", async () => {
  expect(await explain("query ($code: String!) { coursesByKey(code: $code) { name } }")).toBeUndefined();
});
