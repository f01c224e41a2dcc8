import type { ProductModel } from "@thoth/contract/product-model";
import { parseSelect } from "@thoth/warehouse/analyse-sql";
import type { QueryEngine } from "@thoth/warehouse/query-engine";
import { openScratchEngine } from "@thoth/warehouse/scratch-engine";
import { walkSqlTree } from "@thoth/warehouse/sql-tree";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AggregateTable, judgeAggregates } from "./aggregate-judgement.ts";
import { decision } from "./fixtures/library.ts";

let engine: QueryEngine & AsyncDisposable;
beforeAll(async () => {
  engine = await openScratchEngine();
});
afterAll(() => engine[Symbol.asyncDispose]());

const marks = decision(
  { unit: "clear", grade: "masked", mark: "aggregated", hours: "aggregated", student: "denied" },
  {
    minGroupSize: 5,
    grouping: { subject: "student", dimensions: ["unit", "grade"], types: { unit: "VARCHAR", grade: "VARCHAR" } },
  },
);

const lab = { id: "lab/marks", catalogName: "lab" } as ProductModel;

async function judge(sql: string): Promise<void> {
  const { trees } = await parseSelect(engine, sql, "statement");
  const tables: AggregateTable[] = [];
  walkSqlTree(trees, {
    table: (node) => {
      if (node.table_name?.toLowerCase() === "marks") tables.push({ node, model: lab, decision: marks });
    },
  });
  expect(tables.length).toBeGreaterThan(0);
  judgeAggregates(trees, sql, tables);
}

describe("whole cells are added up", () => {
  test.each([
    "select avg(mark) from lab.marks",
    "select count(*) from lab.marks",
    "select count(mark), sum(hours) / count(*) from lab.marks",
    "select unit, avg(mark) from lab.marks group by unit",
    "select unit, avg(mark) from lab.marks group by all order by all",
    "select unit, avg(m.mark) as mean from lab.marks m where m.grade = 'HD' group by 1 having mean > 50 order by mean desc",
    "select lab.marks.unit, sum(lab.marks.mark) from lab.marks group by lab.marks.unit",
    "select unit from lab.marks group by unit",
    "select max(unit), count(distinct grade) from lab.marks",
    "select upper(unit), count(*) filter (where grade = 'HD') from lab.marks group by cube (unit)",
    "select case when unit = 'a' then grade end as kind, avg(mark) from lab.marks group by kind",
    "select rank() over (order by avg(mark)), unit from lab.marks group by unit",
    "select u.title, m.mean from lab.units u join (select unit, avg(mark) as mean from lab.marks group by unit) m on m.unit = u.code",
    "with m as (select unit, sum(mark) as mark from lab.marks group by unit) select mark from m",
    "select (select avg(mark) from lab.marks m where m.unit = u.code) from lab.units u",
    "select avg(mark) from lab.marks union all select sum(hours) from lab.marks",
  ])("%s", async (sql) => {
    await judge(sql);
  });
});

describe("less than a cell could be told", () => {
  test.each([
    ["select * from lab.marks", "* stands for rows"],
    ["from lab.marks", "* stands for rows"],
    ["select unit from lab.marks", "this would show rows"],
    ["select distinct unit from lab.marks", "this would show rows"],
    ["select list(unit) from lab.marks", "this would show rows"],
    ["select mark from lab.marks group by mark", "mark stands outside"],
    ["select min(mark) from lab.marks", "mark stands outside"],
    ["select sum(mark * 2) from lab.marks", "mark stands outside"],
    ["select sum(-mark) from lab.marks", "mark stands outside"],
    ["select sum(case when unit = 'a' then mark end) from lab.marks", "mark stands outside"],
    ["select sum(distinct mark) from lab.marks", "mark stands outside"],
    ["select count(distinct mark) from lab.marks", "mark stands outside"],
    ["select sum(mark) filter (where unit = 'a') from lab.marks", "mark stands outside"],
    ["select avg(mark order by mark) from lab.marks", "mark stands outside"],
    ["select avg(mark) over (partition by unit) from lab.marks", "mark stands outside"],
    ["select count(*) from lab.marks where mark > 90", "mark stands outside"],
    ["select count(*) from lab.marks group by mark > 90", "mark stands outside"],
    ["select unit, count(*) from lab.marks group by unit order by max(MARK)", "mark stands outside"],
    ["select arg_max(unit, mark), count(*) from lab.marks", "mark stands outside"],
    ["select corr(mark, hours) from lab.marks", "mark stands outside"],
    ["select count(student) from lab.marks", "student is no column to group by"],
    ["select avg(mark), m.student from lab.marks m group by all", "m.student is no column to group by"],
    ["select count(m) from lab.marks m", "m is no column to group by"],
    ["select count(marks) from lab.marks", "marks is no column to group by"],
    ["select avg(mark), (m).unit from lab.marks m group by all", "m is no column to group by"],
    ["select count(columns(*)) from lab.marks", "* stands for rows"],
    ["select columns(*) from lab.marks group by all", "* stands for rows"],
    ["select avg(mark) from lab.marks where unit in (select code from lab.units)", "a subquery stands beside"],
    ["select avg(mark) from lab.marks join lab.units on code = unit", "it is joined"],
    ["select avg(a.mark) from lab.marks a, lab.marks b", "it is joined"],
    ["select avg(mark) from lab.marks positional join lab.units", "it is joined"],
    ["select avg(mark) from lab.units u, lateral (select mark from lab.marks) m", "mark stands outside"],
    ["select avg(mark) from lab.marks tablesample 50%", "it is joined"],
    ["select avg(mark) from lab.marks using sample 5 rows", "it is joined"],
    ["select sum(b) from lab.marks as m(a, b)", "it is joined"],
    ["pivot lab.marks on unit in ('a') using avg(mark)", "it is joined"],
    ["unpivot lab.marks on mark, hours into name kind value much", "it is joined"],
    ["with m as (from lab.marks) select avg(mark) from m", "* stands for rows"],
    ["select avg(mark) from (select mark from lab.marks)", "mark stands outside"],
    ["select unit from lab.units where exists (select 1 from lab.marks where mark > 90)", "mark stands outside"],
  ])("%s: %s", async (sql, problem) => {
    await expect(judge(sql)).rejects.toMatchObject({
      code: "access/sql-aggregates-only",
      message: expect.stringContaining(problem),
      at: { file: "statement", line: 1 },
    });
  });
});
