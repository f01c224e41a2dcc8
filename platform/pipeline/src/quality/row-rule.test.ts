import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { openWriteSide, type WriteSide } from "@thoth/warehouse/write-side";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readRowRule } from "./row-rule.ts";

let dir: TempDir;
let engine: WriteSide;

beforeAll(async () => {
  dir = await tempDir();
  engine = await openWriteSide({ file: `${dir.path}/rules.duckdb`, tmpDir: dir.path, pseudonymKey: "k" });
  await engine.run(`create table staging.units as
    select i as a, case when i % 3 = 0 then null else i % 5 end as b, 'w' || i % 4 as c from range(40) t(i)`);
});

afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

async function numberFrom(sql: string): Promise<number> {
  const [row] = await engine.query(sql);
  return Number(Object.values(row ?? {})[0]);
}

const column = (qualifier: string) => fc.constantFrom("a", "b").map((name) => `${qualifier}${name}`);
const number = fc.oneof(
  fc.integer({ min: -3, max: 45 }).map(String),
  fc.constantFrom("0.5", "null", "1e2", "1e300", "9007199254740993"),
);
const simple = (of: string) =>
  fc.oneof(
    fc
      .tuple(column(of), fc.constantFrom("=", "<>", "<", ">="), fc.oneof(column(of), number))
      .map((parts) => parts.join(" ")),
    column(of).map((name) => `${name} is null`),
    fc.tuple(column(of), number, number).map(([name, low, high]) => `${name} between ${low} and ${high}`),
    fc.constantFrom(`${of}c in ('w1', 'w2')`, `${of}c like 'w%'`, "true", `length(${of}c) = coalesce(${of}b, 2)`),
    fc.constant(`exists (select 1 from staging.units as o where o.a = ${of === "" ? "units." : of}b + 1)`),
  );
const condition = (of: string) =>
  fc.oneof(
    simple(of),
    simple(of).map((one) => `not (${one})`),
    fc
      .tuple(simple(of), fc.constantFrom("and", "or"), simple(of))
      .map(([one, word, other]) => `(${one}) ${word} (${other})`),
  );
const query = fc.oneof(
  condition("").map((where) => `select count(*) from staging.units where ${where}`),
  condition("units.").map((where) => `select count(*) as n from staging.units where ${where}`),
  condition("u.").map((where) => `select count(*) from staging.units as u where ${where}`),
);

test("whichever rows a rule counts, the scan of all checks counts the same, and blames as many", async () => {
  await fc.assert(
    fc.asyncProperty(query, async (sql) => {
      const expected = await numberFrom(sql);
      const rule = await readRowRule(engine, sql);
      if (rule === undefined) throw new Error(`not seen as a rule that counts rows: ${sql}`);
      const { rows, aggregate } = rule;
      if (aggregate !== undefined)
        expect(await numberFrom(`select ${aggregate} from staging.units`), sql).toBe(expected);
      const blamed =
        rows.kind === "condition" ? `select rowid from staging.units where ${rows.sql}` : "sql" in rows ? rows.sql : "";
      expect(await numberFrom(`select count(distinct rowid) from (${blamed})`), sql).toBe(expected);
    }),
    { numRuns: 150 },
  );
});

test.each([
  "select count(a) from staging.units where b > 1",
  "select count(*) from staging.units",
  "select count(*) + 1 from staging.units where b > 1",
  "select count(*) from staging.units where b > 1 group by c",
  "select count(*) from staging.units where b > 1 having count(*) > 3",
  "select count(*) from staging.units as u(x, y, z) where x > 1",
  "select count(*) from staging.units u, staging.units v where u.a = v.b",
  "select count(*) filter (where a > 1) from staging.units where b > 1",
  "select count(*) from (select * from staging.units) where b > 1",
  "with u as (select * from staging.units) select count(*) from u where b > 1",
  "select count(*) from staging.units where b > 1 limit 1",
])("%s is run as it is written", async (sql) => {
  expect(await readRowRule(engine, sql)).toBeUndefined();
});
