import { isMeshError } from "@thoth/kernel/mesh-error";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allRows, decision, type Library, openLibrary, readerOf } from "./fixtures/library.ts";
import type { SecuredSql } from "./secured-sql.ts";

/** Stands in everything that the reader may not see. */
const canary = "CANARY";

let library: Library;
let sql: SecuredSql;
/** Gives a statement little time; the other one as much as any machine takes for what is to be answered. */
let hasty: SecuredSql;

beforeAll(async () => {
  library = await openLibrary([
    {
      name: "loans",
      columns: {
        id: "INTEGER",
        unit: "VARCHAR",
        note: "VARCHAR",
        reader: "VARCHAR",
        secret: "VARCHAR",
        size: "INTEGER",
      },
      rows: `select i::integer as id, 'u' || (i % 3) as unit,
        case when i % 3 = 1 then i::varchar else 'CANARY' || i end as note,
        'CANARY-reader-' || i as reader, 'CANARY-secret' as secret,
        case when i % 3 = 1 then i else 7777777 + i end::integer as size from range(3000) r(i)`,
    },
    {
      name: "marks",
      columns: { id: "INTEGER", unit: "VARCHAR", grade: "VARCHAR", mark: "INTEGER", student: "VARCHAR" },
      rows: `select i::integer as id, 'u' || (i % 2) as unit, case when i < 40 then 'HD' else 'CANARY-lonely' end as grade,
        case when i < 40 then 50 + i else 7777777 end::integer as mark, 'CANARY-' || (i % 20) as student from range(41) r(i)`,
    },
    {
      name: "units",
      columns: { code: "VARCHAR", title: "VARCHAR" },
      rows: "select 'u' || i as code, 'Unit ' || i as title from range(3) r(i)",
    },
    { name: "people", columns: { name: "VARCHAR" }, rows: "select 'CANARY-name' as name" },
    { domain: "archive", name: "units", columns: { code: "VARCHAR" }, rows: "select 'old' as code" },
    { domain: "archive", name: "people", columns: { name: "VARCHAR" }, rows: "select 'CANARY-old-name' as name" },
    { domain: "vault", name: "loans", columns: { id: "INTEGER" }, rows: "select 7777777 as id" },
    { domain: "vault", name: "gold", columns: { grams: "INTEGER" }, rows: "select 7777777 as grams" },
  ]);
  const open = (timeMs: number) =>
    library.open({
      tmpDir: `${library.dir}/spill`,
      limits: { timeMs, memory: "128MB", growthBytes: 500 * 2 ** 20, rows: 100_000 },
    });
  [sql, hasty] = [await open(600_000), await open(2_000)];
});
afterAll(async () => {
  await sql[Symbol.asyncDispose]();
  await hasty[Symbol.asyncDispose]();
  await library[Symbol.asyncDispose]();
});

const decisions = {
  loans: decision(
    { id: "clear", unit: "clear", note: "clear", reader: "masked", secret: "denied", size: "clear" },
    { masks: { reader: { kind: "hash" } }, rowFilter: "lower(\"unit\") IN ('u1')" },
  ),
  marks: decision(
    { id: "denied", unit: "clear", grade: "clear", mark: "aggregated", student: "denied" },
    {
      minGroupSize: 5,
      grouping: { subject: "student", dimensions: ["unit", "grade"], types: { unit: "VARCHAR", grade: "VARCHAR" } },
    },
  ),
  units: decision({ code: "clear", title: "clear" }),
  "archive.units": decision({ code: "clear" }),
};

/** What comes of a statement: rows as JSON, or an error's code, message, hint and place. */
async function outcome(
  statement: string,
  searchPath?: readonly string[],
  engine = sql,
): Promise<{ readonly code?: string; readonly text: string }> {
  try {
    const prepared = await engine.prepare(statement, readerOf(decisions, searchPath));
    return { text: JSON.stringify(await allRows(prepared)) };
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return { code: error.code, text: JSON.stringify([error.code, error.message, error.hint, error.at]) };
  }
}

const refused = {
  read: "warehouse/read-refused",
  unknown: "access/sql-unknown-table",
  ambiguous: "access/sql-ambiguous-table",
  call: "warehouse/function-refused",
  select: "warehouse/sql-not-a-select",
  several: "warehouse/sql-several-statements",
  syntax: "warehouse/sql-syntax",
  construct: "access/sql-construct-refused",
  failed: "warehouse/statement-failed",
  hidden: "access/sql-hidden-failure",
  groups: "access/sql-aggregates-only",
  large: "access/sql-too-large",
  timeout: "access/sql-timeout",
  memory: "warehouse/out-of-memory",
} as const;

const attacks: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  "files and networks": [
    ["select * from read_csv('/etc/passwd')", refused.call],
    ["select * from read_text('/etc/passwd')", refused.call],
    ["select * from read_blob('SNAPSHOTS/library/people/001.duckdb')", refused.call],
    ["select * from read_duckdb('SNAPSHOTS/library/people/001.duckdb')", refused.call],
    ["select * from parquet_scan('x')", refused.call],
    ["select * from glob('SNAPSHOTS/**')", refused.call],
    ["select * from sniff_csv('/etc/passwd')", refused.call],
    ["select * from '/etc/passwd'", refused.unknown],
    ['select * from "/etc/passwd"', refused.unknown],
    ["select * from 'x.parquet'", refused.unknown],
    ["select * from 'https://127.0.0.1:9/x.csv'", refused.unknown],
    ['select * from "library.people"', refused.unknown],
    ['with "x.csv" as (select 1) select * from (select * from "x.csv")', refused.construct],
    ["select getenv('HOME')", refused.call],
    ["select main.getenv('HOME')", refused.call],
    ["select system.main.getenv('HOME')", refused.call],
    ["select ('HOME').getenv()", refused.call],
    ["select GetEnv('HOME')", refused.call],
    ["select \"getenv\"('HOME')", refused.call],
    ["copy (select 1) to '/tmp/out.csv'", refused.select],
    ["copy library.loans from '/etc/passwd'", refused.select],
    ["export database '/tmp/out'", refused.select],
    ["import database '/tmp/out'", refused.select],
    ["install httpfs", refused.select],
    ["load httpfs", refused.select],
    ["attach '/tmp/x.duckdb' as x", refused.select],
  ],
  "settings, state and SQL in texts": [
    ["set memory_limit = '100GB'", refused.select],
    ["reset memory_limit", refused.select],
    ["pragma database_list", refused.select],
    ["pragma table_info('library.people')", refused.select],
    ["call duckdb_settings()", refused.select],
    ["explain select 1", refused.select],
    ["explain analyze select * from library.people", refused.select],
    ["prepare p as select 1", refused.select],
    ["execute p", refused.select],
    ["deallocate p", refused.select],
    ["create table x as select 1", refused.select],
    ["create macro f() as 1", refused.select],
    ["create secret s (type s3)", refused.select],
    ["insert into library.units values ('a', 'b')", refused.select],
    ["update library.units set title = ''", refused.select],
    ["delete from library.units", refused.select],
    ["drop view library.product.units", refused.select],
    ["use library", refused.select],
    ["begin", refused.select],
    ["checkpoint", refused.select],
    ["vacuum", refused.select],
    ["detach library", refused.select],
    ["select getvariable('masked_text_inner')", refused.call],
    ["select current_setting('allowed_directories')", refused.call],
    ["select masked_text('CANAR', '0123456789abcdef')", refused.call],
    ["select nextval('s')", refused.call],
    ["select setseed(0.5)", refused.call],
    ["select random()", refused.call],
    ["select sleep_ms(1000)", refused.call],
    ["select pg_sleep(1)", refused.call],
    ["select error('x')", refused.call],
    ["select write_log('x')", refused.call],
    ["select * from query('select * from library.product.people')", refused.call],
    ["select * from query_table('library.product.people')", refused.call],
    ["select * from json_execute_serialized_sql(json_serialize_sql('select 1'))", refused.call],
    ["select json_serialize_sql('select 1')", refused.call],
    ["select stats(note) from library.loans", refused.call],
    ["select nothing_of_the_kind(1)", refused.call],
    ["select list_aggregate([1], 'getenv')", refused.failed],
  ],
  "the catalog": [
    ["select * from duckdb_tables()", refused.call],
    ["select * from duckdb_views()", refused.call],
    ["select * from duckdb_variables()", refused.call],
    ["select * from duckdb_secrets()", refused.call],
    ["select * from duckdb_settings()", refused.call],
    ["select * from duckdb_logs()", refused.call],
    ["select * from pragma_table_info('library.product.people')", refused.call],
    ["select * from pragma_storage_info('library.product.people')", refused.call],
    ["select * from which_secret('s3://x', 's3')", refused.call],
    ["select * from sqlite_master", refused.unknown],
    ["select * from duckdb_views", refused.unknown],
    ["select * from pg_catalog.pg_class", refused.unknown],
    ["select * from information_schema.tables", refused.unknown],
    ["select * from system.information_schema.columns", refused.unknown],
    ["with duckdb_views as (select 1) select * from (select * from duckdb_views)", refused.construct],
    ["select * from histogram('library.product.people', name)", refused.call],
    ["show tables", refused.select],
    ["show databases", refused.select],
    ["describe library.people", refused.select],
    ["summarize library.loans", refused.select],
    ["select * from (summarize library.marks)", refused.select],
    ["select * from (describe library.people)", refused.select],
    ["select pg_get_viewdef(1)", refused.call],
    ["select 'x'::nottime", refused.failed],
    ["select 'x' collate nobody", refused.failed],
    ["select s_1.library.nothing from library.units", refused.failed],
    ["select 1::s_1.library.kind", refused.construct],
    ["select 1::s_9999.library.kind", refused.construct],
    ["pivot library.units on code in people", refused.failed],
    ["select * from (show all tables)", refused.select],
    ["from (describe select name from library.people)", refused.select],
    ["from variable('masked_text_inner')", refused.call],
    ["select list_aggregate(['a'], 'getvariable')", refused.failed],
  ],
  "tables in other words": [
    ["select * from library.people", refused.read],
    ["select * from library.product.people", refused.read],
    ["select * from mesh.library.people", refused.read],
    ["table library.people", refused.read],
    ["from library.people", refused.read],
    ['select * from LIBRARY."PEOPLE"', refused.read],
    ["select * from library . /* x */ people", refused.read],
    ["select * from library.finite.people", refused.unknown],
    ["select * from library.finite.loans", refused.unknown],
    ["select * from snapshot_1.main.loans", refused.unknown],
    ["select * from s_1.library.loans", refused.unknown],
    ["select * from people", refused.ambiguous],
    ["select * from loans", refused.ambiguous],
    ["select * from temp.people", refused.unknown],
    ["select * from memory.main.people", refused.unknown],
    ["select * from library.loans, library.people", refused.read],
    ["select * from library.units positional join library.people", refused.read],
    ["select * from library.units u, lateral (select name from library.people) p", refused.read],
    ["select (select max(name) from library.people)", refused.read],
    ["select 1 where exists (from library.people)", refused.read],
    ["select 'a' in (select name from library.people)", refused.read],
    ["select [x for x in (select list(name) from library.people)]", refused.read],
    ["select 1 order by (select name from library.people)", refused.read],
    ["select 1 limit (select length(name) from library.people)", refused.read],
    ["with p as (from library.people) select * from p", refused.read],
    ["with people as (select 1) select * from library.people", refused.read],
    [
      "with recursive r as (select name from library.people union all select name from r) select * from r",
      refused.read,
    ],
    ["select * from (with q as (select 1) select * from q), q", refused.unknown],
    ["with q as (select * from q2), q2 as (select 1) select * from q", refused.unknown],
    ["select 1 union all select name from library.people", refused.read],
    ["values ((select name from library.people))", refused.read],
    ["pivot library.people on name in ('a') using count(*)", refused.read],
    ["unpivot library.people on name into name n value v", refused.read],
    ["select * from unnest((select list(name) from library.people))", refused.read],
    ["select * from library.loans at (version => 1)", refused.construct],
    ["select * from library.loans l, recurring.l", refused.unknown],
    ["select secret from library.loans", refused.failed],
    ["select l.secret from library.loans l", refused.failed],
    ['select loans."SECRET" from library.loans', refused.failed],
    ["select * replace (secret as id) from library.loans", refused.failed],
    ["select id from library.loans where secret is not null", refused.failed],
    ["select id from library.loans order by secret", refused.failed],
    ["select columns('secret') from library.loans", refused.failed],
    ["select columns(c -> c = 'secret') from library.loans", refused.failed],
    ["select rowid from library.loans", refused.failed],
    ["select #6 from library.loans", refused.failed],
    ["select secret.upper() from library.loans", refused.failed],
    ["select l['secret'] from library.loans l", refused.failed],
    ["select * rename (secret as x), x from library.loans", refused.failed],
    ["select * like 'sec%' from library.loans", refused.failed],
    ["select try(secret) from library.loans", refused.failed],
    ["unpivot library.loans on secret", refused.failed],
    ["select * from library.units asof join library.people on code >= name", refused.read],
    ["select list_transform([1], lambda x : (select max(name) from library.people))", refused.read],
    ["select map {'a': (select name from library.people)}", refused.read],
    ["with a as materialized (from library.people) select * from a", refused.read],
    [
      "with recursive t(a, b) using key (a) as (select 1, '' union select a, name from t, library.people) from t",
      refused.read,
    ],
    ["select * from library.units at (timestamp => now())", refused.construct],
    ["select 1 except all select name from library.people", refused.read],
    ["select loans.secret from (select loans from library.loans)", refused.failed],
    [
      "select id from library.loans natural join (select 'CANARY-secret' as secret) x where x.secret = loans.secret",
      refused.failed,
    ],
  ],
  "texts that are read in two ways": [
    ["select 1; select 2", refused.several],
    ["select 1; drop view library.product.units", refused.several],
    ["select 1;;; select 2", refused.several],
    ["select 1 /* ; */ ; -- x\n select 2", refused.several],
    ["select 1) union all (select 2", refused.syntax],
    ["select 1 /* /* */ union all select * from library.people", refused.syntax],
    ["select 1 /* /* */ */ union all select * from library.people", refused.read],
    ["select $$ ; $$ ; select 2", refused.several],
    ["select $a$ $$ $a$ from library.people", refused.read],
    ["select e'\\'' from library.people --'", refused.read],
    ["select '\\' from library.people --'", refused.read],
    ["select U&'x' from library.units", refused.syntax],
    ["select 1\0 from library.people", refused.construct],
    ["select '\ud800' from library.units", refused.construct],
    ["select * from library\u00a0.people", refused.read],
    ["select * from library\u2024people", refused.unknown],
    ["select * from library.peop\u200ble", refused.unknown],
    ['select * from "library"."people"', refused.read],
    ['select * from library."peo""ple"', refused.unknown],
    ["select 1 -- \r from library.people", refused.read],
    ["select $name", refused.construct],
    ["select $999", refused.construct],
    ["", refused.select],
    [";", refused.select],
    ["-- nothing", refused.select],
  ],
  "rows that are hidden": [
    ["select sum(note::integer) from library.loans", '[["1499500"]]'],
    ["select count(*) from library.loans where note::integer > 2990", '[["3"]]'],
    [
      "select count(*) from library.loans where 1000 // (7777777 - size) < 5000 and size < 2147483647 - 7777777",
      '[["1000"]]',
    ],
    ["select count(*) from library.loans where note like 'CANARY%'", '[["0"]]'],
    ["select count(*) from library.loans where error(note) is null", refused.call],
    [
      "select count(*) from library.loans l join library.units u on u.code = l.unit and l.note::integer >= 0",
      '[["1000"]]',
    ],
    ["select max(size) < 7777777, count(distinct unit) from library.loans", '[["t","1"]]'],
    ["select count(*) from library.loans where case when id % 3 <> 1 then note::integer end > 0", '[["0"]]'],
    ["select count(*) from library.loans where (select max(x::integer) from (select note as x) y) >= 0", '[["1000"]]'],
    ["select unit::integer from library.loans", refused.hidden],
    ["select (note || 'x')::integer from library.loans", refused.hidden],
    ["select reader::integer from library.loans", refused.hidden],
    ["select strptime(reader, '%Y') from library.loans", refused.hidden],
    ["select count(*) from library.loans where reader like 'CANARY%'", '[["0"]]'],
    ["select count(*) from library.loans where reader = md5('CANARY-reader-1')", '[["0"]]'],
    ["select count(*) from library.loans l tablesample 100% where note like '%N%'", '[["0"]]'],
    ["from library.loans select count(*) group by all having max(note) > 'A'", "[]"],
  ],
  "groups of people": [
    ["select * from library.marks", refused.groups],
    ["select mark from library.marks", refused.groups],
    ["select unit from library.marks", refused.groups],
    ["select sum(mark), grade from library.marks group by all order by 1", '[["2780","HD"]]'],
    ["select max(mark) from library.marks", refused.groups],
    ["select sum(mark + 0) from library.marks", refused.groups],
    ["select sum(mark) filter (where unit = 'u1') from library.marks", refused.groups],
    ["select sum(distinct mark) from library.marks", refused.groups],
    ["select count(*) from library.marks", '[["40"]]'],
    ["select count(*) from library.marks where grade like 'CANARY%'", '[["0"]]'],
    ["select count(*) from library.marks where mark > 50", refused.groups],
    ["select count(student) from library.marks", refused.groups],
    ["select count(distinct id) from library.marks", refused.groups],
    ["select count(*) from library.marks m join library.units u on u.code = m.unit", refused.groups],
    ["select list(m) from library.marks m", refused.groups],
    ["select max(m) from library.marks m", refused.groups],
    ["with m as (from library.marks) select avg(mark) from m", refused.groups],
    ["select count(*) from (select mark from library.marks)", refused.groups],
    ["select avg(mark) from library.marks using sample 1 rows", refused.groups],
    ["select avg(mark) from library.marks tablesample 10%", refused.groups],
    ["select avg(mark) over () from library.marks", refused.groups],
    ["select count(columns(*)) from library.marks", refused.groups],
    ["select sum(x) from library.marks m(a, x)", refused.groups],
    ["select sum(unit::integer) from library.marks", refused.hidden],
    ["pivot library.marks on unit in ('u0') using sum(mark)", refused.groups],
    ["from library.marks unpivot (v for n in (mark))", refused.groups],
    ["select max(#3) from library.marks", refused.groups],
    ["select sum(#3) from library.marks", refused.groups],
    ["select count(*) from library.marks where #3 > 50", refused.groups],
    ["select count(distinct #3) from library.marks", refused.groups],
    ["select avg(mark), max(#3) from library.marks group by #1", refused.groups],
    ["select sum(mark) from library.marks group by unit order by #1 + #3", refused.groups],
    ["select sum(mark) from library.marks group by unit order by #1", '[["1380"],["1400"]]'],
    ["select mark.max() from library.marks", refused.groups],
    ["select marks.mark.max() from library.marks", refused.groups],
    ["select mark.sum() from library.marks", refused.groups],
    ["select unit.max(mark) from library.marks", refused.groups],
    ["select count(*) from library.marks where mark.abs() > 50", refused.groups],
    ["select count(*) from library.marks group by mark.abs()", refused.groups],
    ["select count(*) from library.marks having mark.max() > 1", refused.groups],
    ["select count(*), mark.max() over () from library.marks", refused.groups],
    ["select count(*) from library.marks m group by m.hash()", refused.groups],
    ["select unit.upper(), count(*) from library.marks group by all order by 1", '[["U0","20"],["U1","20"]]'],
    ["select sum(columns('mark')) from library.marks", refused.groups],
    ["select columns(lambda c : c = 'mark') from library.marks", refused.groups],
    ["select count(*) from library.marks group by mark.abs(), #3", refused.groups],
    ["select 1 from library.units anti join library.marks on mark > 5", refused.groups],
    ["select count(*) from library.marks window w as (order by mark)", '[["40"]]'],
    ["select sum(mark) over w from library.marks window w as (partition by unit)", refused.groups],
    [
      "select sum(mark), grouping(unit) from library.marks group by rollup (unit) order by all",
      '[["1380","0"],["1400","0"],["2780","1"]]',
    ],
  ],
  "too much": [
    [`select '${"x".repeat(70_000)}'`, refused.large],
    [`select ${"-".repeat(1)}${"(".repeat(500)}1${")".repeat(500)}`, '[["-1"]]'],
    [`select ${Array.from({ length: 600 }, () => "abs(").join("")}1${")".repeat(600)}`, refused.large],
    ["select count(*) from range(1000000000) a, range(1000000000) b where a.range + b.range = 7", refused.timeout],
    ["with recursive r(n) as (select 1 union all select n + 1 from r) select max(n) from r", refused.timeout],
    [`select 1 ${"/*".repeat(15_000)}${"*/".repeat(15_000)}`, refused.large],
    [
      `select 1 from library.units u ${Array.from({ length: 60 }, () => "join library.units using (code)").join(" ")}`,
      refused.large,
    ],
    [`select ${"(".repeat(15_000)}1${")".repeat(15_000)}`, refused.syntax],
    [`select 1${" union select 1".repeat(4_000)}`, refused.large],
    ["with a as (select 1 as x), b as not materialized (select a.x from a, a c) select * from b", refused.construct],
    [
      "with a as (select 1 as x), b as not /* /* */ as */ materialized (select a.x from a, a c) select * from b",
      refused.construct,
    ],
    ["with a as materialized (select 1 as x) select * from a", '[["1"]]'],
    ["select repeat('x', 1000000000)", refused.call],
    ["select lpad('x', (select 1000000000), 'y')", refused.call],
    ["select repeat(repeat(repeat('x', 900), 900), 900)", refused.large],
    [
      "select replace(replace(repeat('x', 900), 'x', 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy'), 'y', repeat('z', 9))",
      refused.call,
    ],
    [
      "with a as (select repeat('x', 900) as x) select replace(x, 'x', 'y') from a, (select range(90000))",
      refused.large,
    ],
    ["select range(1000000000)", refused.call],
    ["select generate_series(1, (select max(id) from library.loans))", refused.call],
    ["select format('{:1000000000}', 1)", refused.call],
    ["select format('{:{}}', 1, 1000000000)", refused.call],
    ["select printf('%*d', 1000000000, 1)", refused.call],
    ["select * from range(1000000)", "access/sql-too-many-rows"],
    ["select list_transform([1], a -> list_transform([a], b -> a + b))", refused.construct],
    ["select [[a + b for a in [1]] for b in [2]]", refused.construct],
    ["select list_reduce(range(60), (a, b) -> a || a)", refused.call],
    ["select length(string_agg(repeat('x', 1000), '')) from range(100000000)", refused.memory],
    ["select code.repeat(1000000000) from library.units", refused.call],
    ["select u.code.lpad(1000000000, 'x') from library.units u", refused.call],
    ["select a.range() from (select 1000000000 as a)", refused.call],
    ["select p.format(1) from (select '{:1000000000}' as p)", refused.call],
    ["select code.replace('u', (select repeat('x', 900))) from library.units", refused.call],
    // Each of these goes down into its argument by calling itself, and so ends the process.
    [`select json_transform('{}', '${"[".repeat(30_000)}"INT"${"]".repeat(30_000)}')`, refused.call],
    [`select from_json('[]', '${"[".repeat(200)}"INT"${"]".repeat(200)}')`, refused.call],
    ["select json_transform_strict('{}', repeat('[', 900))", refused.call],
    ["select 's'.from_json_strict('x') from library.units", refused.syntax],
    ["select json_structure(repeat('[', 900))", refused.call],
    ["select json_group_structure(note) from library.loans", refused.call],
    ["select json_contains(repeat('[', 900), '1')", refused.call],
    ["select json_merge_patch('{}', '{}')", refused.call],
    ["select '[]'::json::variant", refused.construct],
    ["select try_cast('[]'::json as struct(a variant)[])", refused.construct],
    ["select percentile_cont(null::int[]) within group (order by id) from library.loans", refused.call],
    ["select percentile_cont([0.5, 1]) within group (order by id) from library.loans", '[["{1499.5,2998}"]]'],
  ],
};

for (const [kind, rows] of Object.entries(attacks)) {
  describe(kind, () => {
    test.each(rows)("%s", async (statement, expected) => {
      const asked = statement.replaceAll("SNAPSHOTS", `${library.dir}/snapshots`);
      const { code, text } = await outcome(asked, undefined, expected === refused.timeout ? hasty : sql);
      if (!statement.includes(canary)) expect(text).not.toMatch(/CANARY|77777/);
      if (code === refused.failed) expect(text).not.toMatch(/memory\.|snapshot_\d|masked_text|duckdb_/);
      expect(code ?? text, text).toBe(expected);
    });
  });
}

/** Names without a schema, under the search path before them; none looks in all schemas. */
const shortNames: readonly (readonly [readonly string[] | undefined, string, string])[] = [
  [undefined, "select count(*) from loans", refused.ambiguous],
  [undefined, "select * from people", refused.ambiguous],
  [undefined, "select * from units", refused.ambiguous],
  [undefined, "select * from gold", refused.read],
  [undefined, "select count(*) from marks", '[["40"]]'],
  [undefined, "select sum(mark) from marks group by student", refused.groups],
  [undefined, "select mark from marks", refused.groups],
  [undefined, "select library.marks from marks group by all", refused.groups],
  [undefined, "select max(library.marks.student) from marks", refused.groups],
  [undefined, "select count(*) from loans at (version => 1)", refused.construct],
  [["library"], "select count(*) from loans", '[["1000"]]'],
  [["library"], "select library.loans.id from loans order by 1 limit 1", '[["1"]]'],
  [["library"], "select mesh.library.loans.id from loans order by 1 limit 1", '[["1"]]'],
  [["library"], "select loans.secret from loans", refused.failed],
  [["library"], "select library.loans.secret from loans", refused.failed],
  [["library"], "select rowid from loans", refused.failed],
  [["library"], "select sum(note::integer) from LOANS", '[["1499500"]]'],
  [["library"], "select unit::integer from loans", refused.hidden],
  [["library"], "select * from people", refused.read],
  [["library"], 'select * from "PEOPLE"', refused.read],
  [["library"], "table people", refused.read],
  [["library"], "from people", refused.read],
  [["library"], "from/**/people", refused.read],
  [["library"], "select 1 from units, people", refused.read],
  [["library"], "select (select max(name) from people)", refused.read],
  [["library"], "with p as (from people) select 1 from units", refused.read],
  [["library"], "with people as (select 1 as x) select x from people", '[["1"]]'],
  [["library"], "with people as (from people) select * from people", refused.read],
  [["library"], "select * from (with people as (select 1) select * from people), people", refused.read],
  [["library"], "with a as (from people), people as (select 1) select * from a", refused.read],
  [["library"], "with people as (select 1) select * from library.people", refused.read],
  [
    ["library"],
    "with recursive people as (select 1 as n union all select n + 1 from people where n < 3) select max(n) from people",
    '[["3"]]',
  ],
  [["library"], "select * from 'units'", refused.construct],
  [["library"], "select * from 'people'", refused.read],
  [["library"], "pivot people on name in ('a') using count(*)", refused.read],
  [["library"], "summarize people", refused.select],
  [["library"], "describe units", refused.select],
  [["library"], "select * from query_table('people')", refused.call],
  [["library"], "select * from people()", refused.call],
  [["library"], "select * from gold", refused.unknown],
  [["library"], "select * from sqlite_master", refused.unknown],
  [["library"], "select * from duckdb_tables", refused.unknown],
  [["library"], "select * from pg_class", refused.unknown],
  [["library"], "select * from product.loans", refused.unknown],
  [["library", "archive"], "select count(*) from units", '[["3"]]'],
  [["archive", "library"], "select count(*) from units", '[["1"]]'],
  [["archive", "library"], "select count(*), (select count(*) from loans) from units", '[["1","1000"]]'],
  // Which table a name means does not depend on what may be read.
  [["vault", "library"], "select count(*) from loans", refused.read],
  [["archive", "library"], "select * from people", refused.read],
  [["nothing", "library"], "select count(*) from units", '[["3"]]'],
  [["snapshot_1", "s_1", "main", "temp", "system"], "select * from loans", refused.unknown],
  [["pg_catalog", "information_schema"], "select * from tables", refused.unknown],
  [["library.product"], "select * from people", refused.unknown],
  [["mesh"], "select * from people", refused.unknown],
  [[], "select count(*) from units", refused.unknown],
  [[], "select count(*) from library.units", '[["3"]]'],
];

test.each(shortNames)("under %j: %s", async (searchPath, statement, expected) => {
  const { code, text } = await outcome(statement, searchPath);
  expect(text).not.toMatch(/CANARY|77777|memory\.|snapshot_\d+\./);
  expect(code ?? text, text).toBe(expected);
});

test("a statement reads by the search path of the moment, however often it was read by another one", async () => {
  const text = "select (select count(*) from library.units), (select count(*) from archive.units), count(*) from units";
  for (const [path, count] of [
    ["library", "3"],
    ["archive", "1"],
    ["library", "3"],
  ] as const)
    expect((await outcome(text, [path])).text).toBe(JSON.stringify([["3", "1", count]]));
});

test.each([
  ["select * from units", undefined, /units could be any of library.units, archive.units.*library.units/],
  ["select * from gold", ["library"], /no table gold in the schemas of search_path: library/],
  ["select * from archive_units", undefined, /no table archive_units in any schema/],
  ["select * from loans", ["archive"], /There is library.loans: write the schema before the name/],
  ["select * from loan", undefined, /Did you mean library.loans\?/],
  ["select * from library.laons", undefined, /no table library.laons.*Did you mean library.loans\?/],
  ["select * from units", [], /search_path names no schema.*There is library.units/],
  ["select * from gold", ["vault"], /vault.gold may not be read here.*vault\/gold/],
])("%s under %j tells what was looked for, and where", async (statement, searchPath, words) => {
  expect((await outcome(statement, searchPath)).text).toMatch(words);
});

test("rows of a table behind groups are not had by guessing in which catalog its view is", async () => {
  const guesses = Array.from({ length: 60 }, (_, index) => `s_${index}.library`);
  for (const [names, alias] of [
    [[...guesses, "library", "mesh.library"], "marks"],
    [[...guesses, "library"], "unit"],
  ] as const)
    for (const schema of names) {
      const { code } = await outcome(`select max(${schema}.${alias}) from library.marks as ${alias}`);
      expect(code, `${schema}.${alias}`).toBe(refused.groups);
    }
  const named = "select mesh.library.marks.unit, count(*) from library.marks group by library.marks.unit order by 1";
  expect((await outcome(named)).text).toBe('[["u0","20"],["u1","20"]]');
});

test("what statements have gathered is not kept for as long as they are", async () => {
  for (let count = 0; count < 8; count += 1) {
    const gathered = `select length(string_agg(repeat('x', 1000), '')) + ${count} from range(20000)`;
    expect(await outcome(gathered)).toEqual({ text: `[["${20_000_000 + count}"]]` });
  }
});

test("what was refused has changed nothing", async () => {
  expect((await outcome("select code, title from library.units order by 1 limit 1")).text).toBe('[["u0","Unit 0"]]');
});
