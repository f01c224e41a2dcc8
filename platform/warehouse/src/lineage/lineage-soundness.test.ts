import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { QueryEngine } from "../query-engine.ts";
import { openScratchEngine } from "../scratch-engine.ts";
import { columnLineage, type Dependencies } from "./column-lineage.ts";

// The engine is the oracle: when other values in one column of a table change a column of the result, that column of
// the result must be said to depend on it.

const tables = { t: ["a", "b", "c"], u: ["a", "d"] } as const;
const small = fc.constantFrom("null", "0", "1", "2", "3");

const rowsOf = (width: number) => fc.array(fc.array(small, { minLength: width, maxLength: width }), { maxLength: 6 });

const change = fc.oneof(
  fc.record({ table: fc.constant("t" as const), column: fc.constantFrom(...tables.t) }),
  fc.record({ table: fc.constant("u" as const), column: fc.constantFrom(...tables.u) }),
);

/** Queries over `t (a, b, c)` and `u (a, d)` that always give the same rows from the same tables; all yield `p, q, r`. */
const { query } = fc.letrec<{ query: string; relation: string; scalar: string; condition: string }>((tie) => ({
  scalar: fc.oneof(
    { maxDepth: 2, depthIdentifier: "scalar" },
    fc.constantFrom("p", "q", "r", "1"),
    fc.tuple(tie("scalar"), fc.constantFrom("+", "*", "-"), tie("scalar")).map((parts) => `(${parts.join(" ")}) % 7`),
    fc
      .tuple(tie("condition"), tie("scalar"), tie("scalar"))
      .map(([c, x, y]) => `case when ${c} then ${x} else ${y} end`),
    fc.tuple(tie("scalar"), tie("scalar")).map(([x, y]) => `coalesce(${x}, ${y})`),
    tie("scalar").map((x) => `(select max(d) from u where u.a = ${x})`),
    tie("scalar").map((x) => `(select count(*) from t as o where o.b > ${x})`),
  ),
  condition: fc.oneof(
    { maxDepth: 2, depthIdentifier: "condition" },
    fc
      .tuple(tie("scalar"), fc.constantFrom("=", "<", "is distinct from"), tie("scalar"))
      .map((parts) => parts.join(" ")),
    tie("scalar").map((x) => `${x} in (select d from u where a > 0)`),
    tie("scalar").map((x) => `exists (select 1 from u where u.d = ${x})`),
    fc.tuple(tie("condition"), tie("condition")).map(([x, y]) => `(${x} or not ${y})`),
  ),
  relation: fc.oneof(
    { maxDepth: 3, depthIdentifier: "relation" },
    fc.constant("(select a as p, b as q, c as r from t)"),
    fc.constant("(select a as p, d as q, a + d as r from u)"),
    fc.constant("(select a as p, b as q, d as r from t left join u using (a))"),
    fc.constant("(select coalesce(t.c, u.d) as p, t.b as q, u.a as r from t full join u on t.a = u.d)"),
    fc.constant("(select a as p, v as q, b as r from t, unnest([t.b, t.c]) as k (v))"),
    tie("query").map((inner) => `(${inner})`),
  ),
  query: fc.oneof(
    fc
      .tuple(tie("relation"), tie("scalar"), tie("scalar"))
      .map(([from, x, y]) => `select ${x} as p, ${y} as q, r from ${from}`),
    fc.tuple(tie("relation"), tie("condition")).map(([from, c]) => `select * from ${from} where ${c}`),
    fc
      .tuple(tie("relation"), tie("scalar"))
      .map(([from, x]) => `select p, sum(${x}) as q, count(*) filter (where r > 1) as r from ${from} group by all`),
    tie("relation").map((from) => `select list_sum(list_transform([p, 1], lambda e: e + q)) as p, q, r from ${from}`),
    tie("relation").map((from) => `select max(p) as p, count(distinct q) as q, min(r) as r from ${from}`),
    tie("relation").map(
      (from) =>
        `select p, rank() over (partition by q order by r) as q, sum(r) over (partition by p) as r from ${from}`,
    ),
    tie("relation").map(
      (from) => `select distinct p, q, 1 as r from ${from} qualify count(*) over (partition by r) < 3`,
    ),
    fc
      .tuple(tie("relation"), fc.constantFrom("union all", "union", "except", "intersect"), tie("relation"))
      .map(([x, op, y]) => `select p, q, r from ${x} ${op} select q, p, r from ${y}`),
    fc
      .tuple(tie("relation"), tie("relation"))
      .map(([x, y]) => `with w as (select * from ${x}) select w.p, o.q, w.r from w join ${y} as o using (r)`),
    fc
      .tuple(tie("relation"), tie("relation"))
      .map(
        ([x, y]) =>
          `select l.p, l.q, m.v as r from ${x} as l, lateral (select o.p + l.q as v from ${y} as o where o.r = l.r) as m`,
      ),
    tie("relation").map((from) => `select * replace (p + q as r) from ${from} order by p, q, r limit 3`),
    fc
      .tuple(tie("relation"), tie("relation"))
      .map(([x, y]) => `select * from ${x} as l anti join ${y} as o on l.p = o.q`),
  ),
}));

let engine: QueryEngine & AsyncDisposable;

beforeAll(async () => {
  engine = await openScratchEngine();
  await engine.query("create table t (a int, b int, c int)");
  await engine.query("create table u (a int, d int)");
});

afterAll(() => engine[Symbol.asyncDispose]());

const values = fc.array(small, { minLength: 6, maxLength: 6 });

/** The same query before and after one column of a table holds other values. */
async function holds(queries: fc.Arbitrary<string>, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(
    queries,
    rowsOf(3),
    rowsOf(2),
    change,
    values,
    async (sql, t, u, changed, other) => {
      const { columns, rows } = await columnLineage(engine, sql, "q.sql");
      expect([...columns, rows].flatMap(({ unknown }) => unknown)).toEqual([]);
      const before = await resultOf(engine, sql, { t, u });
      const after = await resultOf(engine, sql, mutate({ t, u }, changed, other));
      const isSaid = ({ from }: Dependencies) =>
        from.some(({ from: source }) => source.table === changed.table && source.column === changed.column);
      if (isSaid(rows)) return;
      for (const [index, column] of columns.entries())
        if (!isSaid(column))
          expect(valuesOf(after, index), `${column.column} of ${sql}`).toEqual(valuesOf(before, index));
      if (!columns.some(isSaid)) expect(valuesOf(after), sql).toEqual(valuesOf(before));
    },
  );
  await fc.assert(property, { numRuns });
}

test.each([
  "select b from t where a > 1",
  "select b from t join u using (a)",
  "select b from t left join u on t.a = u.a and u.d > t.c",
  "select t.b, u.d from t full join u on t.a = u.a",
  "select b from t semi join u using (a)",
  "select b from t anti join u on t.a = u.d",
  "select t.b, u.d from t asof left join u on t.a = u.a and t.c >= u.d",
  "select b from t, unnest(range(0, coalesce(t.a, 0))) as k (v)",
  "select b, unnest(range(0, coalesce(a, 0))) as v from t",
  "select b, i from t, generate_series(1, t.a) as g (i)",
  "select b, n from t, lateral (select u.d + t.c as n from u where u.a = t.a)",
  "select distinct a, b from t",
  "select distinct on (a) b from t order by a, c, b",
  "select b from t order by a, b limit 2",
  "select b from t limit (select count(*) from u where d > 1)",
  "select a, b from t except select a, d from u",
  "select a, b from t intersect all select a, d from u",
  "select a, b from t union select a, d from u",
  "select b, sum(c) as s from t group by b",
  "select count(*) as n, count(*) filter (where a > 1) as f from t where c > 1",
  "select a, b, count(*) as n from t group by grouping sets ((a), (b), ())",
  "select b, row_number() over (partition by a order by c, b) as n from t",
  "select b, lag(b, 1, c) over (order by a, b) as l from t",
  "select sum(b) over (order by a, b rows between 1 preceding and current row exclude current row) as s from t",
  "select b from t qualify max(c) over (partition by a) = c",
  "select list(b order by a, b) as l, arg_max(b, (c, b)) as m from t",
  "select b, a in (select a from u where d > 1) as i from t",
  "select b, exists (select 1 from u where u.a = t.a) as e from t",
  "select b, (select max(d) from u where u.a = t.a) as m, (select count(*) from u where d > t.c) as n from t",
  "select b from t where c > all (select d from u where u.a = t.a)",
  "select case when a > 1 then b else 0 end as k, coalesce(b, c) as o from t",
  "with recursive r (n, m) as (select a, b from t union select n + 1, d from r join u on u.a = n where n < 3) select m from r",
  "with x as materialized (select * from t where a > 1) select l.b, r.c from x as l, x as r where l.b = r.b",
  "select * from (pivot (select a, b, c from t) on a in (1, 2) using sum(b) as s)",
  "select value from (unpivot u on a, d)",
  "select * exclude (a) replace (b + c as b) from t",
  "select list_filter([b, c], lambda e: e > a) as l from t",
  "select p.y.z as z, p.x as x, p.y as y from (select {'x': a, 'y': {'z': b, 'w': c}} as p from t)",
  "select p.x as x from (select case when c > 1 then {'x': a, 'y': b} else {'x': b, 'y': a} end as p from t)",
  "select p.x as x, (select max(q.y) from (select {'x': a, 'y': d} as q from u) where q.x = p.y) as m from (select {'x': a, 'y': b} as p from t)",
  "with recursive r (p, v, n) as (select {'x': a, 'y': b}, a, 0 from t union all select {'x': p.y, 'y': p.x}, p.x, n + 1 from r where n < 2) select v, p.x as x from r",
  "select p.x as x from (select {'x': a, 'y': b} as p from t union all select {'x': d, 'y': a} as p from u)",
  "select l.p.x as x from (select {'x': a, 'y': b} as p, c from t) as l semi join u on l.c = u.a",
  "select b, (select {'x': max(d), 'y': 1} from u where u.a = t.a).x as m from t",
  "select b, (select (select max(u.d) from u where u.a = t.a and u.d > o.b) from t as o where o.c = t.c order by o.a, o.b limit 1) as m from t",
  "select t.b, l1.x, l2.y from t, lateral (select d + t.a as x from u where u.a = t.c) as l1, lateral (select count(*) as y from u where u.d = l1.x) as l2",
  "select b, a in (select d from u where u.a = t.c) as i from t",
  "select b, (select sum(x) from unnest([t.a, t.c]) as k (x)) as s from t",
  "select * from (pivot (select a, b, c from t) on a in (1, 2), b in (0, 1) using count(*) as n)",
  "select b, count(*) over (order by c range between coalesce(a, 0) preceding and current row) as s from t",
  "select b, l.d from t left join lateral (select d from u where u.a >= t.a order by d, a limit 1) as l on l.d > t.c",
  "select a, b from t union all by name select d as b, 1 as a from u",
  "with recursive r (n, k) using key (n) as (select a, b from t union select r.n, least(r.k, u.d) from r join u on u.a = r.k where r.k > u.d) select n, max(k) as k from r group by n",
  "select unnest([a, b]) as x, unnest(range(0, coalesce(c, 0))) as y from t",
  "select b, c >= all (select d from u where u.a = t.a) as k, c = any (select d from u) as j from t",
  "select grouping(a) as g, grouping(b) as h, count(*) as n from t group by rollup (a, b) having grouping(a) = 0",
  "select o.b, (select max(w) from (select row_number() over (order by d) as w from u where u.a = o.a)) as n from t as o",
])("the engine agrees about %s", async (sql) => {
  await holds(fc.constant(sql), 50);
});

test("the engine agrees about queries made up at random", async () => {
  await holds(query, 200);
});

type Content = Readonly<Record<"t" | "u", readonly (readonly string[])[]>>;

async function resultOf(engine: QueryEngine, sql: string, content: Content): Promise<unknown[][]> {
  for (const [table, rows] of Object.entries(content)) {
    await engine.query(`truncate ${table}`);
    if (rows.length > 0)
      await engine.query(`insert into ${table} values ${rows.map((row) => `(${row.join(", ")})`).join(", ")}`);
  }
  return (await engine.query(sql)).map((row) => Object.values(row));
}

function mutate(
  content: Content,
  { table, column }: { table: "t" | "u"; column: string },
  other: readonly string[],
): Content {
  const index = (tables[table] as readonly string[]).indexOf(column);
  const rows = content[table].map((row, at) => row.with(index, other[at] ?? "null"));
  return { ...content, [table]: rows };
}

/** In no order; of one column, or of whole rows. */
function valuesOf(rows: readonly unknown[][], index?: number): string[] {
  const tell = (value: unknown) =>
    JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part)) ?? "";
  return rows.map((row) => tell(index === undefined ? row : row[index])).sort();
}
