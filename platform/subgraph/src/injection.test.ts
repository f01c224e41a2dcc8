import { afterAll, beforeAll, expect, test } from "vitest";
import { buildSubgraph } from "./build-subgraph.ts";
import { ask, contextFor } from "./fixtures/campus.ts";
import { openTestEngine, type TestEngine } from "./fixtures/engine.ts";
import { productModel } from "./fixtures/models.ts";

const hostile = [
  "'; drop table t; --",
  '"; drop table t; --',
  "$1",
  "\\'",
  "*/ drop table t /*",
  "'||(select 1)||'",
  "%",
  "\u2028",
  "{{x}}",
];

/** Names as hostile as a contract could make them; the SQL quotes each. */
const model = {
  ...productModel({
    domain: "odd",
    product: "odd",
    typeName: "Odd",
    key: ['k"; drop table t; --'],
    columns: { 'k"; drop table t; --': "VARCHAR", "v'; --": "VARCHAR", n: { sqlType: "INTEGER); drop table t; --" } },
  }),
  tableName: 'ta"ble',
};

let engine: TestEngine;

beforeAll(async () => {
  engine = await openTestEngine(["odd"]);
  await engine.run(`create table odd.product."ta""ble" ("k""; drop table t; --" varchar, "v'; --" varchar, n integer)`);
  for (const text of hostile) await engine.query(`insert into odd.product."ta""ble" values ($1, $1, 1)`, [text]);
});
afterAll(async () => engine[Symbol.asyncDispose]());

const graph = () => buildSubgraph({ domain: "odd", products: [model], foreign: [] });
const key = "kDropTableT";
const value = "v";

test.each(hostile)("the text %j is only ever a value", async (text) => {
  const source = `query ($text: String!, $texts: [String!]) {
    eq: odd(where: { ${value}: { eq: $text } }) { nodes { ${key} } }
    like: odd(where: { ${value}: { contains: $text, startsWith: $text, iContains: $text } }) { totalCount }
    in: odd(where: { ${key}: { in: $texts } }) { totalCount }
    oddByKey(${key}: $text) { ${value} }
    oddAggregate(where: { ${value}: { eq: $text } }, groupBy: [${"V"}]) { group { ${value} } count }
  }`;
  engine.statements.length = 0;
  const { data, errors } = await ask(graph(), contextFor(engine), source, { text, texts: [text] });
  expect(errors).toBeUndefined();
  expect(data.eq.nodes).toEqual([{ [key]: text }]);
  expect(data.like.totalCount).toBeGreaterThan(0);
  expect(data.in.totalCount).toBe(1);
  expect(data.oddByKey).toEqual({ [value]: text });
  expect(data.oddAggregate).toEqual([{ group: { [value]: text }, count: 1 }]);
  expect(engine.statements.every(({ params }) => JSON.stringify(params).includes(JSON.stringify(text)))).toBe(true);
});

test("a type that the contract makes up never enters the SQL", async () => {
  engine.statements.length = 0;
  const { data } = await ask(
    graph(),
    contextFor(engine),
    "{ odd(first: 1, orderBy: [{ n: ASC }]) { edges { cursor node { n } } } }",
  );
  expect(data.odd.edges[0].node).toEqual({ n: "1" });
  expect(engine.statements[0]?.sql).not.toContain("INTEGER);");
});
