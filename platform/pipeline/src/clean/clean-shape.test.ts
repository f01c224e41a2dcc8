import { openLanding } from "@thoth/testing/landing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CleanShape, type Maintained, recogniseShape } from "./clean-shape.ts";

let landing: Awaited<ReturnType<typeof openLanding>>;

beforeAll(async () => {
  landing = await openLanding();
  await landing.engine.run(
    "create table raw.loans (id bigint, seen timestamptz, kind varchar, fee decimal(9,2), weight double, tags varchar[], _loaded_at timestamptz)",
  );
  await landing.engine.run("create table raw.odd (rowid integer, id integer)");
  await landing.engine.run("create table clean.loans (id bigint, kind varchar, fee decimal(9,2), seen timestamptz)");
  await landing.engine.run("create table clean.heavy (id bigint, kind varchar, weight double)");
  await landing.engine.run("create table clean.kinds (kind varchar, name varchar, weight double, rank integer)");
  await landing.engine.run("create table raw.desks (desk varchar, kind varchar)");
});

afterAll(() => landing[Symbol.asyncDispose]());

const shapeOf = (sql: string): Promise<CleanShape> => recogniseShape(landing.engine, sql, () => ["id"]);
const first = "qualify row_number() over (partition by id order by seen desc) = 1";

test.each<[sql: string, kind: Maintained["kind"], keys: string[]]>([
  ["select id, upper(kind) as kind from raw.loans where fee > 1.5", "rows", []],
  ["select *, pseudonym(kind) as who from raw.loans order by id", "rows", []],
  ["select distinct id, kind from raw.loans", "distinct", ["id", "kind"]],
  [`select id as loan_id, kind from raw.loans ${first}`, "latest", ["loan_id"]],
  [`select * exclude (kind) from raw.loans ${first}`, "latest", ["id"]],
  [`select * replace (upper(kind) as kind) from raw.loans as l ${first} and fee is not null`, "latest", ["id"]],
  [
    "select lower(kind) as sort, l.id from raw.loans l qualify row_number() over (partition by sort, l.id order by seen) = 1",
    "latest",
    ["sort", "id"],
  ],
  [
    "select lower(loans.kind) as sort from raw.loans qualify row_number() over (partition by LOWER(kind) order by seen) = 1",
    "latest",
    ["sort"],
  ],
  ["select distinct on (id) id, fee from raw.loans order by id, seen desc", "latest", ["id"]],
  ["select distinct on (kind) lower(kind) as kind from raw.loans order by seen", "latest", ["kind"]],
  ["select kind, count(*) as n, sum(fee) as fee, max(seen) as last from raw.loans group by kind", "groups", ["kind"]],
  ["select kind, id % 7 as bin, bool_or(fee > 1) as any from raw.loans group by 1, bin", "groups", ["kind", "bin"]],
  ["select kind, id % 7 as bin, max(fee) - min(fee) as span from raw.loans group by all", "groups", ["kind", "bin"]],
  ["select l.id, k.name from raw.loans l join clean.kinds k on l.kind = k.kind", "joined", ["id"]],
  ["select l.*, desk from raw.loans l left join raw.desks using (kind)", "joined", ["id"]],
  [
    "select l.kind, l.fee as cost, upper(k.name) as name from raw.loans l join clean.kinds k on k.rank > l.fee",
    "joined",
    ["kind", "cost"],
  ],
  [
    `select l.id, d.desk, k.name from raw.loans l left join clean.kinds k using (kind) left join raw.desks d on d.desk = k.name ${first.replace("by id", "by l.id")}`,
    "latest",
    ["id"],
  ],
  [
    "select l.kind, count(k.rank) as n from raw.loans l left join clean.kinds k on k.kind = l.kind group by l.kind",
    "groups",
    ["kind"],
  ],
  ["select id, upper(kind) as kind from clean.loans where fee > 1.5", "joined", ["id"]],
  ["select kind from clean.loans as l", "joined", ["kind"]],
  ["select l.id, d.desk from clean.loans l left join raw.desks d using (kind)", "joined", ["id"]],
  [`select id, kind from clean.loans ${first}`, "latest", ["id"]],
  ["select kind, count(*) as n, max(fee) as fee from clean.loans group by kind", "groups", ["kind"]],
])("%s is maintained", async (sql, kind, keys) => {
  const shape = await shapeOf(sql);
  expect(shape).toMatchObject({ kind, source: "loans", layer: /clean.loans/.test(sql) ? "clean" : "raw" });
  expect((shape as Maintained).keys.map(({ column }) => column)).toEqual(keys);
});

test.each<[sql: string, why: string]>([
  ["select id from mesh.states", "it reads a table that is neither raw nor cleaned"],
  ["select id, rowid as n from clean.loans", "it asks for the numbers of rows"],
  ["select distinct id from clean.loans", "it takes DISTINCT rows of a cleaned table"],
  ["select a.id from clean.loans a join clean.loans b using (id)", "it joins clean.loans with itself"],
  ["select id + 1 as id from clean.loans", "no column of clean.loans that stays as it is tells which rows to replace"],
  [
    "select id from clean.heavy qualify row_number() over (partition by id order by kind) = 1",
    "equal values of what it reads or joins may be written differently",
  ],
  ["select a.id from raw.loans a join raw.loans b using (id)", "it joins raw.loans with itself"],
  ["select id from raw.loans, clean.kinds", "it joins otherwise than by INNER or LEFT JOIN … ON or USING"],
  [
    "select id from raw.loans right join clean.kinds using (kind)",
    "it joins otherwise than by INNER or LEFT JOIN … ON or USING",
  ],
  ["select id from raw.loans natural join clean.kinds", "it joins otherwise than by INNER or LEFT JOIN … ON or USING"],
  ["select id from raw.loans join (select 'a' as kind) using (kind)", "it joins what is no table"],
  ["select id from raw.loans join mesh.states using (id)", "it joins a table that is neither raw nor cleaned"],
  ["select l.id, k.rowid as n from raw.loans l join clean.kinds k using (kind)", "it asks for the numbers of rows"],
  ["select distinct l.id from raw.loans l join clean.kinds k using (kind)", "it takes DISTINCT rows of joined tables"],
  [
    "select k.name from raw.loans l join clean.kinds k using (kind)",
    "no column of raw.loans that stays as it is tells which rows to replace",
  ],
  [
    `select l.id, k.weight from raw.loans l join clean.kinds k using (kind) ${first.replace("by id", "by l.id")}`,
    "equal values of what it reads or joins may be written differently",
  ],
  [
    "select k.kind, count(*) as n from raw.loans l join clean.kinds k on l.id = k.rank group by k.kind",
    "what it keeps one row of is no column of the table",
  ],
  ["select id from raw.loans union all select 1", "the query is no plain SELECT"],
  ["with l as (from raw.loans) select id from l", "it has common table expressions"],
  ["select id from raw.loans limit 3", "it has a LIMIT"],
  ["select id from raw.loans using sample 10 rows", "it takes a sample or renames the table's columns"],
  ["select id from raw.loans where fee = (select max(fee) from raw.loans)", "it has a subquery"],
  ["select id, lag(fee) over (order by seen) as f from raw.loans", "it looks at other rows through a window"],
  ["select id, now() as t from raw.loans", "now() tells the time"],
  ["select id, age(seen::timestamp) as t from raw.loans", "age() tells the time"],
  ["select id, random() as r from raw.loans", "random() may give something else each time"],
  ["select unnest(tags) as tag from raw.loans", "it unnests lists"],
  ["select max(id) as id from raw.loans", "it makes one row of all"],
  ["select kind, arg_max(fee, seen) as fee from raw.loans group by kind", "arg_max() may depend on the order of rows"],
  [
    "select kind, sum(weight) as w from raw.loans group by kind",
    "sum() of floating point numbers may depend on the order of rows",
  ],
  ["select 1 as one, count(*) as n from raw.loans group by all", "GROUP BY ALL does not say what it groups by"],
  ["select count(*) as n from raw.loans group by all", "GROUP BY ALL does not say what it groups by"],
  ["select kind, id, count(*) as n from raw.loans group by rollup (kind, id)", "it has several grouping sets"],
  ["select count(*) as n from raw.loans group by kind", "what it keeps one row of is no column of the table"],
  [`select kind from raw.loans ${first}`, "what it keeps one row of is no column of the table"],
  [`select id + 1 as id from raw.loans ${first}`, "what it keeps one row of is no column of the table"],
  [`select * exclude (id) from raw.loans ${first}`, "what it keeps one row of is no column of the table"],
  [`select * replace (id + 1 as id) from raw.loans ${first}`, "what it keeps one row of is no column of the table"],
  [
    "select weight from raw.loans qualify row_number() over (partition by weight order by seen) = 1",
    "weight is DOUBLE, of which equal values may be written differently",
  ],
  ["select distinct id, weight from raw.loans", "weight is DOUBLE, of which equal values may be written differently"],
  [
    "select id from raw.loans qualify rank() over (partition by id order by seen) = 1",
    "its QUALIFY is not row_number() OVER (PARTITION BY … ORDER BY …) = 1",
  ],
  [
    "select id from raw.loans qualify row_number() over (partition by id order by seen) = 1 or fee > 1",
    "its QUALIFY is not row_number() OVER (PARTITION BY … ORDER BY …) = 1",
  ],
  [`select id from raw.loans ${first} and count(*) over (partition by kind) > 1`, "it has more than one window"],
  [`select distinct id from raw.loans ${first}`, "it uses more than one of GROUP BY, QUALIFY and DISTINCT"],
  ["select id from raw.odd", "a column is called rowid"],
  ["select kind as id, id from raw.loans", "two of its columns have one name"],
  ["select nothing from raw.loans", "the engine refuses it"],
])("%s is computed in full", async (sql, why) => {
  expect(await shapeOf(sql)).toEqual({ kind: "other", why });
});
