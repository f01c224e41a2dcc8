import { setTimeout as delay } from "node:timers/promises";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allRows, decision, type Library, openLibrary, readerOf, type SmallTable } from "./fixtures/library.ts";
import type { SecuredSql } from "./secured-sql.ts";

const loans: SmallTable = {
  name: "loans",
  columns: { id: "INTEGER", unit: "VARCHAR", reader: "VARCHAR" },
  rows: "select i::integer as id, 'u' || (i % 3) as unit, 'r' || i as reader from range(25) r(i)",
};
const many: SmallTable = {
  name: "many",
  columns: { id: "INTEGER" },
  rows: "select i::integer as id from range(200000) r(i)",
};

let library: Library;
let sql: SecuredSql;
beforeAll(async () => {
  library = await openLibrary([loans, many]);
  sql = await library.open({ limits: { rows: 300_000 } });
});
afterAll(async () => {
  await sql[Symbol.asyncDispose]();
  await library[Symbol.asyncDispose]();
});

const signal = new AbortController().signal;
const open = readerOf({
  loans: decision({ id: "clear", unit: "clear", reader: "clear" }),
  many: decision({ id: "clear" }),
});
const limited = readerOf({
  loans: decision(
    { id: "clear", unit: "clear", reader: "masked" },
    { masks: { reader: { kind: "partial", keep: 1 } }, rowFilter: "\"unit\" IN ('u1')" },
  ),
});

const firstCell = async (statement: string) => (await allRows(await sql.prepare(statement, open)))[0]?.[0];

describe("cells are written as Postgres writes them", () => {
  test.each([
    ["true", "t"],
    ["1 = 2", "f"],
    ["null::boolean", null],
    ["null", null],
    ["-9223372036854775808", "-9223372036854775808"],
    ["170141183460469231731687303715884105727", "170141183460469231731687303715884105727"],
    ["12.50::decimal(9,2)", "12.50"],
    ["1.0::double", "1"],
    ["0.1::double + 0.2", "0.30000000000000004"],
    ["1e20::double", "1e+20"],
    ["'nan'::double", "NaN"],
    ["'-inf'::float", "-Infinity"],
    ["date '2026-03-18'", "2026-03-18"],
    ["date '0044-03-15 (BC)'", "0044-03-15 BC"],
    ["'infinity'::date", "infinity"],
    ["time '09:30:00'", "09:30:00"],
    ["timestamp '2026-03-18 09:30:00.25'", "2026-03-18 09:30:00.25"],
    ["timestamptz '2026-03-18 09:30:00+10'", "2026-03-17 23:30:00+00"],
    ["interval '14 months 3 days'", "1 year 2 mons 3 days"],
    ["interval 90 minute", "01:30:00"],
    ["'\\xDE\\xAD'::blob", "\\xdead"],
    ["'it''s'", "it's"],
    ["[1, null, 3]", "{1,NULL,3}"],
    ["[]::integer[]", "{}"],
    ["null::varchar[]", null],
    ["['a b', '', 'null', 'x,y', 'q\"', '\\']", '{a b,"","null","x,y","q\\"","\\\\"}'],
    ["[[1, 2], [3]]", "{{1,2},{3}}"],
    ["[true, false]", "{t,f}"],
    ["['nan'::double, 2.0]", "{NaN,2}"],
    ["array_value(1, 2)", "{1,2}"],
    ["[date '2026-03-18']", "{2026-03-18}"],
    ["{'a': 1, 'b': ['x']}", '{"a":1,"b":["x"]}'],
    ["map {'k': 2}", '{"k":2}'],
    ["[{'a': 1}]", '{"{\\"a\\":1}"}'],
    ["'{\"a\": 1}'::json", '{"a": 1}'],
    ["'6b29fc40-ca47-1067-b31d-00dd010662da'::uuid", "6b29fc40-ca47-1067-b31d-00dd010662da"],
    ["'HD'::enum('HD', 'D')", "HD"],
    ["'101'::bit", "101"],
  ])("%s", async (expression, text) => {
    expect(await firstCell(`select ${expression}`)).toBe(text);
  });
});

test("what a statement yields, takes and reads is told before it runs", async () => {
  const statement = await sql.prepare(
    "select l.id, l.id as id, upper(l.unit) from library.loans l where l.id < $2 and l.unit = $1 limit $3",
    open,
  );
  expect(statement.columns.map(({ name, sqlType }) => `${name} ${sqlType}`)).toEqual([
    "id INTEGER",
    "id INTEGER",
    "upper VARCHAR",
  ]);
  expect(statement.parameters).toEqual(["VARCHAR", "INTEGER", "BIGINT"]);
  expect(statement.reads.map(({ model, columns }) => [model.id, columns])).toEqual([["library/loans", ["id", "unit"]]]);
  expect(await allRows(statement, ["u1", "20", "2"])).toEqual([
    ["1", "1", "U1"],
    ["4", "4", "U1"],
  ]);
  expect(await allRows(statement, [null, "20", "2"])).toEqual([]);
});

test("beside a list the other parameters have the types of what they are compared with", async () => {
  const text =
    "select id from library.loans where id = any($1) and unit = $2 and id < $3 and '2026-01-01'::date < $4 and id <> ALL ( $5 )";
  const { parameters } = await sql.prepare(text, open);
  expect(parameters.slice(1, 4)).toEqual(["VARCHAR", "INTEGER", "DATE"]);
  expect([parameters[0], parameters[4]]).toEqual([expect.stringMatching(/\[\]$/), expect.stringMatching(/\[\]$/)]);
});

test.each([
  ["select $1", ["x"], [["x"]]],
  ["select $1::integer + $2", ["1", "2"], [["3"]]],
  ["select $1::date, $2::boolean, $3::integer[]", ["2026-03-18", "true", "[1, 2]"], [["2026-03-18", "t", "{1,2}"]]],
  ["select ? || ?", ["a", "b"], [["ab"]]],
  ["select $1 is null", [null], [["t"]]],
  ["select id from library.loans where unit in ($1, $2) and id = $3", ["u1", "u2", "7"], [["7"]]],
])("%s with %j", async (statement, params, rows) => {
  expect(await allRows(await sql.prepare(statement, open), params)).toEqual(rows);
});

test.each([
  ["select $1::integer", ["x"], "access/sql-parameter-value"],
  ["select $1::date", ["x"], "warehouse/statement-failed"],
  ["select $1::integer", [], "access/sql-parameters"],
  ["select 1", ["x"], "access/sql-parameters"],
])("%s does not run with %j", async (statement, params, code) => {
  await expect(async () => allRows(await sql.prepare(statement, open), params)).rejects.toMatchObject({ code });
});

test.each(["library.loans", "LIBRARY.Loans", "mesh.library.loans", 'library.product."loans"', "library . loans"])(
  "%s is the table",
  async (name) => {
    const statement = `select loans.id, ${name.replace(" . ", ".")}.unit from ${name} where id = 4`;
    expect(await allRows(await sql.prepare(statement, limited))).toEqual([["4", "u1"]]);
  },
);

test("each reader has what was decided for it, at the same time", async () => {
  const statement = "select count(*), min(reader) from library.loans";
  const [all, some] = await Promise.all(
    [open, limited].map(async (reader) => allRows(await sql.prepare(statement, reader))),
  );
  expect([all, some]).toEqual([[["25", "r0"]], [["8", "r***"]]]);
  expect(sql.tables(limited).map(({ schema, table, columns }) => [schema, table, columns.length])).toEqual([
    ["library", "loans", 3],
  ]);
  expect(sql.tables(readerOf({}))).toEqual([]);
});

test("values of JavaScript, for a caller in this process", async () => {
  const statement = await sql.prepare("select id, unit from library.loans order by id desc", limited);
  expect(await statement.rows([], { signal, maxRows: 2 })).toEqual([
    { id: 22, unit: "u1" },
    { id: 19, unit: "u1" },
  ]);
  const count = await sql.prepare("select (select count(*) from library.loans) from library.loans", open);
  const [row = {}] = await count.rows([], { signal, maxRows: 1 });
  expect(row).toEqual({ "(SELECT count_star() FROM library.loans)": 25n });
});

describe("a result comes in chunks", () => {
  test("as the engine makes them, and ends where the reader says", async () => {
    const statement = await sql.prepare("select id from library.many", open);
    const sizes: number[] = [];
    for await (const rows of statement.run([], { signal, maxRows: 10_000 })) sizes.push(rows.length);
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(10_000);
  });

  test("a reader that leaves early gives its connection back", async () => {
    for (let round = 0; round < 8; round += 1) {
      const statement = await sql.prepare("select a.id from library.many a, library.many b", open);
      for await (const rows of statement.run([], { signal })) if (rows.length > 0) break;
    }
    expect(await firstCell("select 1")).toBe("1");
  });

  test("an abort ends it, with the abort's own reason", async () => {
    const controller = new AbortController();
    const statement = await sql.prepare(
      "select count(*) from library.many a, library.many b where a.id + b.id = -1",
      open,
    );
    const running = allRowsWith(statement.run([], { signal: controller.signal }));
    await delay(30);
    controller.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    expect(await firstCell("select 1")).toBe("1");
  });

  test("more rows than are allowed are an error, after those that are", async () => {
    const statement = await sql.prepare("select a.id from library.many a, range(2)", open);
    await expect(allRowsWith(statement.run([], { signal }))).rejects.toMatchObject({
      code: "access/sql-too-many-rows",
    });
  });

  test("who asks for no more rows loses the connection when the time is over", async () => {
    await using short = await library.open({ limits: { timeMs: 5_000, connections: 1 } });
    const statement = await short.prepare("select a.id from library.many a, library.many b", open);
    const slow = statement.run([], { signal })[Symbol.asyncIterator]();
    await slow.next();
    expect(await allRows(await short.prepare("select 2", open))).toEqual([["2"]]);
    await expect(slow.next()).rejects.toMatchObject({ code: "access/sql-timeout" });
  });
});

async function allRowsWith(chunks: AsyncIterable<readonly unknown[]>): Promise<number> {
  let count = 0;
  for await (const rows of chunks) count += rows.length;
  return count;
}

test("a publish is seen by the next statement, prepared before it or not, with other types too", async () => {
  const next = { ...loans, rows: "select 7 as id, 'u1' as unit, 'new' as reader" };
  const second = await library.publish(next, "002");
  const states = Promise.withResolvers<readonly Snapshot[]>();
  await using following = await library.open({
    snapshots: async function* () {
      yield library.snapshots;
      yield await states.promise;
    },
  });
  const before = await following.prepare("select count(*), max(reader) from library.loans", limited);
  expect(await allRows(before)).toEqual([["8", "r***"]]);
  states.resolve([second]);
  await expect.poll(() => allRows(before)).toEqual([["1", "n***"]]);
  const after = await following.prepare("select count(*), max(reader) from library.loans", limited);
  expect(await allRows(after)).toEqual([["1", "n***"]]);
});

test("what a snapshot does not hold yet is not offered, though the contract has it", async () => {
  const model = library.models.loans;
  if (model === undefined) throw new Error("there are loans");
  const newer = { ...model, columns: [...model.columns, { ...model.columns[0], name: "due" }] } as typeof model;
  await using early = await library.open({ products: [{ model: newer, previous: [] }] });
  const reader = readerOf({ loans: decision({ id: "clear", unit: "clear", due: "clear" }) });
  expect(early.tables(reader).map(({ columns }) => columns.map(({ name }) => name))).toEqual([["id", "unit"]]);
  expect(await allRows(await early.prepare("select * from library.loans where id = 4", reader))).toEqual([["4", "u1"]]);
});

test("statements are judged while others take all connections", async () => {
  await using busy = await library.open({ limits: { connections: 1 } });
  const controller = new AbortController();
  const endless = await busy.prepare(
    "select count(*) from library.many a, library.many b where a.id + b.id = -1",
    open,
  );
  const running = allRowsWith(endless.run([], { signal: controller.signal }));
  running.catch(() => undefined);
  const next = await busy.prepare("select id from library.loans where id = 1", open);
  expect(next.columns).toEqual([{ name: "id", sqlType: "INTEGER" }]);
  controller.abort(new Error("enough"));
  expect(await allRows(next)).toEqual([["1"]]);
});
