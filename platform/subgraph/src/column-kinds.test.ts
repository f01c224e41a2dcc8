import { afterAll, beforeAll, expect, test } from "vitest";
import { buildSubgraph } from "./build-subgraph.ts";
import { ask, contextFor } from "./fixtures/campus.ts";
import { openTestEngine, type TestEngine } from "./fixtures/engine.ts";
import { productModel } from "./fixtures/models.ts";

/** Each stored type as a key, as what refers to it in another type, as an order and as a filter. */
const kinds: readonly (readonly [
  sqlType: string,
  referringType: string,
  values: readonly [string, string],
  missing: unknown,
])[] = [
  ["VARCHAR", "VARCHAR", ["a", "b"], "c"],
  ["UUID", "UUID", ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"], "c"],
  ["TINYINT", "BIGINT", ["-128", "127"], 5],
  ["INTEGER", "DECIMAL(9,2)", ["1", "2"], 5],
  ["BIGINT", "INTEGER", ["-5", "7"], "9007199254740993"],
  ["UBIGINT", "HUGEINT", ["9007199254740993", "18446744073709551615"], 5],
  ["HUGEINT", "VARCHAR", ["-170141183460469231731687303715884105728", "1"], 5],
  ["DECIMAL(9,2)", "DECIMAL(12,4)", ["0.10", "12.50"], "0.11"],
  ["DOUBLE", "DOUBLE", ["0.1", "1e300"], 0.2],
  ["FLOAT", "FLOAT", ["0.1", "3.5"], 0.2],
  ["DATE", "TIMESTAMP", ["2026-03-01", "2026-03-02"], "2026-03-03"],
  ["TIME", "TIME", ["09:00:00", "10:00:00.5"], "11:00"],
  ["TIMESTAMP", "TIMESTAMP", ["2026-03-01 10:00:00", "2026-03-01 10:00:00.001"], "2026-03-01T10:00:00.000005Z"],
  ["TIMESTAMP_S", "TIMESTAMP", ["2026-03-01 10:00:00", "2026-03-01 10:00:01"], "2026-03-01T10:00:02Z"],
  ["TIMESTAMP_NS", "TIMESTAMP_NS", ["2026-03-01 10:00:00.000000001", "2026-03-01 10:00:01"], "2026-03-01T10:00:02Z"],
  [
    "TIMESTAMP WITH TIME ZONE",
    "TIMESTAMP WITH TIME ZONE",
    ["2026-03-01 10:00:00+00", "2026-03-01 10:00:01+00"],
    "2026-03-01T10:00:00.000005Z",
  ],
  ["BOOLEAN", "BOOLEAN", ["false", "true"], null],
];

let engine: TestEngine;

beforeAll(async () => {
  engine = await openTestEngine(["types"]);
});
afterAll(async () => engine[Symbol.asyncDispose]());

async function openGraph(sqlType: string, referringType: string, [low, high]: readonly [string, string]) {
  await engine.run(
    `create or replace table types.product.things as select v::${sqlType} as id, v as name from (values ('${low}'), ('${high}')) t(v)`,
  );
  await engine.run(
    `create or replace table types.product.uses as select i as id, v::${referringType} as thing_id from (values (1, '${low}'), (2, '${high}'), (3, '${low}'), (4, null)) t(i, v)`,
  );
  const things = productModel({
    domain: "types",
    product: "things",
    typeName: "Thing",
    key: ["id"],
    columns: { id: sqlType, name: "VARCHAR" },
  });
  const uses = productModel({
    domain: "types",
    product: "uses",
    typeName: "Use",
    key: ["id"],
    columns: { id: "INTEGER", thing_id: referringType },
    relationships: [
      { fieldName: "thing", from: ["thing_id"], to: { domain: "types", product: "things", major: 1, columns: ["id"] } },
    ],
  });
  return buildSubgraph({ domain: "types", products: [things, uses], foreign: [] });
}

test.each(kinds)("%s as a key, with %s referring to it", async (sqlType, referringType, values, missing) => {
  const graph = await openGraph(sqlType, referringType, values);
  const relations =
    "{ uses { nodes { id thing { name } } } things { nodes { name uses { nodes { id } } usesAggregate { count } } } }";
  const { data, errors } = await ask(graph, contextFor(engine), relations);
  expect(errors).toBeUndefined();
  const [low, high] = values;
  expect(data.uses.nodes).toEqual(
    [low, high, low, null].map((name, index) => ({ id: index + 1, thing: name === null ? null : { name } })),
  );
  expect(data.things.nodes).toEqual([
    { name: low, uses: { nodes: [{ id: 1 }, { id: 3 }] }, usesAggregate: [{ count: 2 }] },
    { name: high, uses: { nodes: [{ id: 2 }] }, usesAggregate: [{ count: 1 }] },
  ]);
  const shown = await ask(
    graph,
    contextFor(engine),
    "{ first: things(first: 1) { nodes { id } pageInfo { endCursor } } }",
  );
  const { id } = shown.data.first.nodes[0];
  const lookup =
    "query ($keys: [ThingKey!]!, $after: String) { _thingByKeys(keys: $keys) { name } things(after: $after) { nodes { name } } }";
  const keys = [id, ...(missing === null ? [] : [missing]), id].map((key) => ({ id: key }));
  const found = await ask(graph, contextFor(engine), lookup, { keys, after: shown.data.first.pageInfo.endCursor });
  expect(found.errors).toBeUndefined();
  // Nanoseconds do not survive GraphQL's milliseconds: such a key cannot be asked for.
  const expected = sqlType === "TIMESTAMP_NS" ? null : { name: low };
  expect(found.data._thingByKeys).toEqual([expected, ...(missing === null ? [] : [null]), expected]);
  expect(found.data.things.nodes).toEqual([{ name: high }]);
});

test.each([
  ["TIMESTAMP_S", "2026-03-01T10:00:00.5Z", 1],
  ["TIMESTAMP_MS", "2026-03-01T10:00:00.000500Z", 1],
  ["TIMESTAMP", "2026-03-01T10:00:00.000005Z", 1],
  ["TIMESTAMP WITH TIME ZONE", "2026-03-01T10:00:00.000005Z", 1],
])("a %s is compared with %s as it is, not cut", async (sqlType, at, below) => {
  const zone = sqlType.endsWith("ZONE") ? "+00" : "";
  const graph = await openGraph(sqlType, sqlType, [`2026-03-01 10:00:00${zone}`, `2026-03-01 10:00:01${zone}`]);
  const { data } = await ask(
    graph,
    contextFor(engine),
    "query ($at: DateTime) { things(where: { id: { lt: $at } }) { totalCount } not: things(where: { id: { eq: $at } }) { totalCount } }",
    { at },
  );
  expect([data.things.totalCount, data.not.totalCount]).toEqual([below, 0]);
});

test("a key that its column cannot hold is an error, not a lookup of something else", async () => {
  const graph = await openGraph("DECIMAL(9,2)", "DECIMAL(9,2)", ["0.10", "0.20"]);
  const { data, errors } = await ask(graph, contextFor(engine), '{ thingsByKey(id: "0.104") { name } }');
  expect(data).toEqual({ thingsByKey: null });
  expect(errors?.[0]?.extensions.code).toBe("subgraph/value-out-of-range");
});

test("a reference that is no value of the key's type refers to nothing", async () => {
  const graph = await openGraph("INTEGER", "VARCHAR", ["1", "2"]);
  await engine.run("update types.product.uses set thing_id = 'one' where id = 3");
  const { data, errors } = await ask(graph, contextFor(engine), "{ uses { nodes { thing { name } } } }");
  expect(errors).toBeUndefined();
  expect(data.uses.nodes.map((node: { thing: unknown }) => node.thing)).toEqual([
    { name: "1" },
    { name: "2" },
    null,
    null,
  ]);
});

test("a time without end reads as missing, and pages go past it", async () => {
  await engine.run(
    'create or replace table types.product.ends as select * from (values (1, date $$infinity$$, timestamptz $$-infinity$$), (2, date $$2026-03-01$$, null)) t(id, "day", "at")',
  );
  const columns = { id: "INTEGER", day: "DATE", at: "TIMESTAMP WITH TIME ZONE" };
  const ends = productModel({ domain: "types", product: "ends", typeName: "End", key: ["id"], columns });
  const graph = buildSubgraph({ domain: "types", products: [ends], foreign: [] });
  const source =
    "query ($after: String) { ends(first: 1, orderBy: [{ day: DESC }, { at: ASC }], after: $after) { nodes { id day at } pageInfo { endCursor } } }";
  const first = await ask(graph, contextFor(engine), source);
  expect(first.data.ends.nodes).toEqual([{ id: 1, day: null, at: null }]);
  const second = await ask(graph, contextFor(engine), source, { after: first.data.ends.pageInfo.endCursor });
  expect(second.data.ends.nodes).toEqual([{ id: 2, day: "2026-03-01", at: null }]);
});
