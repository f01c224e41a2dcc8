import { defineMaskedText } from "@thoth/warehouse/masked-text";
import { connectEngine, openEngine } from "@thoth/warehouse/open-engine";
import { readRows } from "@thoth/warehouse/read-values";
import { runStatement } from "@thoth/warehouse/run-statement";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decide } from "./decide.ts";
import type { Decision } from "./decision.ts";
import { ada, agreement, enrolments, now, purposes } from "./fixtures/enrolments.ts";
import { securedSelect } from "./secure-select.ts";

let query: (sql: string) => Promise<Record<string, unknown>[]>;
const closing = new AsyncDisposableStack();

beforeAll(async () => {
  const instance = await openEngine({ threads: 1 });
  closing.defer(() => instance.closeSync());
  const connection = await connectEngine(instance);
  closing.defer(() => connection.closeSync());
  await defineMaskedText(connection, "k".repeat(64));
  query = async (sql) => readRows(await runStatement(connection, sql, []));
  await query(
    "create table enrolments (person varchar, unit varchar, grade varchar, score double, email varchar, ended_on date, agreed boolean)",
  );
});
afterAll(() => closing.disposeAsync());

interface Row {
  readonly person: string;
  readonly unit: string;
  readonly grade: string | null;
  readonly score: number | null;
}

async function fill(rows: readonly Row[]): Promise<void> {
  await query("delete from enrolments");
  const values = rows.map(
    ({ person, unit, grade, score }) =>
      `('${person}', '${unit}', ${grade === null ? "null" : `'${grade}'`}, ${score ?? "null"}, '${person}@school', date '2026-01-01', ${unit === "A"})`,
  );
  if (values.length > 0) await query(`insert into enrolments values ${values.join(", ")}`);
}

const decideFor = (changes: Parameters<typeof agreement>[0], model = enrolments): Decision =>
  decide(ada, model, undefined, { agreements: [agreement(changes)], purposes, now });

const source = (decision: Decision) =>
  securedSelect(decision, { from: "enrolments", columns: enrolments.columns, order: null });

const two = [
  { person: "p1", unit: "A", grade: "HD", score: 90 },
  { person: "p2", unit: "B", grade: "P", score: 51 },
];

test("rows are filtered by what is stored, and values masked after that", async () => {
  await fill(two);
  const both = [
    { by: "steward", level: 1, at: 1 },
    { by: "owner", level: 2, at: 2 },
  ] as const;
  const rows = await query(source(decideFor({ approvals: both, rows: { person: ["p1"] } })));
  expect(rows).toEqual([
    {
      person: expect.stringMatching(/^[0-9a-f]{16}$/),
      unit: "A",
      grade: "HD",
      score: 90,
      email: "p1***",
      ended_on: "2026-01-01",
      agreed: true,
    },
  ]);
  expect(JSON.stringify(rows)).not.toContain("p1@school");
});

test("people who did not agree to the purpose are absent", async () => {
  await fill(two);
  const rows = await query(source(decideFor({ purpose: "study" })));
  expect(rows.map(({ unit }) => unit)).toEqual(["A"]);
});

test("a hash is the same for equal texts of one consumer, another for another, and its key is in no SQL", async () => {
  await fill([two[0] as Row, { ...(two[0] as Row), unit: "B" }, two[1] as Row]);
  const hashes = async (changes: Parameters<typeof agreement>[0]) => {
    const sql = source(decideFor(changes));
    expect(sql).not.toContain("k".repeat(8));
    return (await query(sql)).map(({ person }) => person);
  };
  const [mine, theirs] = [await hashes({}), await hashes({ consumer: "role:staff" })];
  expect(mine[0]).toBe(mine[1]);
  expect(new Set([...mine, ...theirs]).size).toBe(4);
});

test.each([
  [{ kind: "bucket", every: 10 } as const, "score", 90],
  [{ kind: "bucket", every: "year" } as const, "ended_on", "2026-01-01"],
  [{ kind: "null" } as const, "grade", null],
])("the mask %o of %s shows %o", async (mask, name, shown) => {
  await fill([{ person: "p1", unit: "A", grade: "HD", score: 97.5 }]);
  await query("update enrolments set ended_on = date '2026-05-17'");
  const roles = enrolments.roles.map((one) => ({ ...one, masks: { [name]: mask } }));
  const open = {
    ...enrolments,
    roles,
    columns: enrolments.columns.map((one) => ({
      ...one,
      classification: one.name === "ended_on" ? "confidential" : one.classification,
    })),
  } as typeof enrolments;
  const [row] = await query(source(decideFor({}, open)));
  expect(row?.[name]).toEqual(shown);
});

/** A person's rows, one per unit at most, with few grades so that cells of every size come about. */
const world = fc.uniqueArray(
  fc.record({
    person: fc.integer({ min: 0, max: 25 }).map((number) => `p${number}`),
    unit: fc.constantFrom("A", "B", "C"),
    grade: fc.constantFrom("P", "HD", null),
    score: fc.option(fc.integer({ min: 0, max: 100 })),
  }),
  { selector: ({ person, unit }) => `${person} ${unit}`, maxLength: 60 },
);

const groups = decideFor({ role: "analyst" });
const least = 5;

/** Conditions on dimensions that a reader may write. */
const condition = fc.constantFrom(
  "true",
  "unit = 'A'",
  "unit <> 'A'",
  "grade = 'HD'",
  "grade is null",
  "not (unit = 'B' and grade = 'P')",
  "unit in ('A', 'C') or grade is null",
);

test("under a grouping the difference of any two answers is about enough people, or about none", async () => {
  await fc.assert(
    fc.asyncProperty(world, condition, condition, async (rows, one, other) => {
      await fill(rows);
      const secured = source(groups);
      const asked = async (where: string) =>
        query(
          `select unit, grade, count(*)::int as rows, sum(score) as score from (${secured}) where ${where} group by all`,
        );
      const [left, right] = [await asked(one), await asked(other)];
      const byCell = (list: readonly Record<string, unknown>[]) =>
        new Map(list.map((row) => [`${row.unit} ${row.grade}`, row]));
      const [a, b] = [byCell(left), byCell(right)];
      for (const cell of new Set([...a.keys(), ...b.keys()])) {
        const people = new Set(
          rows.filter(({ unit, grade }) => `${unit} ${grade}` === cell).map(({ person }) => person),
        );
        const known = rows.filter(({ unit, grade, score }) => `${unit} ${grade}` === cell && score !== null);
        expect(people.size).toBeGreaterThanOrEqual(least);
        for (const row of [a.get(cell), b.get(cell)]) {
          if (row === undefined) continue;
          // A cell is answered whole, or not at all.
          expect(row.rows).toBe(rows.filter(({ unit, grade }) => `${unit} ${grade}` === cell).length);
          const unknown = rows.filter(({ unit, grade, score }) => `${unit} ${grade}` === cell && score === null);
          const [having, lacking] = [known, unknown].map((list) => new Set(list.map(({ person }) => person)).size);
          const isEnough = (having ?? 0) >= least && (lacking === 0 || (lacking ?? 0) >= least);
          expect(row.score).toBe(isEnough ? known.reduce((sum, { score }) => sum + (score ?? 0), 0) : null);
        }
      }
      // Nothing is left out that could be shown.
      const all = new Map<string, Set<string>>();
      for (const { person, unit, grade } of rows) {
        const cell = `${unit} ${grade}`;
        all.set(cell, (all.get(cell) ?? new Set()).add(person));
      }
      const shown = byCell(await asked("true"));
      for (const [cell, people] of all) expect(shown.has(cell)).toBe(people.size >= least);
    }),
    { numRuns: 60 },
  );
});

test.each([
  [5, 0, 5],
  [6, 1, 0],
  [20, 4, 0],
  [6, 5, 6],
  [4, 6, 0],
])("of %d people with a score and %d without, %d scores are counted", async (having, lacking, known) => {
  const cell = (count: number, score: number | null, from: number) =>
    Array.from({ length: count }, (_, index) => ({ person: `p${from + index}`, unit: "A", grade: "P", score }));
  await fill([...cell(having, 3, 0), ...cell(lacking, null, having)]);
  const told = "count(*)::int as people, count(score)::int as known, sum(score) as total, avg(score) as mean";
  const shown = known === 0 ? { total: null, mean: null } : { total: 3 * known, mean: 3 };
  for (const condition of ["true", "unit = 'A'"])
    expect(await query(`select ${told} from (${source(groups)}) where ${condition}`)).toEqual([
      { people: having + lacking, known, ...shown },
    ]);
});

test("who has a value in one row and none in another is one of those without", async () => {
  await fill(Array.from({ length: 6 }, (_, index) => ({ person: `p${index}`, unit: "A", grade: "P", score: index })));
  await query("insert into enrolments values ('p1', 'A', 'P', null, 'x', null, true)");
  expect(await query(`select count(*)::int as rows, sum(score) as total from (${source(groups)})`)).toEqual([
    { rows: 7, total: null },
  ]);
});

test("cells are the same when one of their columns is not granted", async () => {
  const rows = Array.from({ length: 11 }, (_, index) => ({
    person: `p${index}`,
    unit: "A",
    grade: index < 9 ? "HD" : "P",
    score: index,
  }));
  await fill(rows);
  const all = await query(`select sum(score) as score from (${source(groups)})`);
  const some = await query(
    `select sum(score) as score from (${source(decideFor({ role: "analyst", columns: ["person", "score"] }))})`,
  );
  expect([all, some]).toEqual([[{ score: 36 }], [{ score: 36 }]]);
});

test.each([
  ["p1@school", "p1***"],
  ["abc", "a***"],
  ["x", "***"],
  ["", "***"],
])("of %o not more than half is shown: %o", async (email, shown) => {
  await fill([{ person: "p1", unit: "A", grade: null, score: null }]);
  await query(`update enrolments set email = '${email}'`);
  const both = [
    { by: "steward", level: 1, at: 1 },
    { by: "owner", level: 2, at: 2 },
  ] as const;
  const [row] = await query(source(decideFor({ approvals: both })));
  expect(row?.email).toBe(shown);
});

test("counting needs no column, and counts whole cells only", async () => {
  await fill(
    Array.from({ length: 9 }, (_, index) => ({
      person: `p${index}`,
      unit: index < 6 ? "A" : "B",
      grade: "P",
      score: 1,
    })),
  );
  const { securedSource } = await import("./secure-select.ts");
  expect(
    await query(
      `select count(*)::int as n from ${securedSource(groups, { from: "enrolments", columns: [], order: null })}`,
    ),
  ).toEqual([{ n: 6 }]);
});

test("several rows of one person are one person", async () => {
  await fill([]);
  await query("insert into enrolments select 'p' || (i % 4), 'A', 'P', i, 'x', null, true from range(40) t(i)");
  expect(await query(source(groups))).toEqual([]);
});
