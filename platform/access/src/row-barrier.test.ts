import type { DuckDBConnection } from "@duckdb/node-api";
import { tableScans } from "@thoth/testing/table-scans";
import { connectEngine, openEngine } from "@thoth/warehouse/open-engine";
import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { behindBarrier, untoldSql } from "./row-barrier.ts";

/** SQL of a value of each type a column may have, from the number of its row. */
const kinds: Readonly<Record<string, string>> = {
  boolean: "i % 2 = 0",
  tinyint: "(i % 100)::tinyint",
  smallint: "i::smallint",
  integer: "i::integer",
  bigint: "i",
  hugeint: "i::hugeint",
  ubigint: "i::ubigint",
  uhugeint: "i::uhugeint",
  float: "i::float",
  double: "i / 3",
  decimal: "(i / 7)::decimal(18, 3)",
  wide_decimal: "(i / 7)::decimal(38, 3)",
  text: "'text ' || i",
  few_texts: "'unit ' || (i % 5)",
  one_text: "'same'",
  one_number: "7",
  date: "date '2020-01-01' + i::integer",
  time: "time '00:00' + to_seconds(i)",
  timestamp: "timestamp '2020-01-01' + to_seconds(i)",
  zoned: "(timestamp '2020-01-01' + to_seconds(i))::timestamptz",
  nanoseconds: "(timestamp '2020-01-01' + to_seconds(i))::timestamp_ns",
  milliseconds: "(timestamp '2020-01-01' + to_seconds(i))::timestamp_ms",
  time_zoned: "(time '00:00' + to_seconds(i))::timetz",
  interval: "to_seconds(i)",
  bits: "i::integer::bit",
  uuid: "md5(i::varchar)::uuid",
  blob: "('x' || i)::blob",
  json: "to_json({ a: i })",
  list: "case when i % 3 > 0 then ['a' || i, null] end",
  array: "[i, i]::bigint[2]",
  struct: "{ a: i, b: 'x' || i }",
  map: "map([i], ['v' || i])",
  enum: "(['P', 'HD', 'N'])[1 + i % 3]::enum('P', 'HD', 'N')",
  some_null: "case when i % 4 > 0 then i end",
  all_null: "null::integer",
  union: "union_value(k := i)",
};
const columns = ["i", "unit", ...Object.keys(kinds)];

const resources = new AsyncDisposableStack();
let connection: DuckDBConnection;
const query = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson();

const seen = "select * from rows where unit = 'A'";
const untold = columns.map((name) => `${untoldSql(quoteIdentifier(name))} as ${quoteIdentifier(name)}`).join(", ");

beforeAll(async () => {
  const instance = await openEngine({ threads: 1 });
  resources.defer(() => instance.closeSync());
  connection = await connectEngine(instance);
  resources.defer(() => connection.closeSync());
  // Small groups of rows, so that there is something to leave out.
  await connection.run("attach ':memory:' as small (row_group_size 2048)");
  await connection.run("use small");
  const values = Object.entries(kinds).map(([name, sql]) => `${sql} as ${quoteIdentifier(name)}`);
  // Two of three rows are hidden, and all from 20,000 on, where the row filter itself would not leave out a group of rows.
  const unit = "case when i < 20000 and i % 3 = 1 then 'A' when i % 2 = 0 then '0' else 'B' end";
  await connection.run(`create table rows as select i, ${unit} as unit,
    ${values.join(", ")} from range(30000) t(i)`);
  await connection.run(`create view plain as ${seen}`);
  await connection.run(`create view barrier_alone as ${behindBarrier(seen)}`);
  await connection.run(`create view hidden as select ${untold} from (${behindBarrier(seen)})`);
});
afterAll(() => resources.disposeAsync());

test("types stay", async () => {
  expect(await query("describe hidden")).toEqual(await query("describe plain"));
});

test.each([
  "select * from $ order by i",
  "select * from $ where i % 7 = 2 and some_null is not null order by text desc limit 500",
  "select few_texts, enum, boolean, count(*), sum(integer), max(text), list(struct order by i)[:3] from $ group by all order by all",
  "select a.*, b.text as other from $ a left join $ b on a.i = b.some_null and b.i % 5 = 0 order by a.i",
  "select distinct tinyint, one_text, list from $ order by all",
  "select i, lag(map) over (order by i), sum(wide_decimal) over (partition by unit order by i) from $ order by i",
  "select json->>'a', u.union.k, coalesce(list, ['none']) from $ u order by i",
])("values stay: %s", async (sql) => {
  const [hidden, plain] = [await query(sql.replaceAll("$", "hidden")), await query(sql.replaceAll("$", "plain"))];
  expect(plain.length).toBeGreaterThan(1);
  expect(hidden).toEqual(plain);
});

/** Which no row meets, of the hidden ones either. */
const impossible = [
  ...columns.filter((name) => !["some_null", "all_null", "list"].includes(name)).map((name) => `"${name}" is null`),
  ...["i", "smallint", "integer", "bigint", "hugeint", "ubigint", "uhugeint", "float", "double"].flatMap((name) => [
    `"${name}" > 60000`,
    `"${name}" = 50000`,
    `"${name}" + 1 between 40000 and 50000`,
  ]),
  ...["text", "few_texts", "one_text"].flatMap((name) => [`${name} > 'zzz'`, `starts_with(${name}, 'zzz')`]),
  ...["date", "timestamp", "zoned", "nanoseconds"].map((name) => `"${name}" > '2200-01-01'`),
  "all_null > 0",
  "decimal > 50000",
  "wide_decimal < 0",
];

describe("conditions that no value meets", () => {
  const folded = async (view: string) => {
    const found: string[] = [];
    for (const condition of impossible) {
      const plan = JSON.stringify(await query(`explain select i from ${view} where ${condition}`));
      if (plan.includes("EMPTY_RESULT")) found.push(condition);
    }
    return found;
  };

  test("are looked for", async () => {
    expect(await folded("hidden")).toEqual([]);
  });

  test("would be answered at once, by the values that are known of each column", async () => {
    expect((await folded("barrier_alone")).length).toBeGreaterThan(impossible.length / 2);
  });
});

/** What a statement makes the engine do with the table: which rows it reads, and what it looks for in them. */
async function workOn(sql: string): Promise<readonly Work[]> {
  const [analysed] = (await query(`explain (analyze, format json) ${sql}`))[0]?.slice(1) ?? [];
  return tableScans(JSON.parse(String(analysed))).map((scan) => {
    const { Projections: _, "Estimated Cardinality": __, ...info } = scan.extra_info;
    return { ...info, read: scan.operator_rows_scanned, passed: scan.operator_cardinality };
  });
}

type Work = Readonly<Record<string, unknown>> & { readonly read: number };

describe.each<[string, (value: number) => string]>([
  ["equal to it", (value) => `select * from $ where i = ${value}`],
  ["above it", (value) => `select count(*) from $ where i > ${value}`],
  ["in a list", (value) => `select text from $ where i in (${value}, ${value + 3})`],
  ["joined with it", (value) => `select text from $ join (values (${value})) v(k) on k = i`],
  ["joined with it on the left", (value) => `select k, text from (values (${value})) v(k) left join $ on k = i`],
  ["in what is joined", (value) => `select text from $ where i in (select k from (values (${value})) v(k))`],
  ["first behind it", (value) => `select i, text from $ where i > ${value} order by i limit 3`],
  ["last behind it", (value) => `select i from $ where bigint > ${value} order by i desc limit 3`],
  ["aggregated", (value) => `select max(bigint), min(bigint) from $ where bigint >= ${value}`],
])("%s: what is done with the table", (_what, sql) => {
  const work = (view: string, value: number) => workOn(sql(value).replaceAll("$", view));

  test("is the same for a value that only hidden rows have, and for one that none has", async () => {
    const [ofHidden, ofNone] = [await work("hidden", 25_000), await work("hidden", 90_000)];
    expect(ofHidden).toHaveLength(1);
    expect(JSON.stringify(ofHidden)).not.toMatch(/Dynamic|25000/);
    expect(ofNone).toEqual(ofHidden);
  });

  test("would be another one with the barrier alone, or without", async () => {
    const read = async (view: string, value: number) => (await work(view, value)).map((scan) => scan.read);
    const works = ["barrier_alone", "plain"].map(async (view) => [await read(view, 25_000), await read(view, 90_000)]);
    const isTold = (await Promise.all(works)).some(([ofHidden, ofNone]) => String(ofHidden) !== String(ofNone));
    expect(isTold).toBe(true);
  });
});
