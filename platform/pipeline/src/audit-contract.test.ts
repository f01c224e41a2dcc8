import { describeProduct } from "@thoth/contract/describe-product";
import { parseContract } from "@thoth/contract/parse-contract";
import type { ProductModel } from "@thoth/contract/product-model";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { contractText, type TestProduct } from "@thoth/testing/test-domain";
import { openWriteSide, type WriteSide } from "@thoth/warehouse/write-side";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Audit, auditContract, describeFailure } from "./audit-contract.ts";

let dir: TempDir;
let engine: WriteSide;

beforeAll(async () => {
  dir = await tempDir();
  engine = await openWriteSide({ file: `${dir.path}/audit.duckdb`, tmpDir: dir.path, pseudonymKey: "a key for tests" });
});

afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

const signal = new AbortController().signal;

/** Stages the rows of a SELECT as a product with these columns and audits it. */
async function audit(rows: string, columns: TestProduct["columns"], more: Partial<TestProduct> = {}): Promise<Audit> {
  const model = describe({ sql: "", key: ["id"], columns: { id: "integer", ...columns }, ...more });
  await engine.run(`create or replace table staging.units as ${rows}`);
  return auditContract(engine, model, { signal, now: Date.UTC(2026, 5, 1) });
}

function describe(product: TestProduct): ProductModel {
  const file = "domains/campus/products/units/contract.odcs.yaml";
  const parsed = parseContract(contractText("campus", "units", product), file);
  return describeProduct(parsed, { file, readTarget: () => parsed });
}

/** Ids of the checks that do not hold. */
function broken({ results }: Audit): string[] {
  return results.filter((result) => !result.passed).map((result) => result.check.id);
}

const options = (logicalTypeOptions: Record<string, unknown>, logicalType = "integer") => ({
  logicalType,
  logicalTypeOptions,
});

interface Case {
  readonly what: string;
  readonly column: TestProduct["columns"][string];
  /** Values that keep the promise, and one value that breaks it, as SQL. */
  readonly good: readonly string[];
  readonly bad: string;
  readonly check: string;
}

const columnCases: readonly Case[] = [
  {
    what: "required",
    column: { logicalType: "string", required: true },
    good: ["''", "'a'"],
    bad: "null",
    check: "required:value",
  },
  {
    what: "unique",
    column: { logicalType: "string", unique: true },
    good: ["'a'", "'b'", "null", "null"],
    bad: "'a'",
    check: "unique:value",
  },
  {
    what: "enum",
    column: { logicalType: "string", enum: [{ value: "on" }, { value: "it's" }] },
    good: ["'on'", "'it''s'", "null"],
    bad: "'off'",
    check: "enum:value",
  },
  { what: "minimum", column: options({ minimum: 0 }), good: ["0", "5", "null"], bad: "-1", check: "minimum:value" },
  {
    what: "fractional minimum of integers",
    column: options({ minimum: 0.5 }, "number"),
    good: ["0.5::double"],
    bad: "0.4",
    check: "minimum:value",
  },
  { what: "u8", column: options({ format: "u8" }), good: ["0", "255", "null"], bad: "256", check: "format:value" },
  { what: "i8", column: options({ format: "i8" }), good: ["-128", "null"], bad: "-129", check: "format:value" },
  {
    what: "format of a text stored as UUID",
    column: {
      logicalType: "string",
      physicalType: "UUID",
      logicalTypeOptions: { format: "uuid", minLength: 36, pattern: "^0" },
    },
    good: ["'00000000-0000-0000-0000-000000000001'::uuid", "null"],
    bad: "'10000000-0000-0000-0000-000000000001'",
    check: "pattern:value",
  },
  {
    what: "required of an object",
    column: { logicalType: "object", required: true },
    good: ["'{}'::json", "'[]'"],
    bad: "'null'",
    check: "required:value",
  },
  { what: "maximum", column: options({ maximum: 9 }), good: ["9", "null"], bad: "10", check: "maximum:value" },
  {
    what: "exclusive minimum",
    column: options({ exclusiveMinimum: 0 }, "number"),
    good: ["0.1::double"],
    bad: "0",
    check: "exclusive-minimum:value",
  },
  {
    what: "exclusive maximum",
    column: options({ exclusiveMaximum: 1 }, "number"),
    good: ["0.9::double"],
    bad: "1",
    check: "exclusive-maximum:value",
  },
  {
    what: "maximum against not-a-number",
    column: options({ maximum: 1 }, "number"),
    good: ["1::double"],
    bad: "'nan'",
    check: "maximum:value",
  },
  {
    what: "earliest date",
    column: options({ minimum: "2026-01-01" }, "date"),
    good: ["date '2026-01-01'", "null"],
    bad: "date '2025-12-31'",
    check: "minimum:value",
  },
  {
    what: "multiple of",
    column: options({ multipleOf: 5 }),
    good: ["0", "-10", "null"],
    bad: "7",
    check: "multiple-of:value",
  },
  {
    what: "multiple of a fraction",
    column: options({ multipleOf: 0.1 }, "number"),
    good: ["0.3::double", "1"],
    bad: "0.35",
    check: "multiple-of:value",
  },
  {
    what: "minimum length",
    column: options({ minLength: 2 }, "string"),
    good: ["'ab'", "'äö'", "null"],
    bad: "'a'",
    check: "min-length:value",
  },
  {
    what: "maximum length",
    column: options({ maxLength: 2 }, "string"),
    good: ["'äö'", "null"],
    bad: "'abc'",
    check: "max-length:value",
  },
  {
    what: "pattern",
    column: options({ pattern: "^[A-Z]{3}\\d$" }, "string"),
    good: ["'SIT1'", "null"],
    bad: "'sit1'",
    check: "pattern:value",
  },
];

test.each(columnCases)(
  "$what: holds for what keeps it, and one value breaks it",
  async ({ column, good, bad, check }) => {
    const select = (values: readonly string[]) =>
      `select i::integer as id, value from (select unnest(range(${values.length})) as i, unnest([${values.join(", ")}]) as value)`;
    const [kept, one] = [
      await audit(select(good), { value: column }),
      await audit(select([...good, bad]), { value: column }),
    ];
    expect(broken(kept)).toEqual([]);
    expect(broken(one)).toEqual([check]);
    expect(one).toMatchObject({ failed: 1, warned: 0, passed: kept.passed - 1 });
    expect(one.results.find((result) => result.check.id === check)).toMatchObject({ measured: 1 });
  },
);

test("the key is unique as a whole; its columns are required", async () => {
  const columns = { week: { logicalType: "integer" } };
  const rows = (list: string) => `select * from (values ${list}) as t(id, week)`;
  const key = { key: ["id", "week"] };
  expect(broken(await audit(rows("(1, 1), (1, 2), (2, 1)"), columns, key))).toEqual([]);
  expect(broken(await audit(rows("(1, 1), (1, 1)"), columns, key))).toEqual(["key:id+week"]);
  expect(broken(await audit(rows("(1, 1), (1, null), (1, null)"), columns, key))).toEqual(["required:week"]);
});

test("a column that is the whole key is counted once", async () => {
  const { results } = await audit("select 1 as id union all select 1", {});
  expect(results.map((result) => [result.check.id, result.passed])).toEqual([
    ["key:id", false],
    ["required:id", true],
  ]);
});

interface RuleCase {
  readonly what: string;
  readonly rule: Record<string, unknown>;
  /** Where the rule stands: at the column `grade`, unless it is of the whole object. */
  readonly whole?: true;
  readonly measured: number | string | boolean | null;
  readonly passed: boolean;
}

/** Grades of ten units: A, A, B, Z, '', 'N/A', null and three times C. */
const grades = `select i::integer as id, grade from (
  select unnest(range(10)) as i, unnest(['A', 'A', 'B', 'Z', '', 'N/A', null, 'C', 'C', 'C']) as grade)`;

const valid = { validValues: ["A", "B", "C", "", "N/A"] };

const ruleCases: readonly RuleCase[] = [
  { what: "rows", rule: { metric: "rowCount", mustBe: 10 }, whole: true, measured: 10, passed: true },
  {
    what: "rows in percent are rows",
    rule: { metric: "rowCount", unit: "percent", mustBeLessThan: 10 },
    whole: true,
    measured: 10,
    passed: false,
  },
  { what: "nulls", rule: { metric: "nullValues", mustBeLessOrEqualTo: 1 }, measured: 1, passed: true },
  {
    what: "nulls in percent",
    rule: { metric: "nullValues", unit: "percent", mustBeLessThan: 10 },
    measured: 10,
    passed: false,
  },
  { what: "missing values", rule: { metric: "missingValues", mustBe: 2 }, measured: 2, passed: true },
  {
    what: "missing values by their names",
    rule: { metric: "missingValues", arguments: { missingValues: ["", "N/A", null] }, mustBe: 0 },
    measured: 3,
    passed: false,
  },
  { what: "invalid values", rule: { metric: "invalidValues", arguments: valid, mustBe: 1 }, measured: 1, passed: true },
  {
    what: "invalid by pattern",
    rule: { metric: "invalidValues", arguments: { pattern: "^[A-Z]?$" }, mustBe: 0 },
    measured: 1,
    passed: false,
  },
  {
    what: "invalid by list or pattern",
    rule: { metric: "invalidValues", arguments: { ...valid, pattern: "^[A-Z]?$" }, unit: "percent", mustBe: 20 },
    measured: 20,
    passed: true,
  },
  { what: "repeated values", rule: { metric: "duplicateValues", mustBe: 3 }, measured: 3, passed: true },
  {
    what: "repeated pairs",
    rule: { metric: "duplicateValues", arguments: { properties: ["id", "grade"] }, mustBe: 0 },
    whole: true,
    measured: 0,
    passed: true,
  },
  { what: "between", rule: { metric: "rowCount", mustBeBetween: [10, 20] }, whole: true, measured: 10, passed: true },
  {
    what: "not between",
    rule: { metric: "rowCount", mustNotBeBetween: [5, 10] },
    whole: true,
    measured: 10,
    passed: false,
  },
  { what: "not equal", rule: { metric: "rowCount", mustNotBe: 10 }, whole: true, measured: 10, passed: false },
  { what: "greater", rule: { metric: "rowCount", mustBeGreaterThan: 10 }, whole: true, measured: 10, passed: false },
  {
    what: "greater or equal",
    rule: { metric: "rowCount", mustBeGreaterOrEqualTo: 10 },
    whole: true,
    measured: 10,
    passed: true,
  },
  {
    what: "SQL over the table",
    rule: { type: "sql", query: "select count(*) from {object} where grade = 'Z'", mustBe: 1 },
    whole: true,
    measured: 1,
    passed: true,
  },
  {
    what: "SQL with a number that JavaScript would round",
    rule: {
      type: "sql",
      query: "select count(*) from {object} where id + 9007199254740993 = 9007199254740993",
      mustBe: 1,
    },
    whole: true,
    measured: 1,
    passed: true,
  },
  {
    what: "SQL with what the parser writes by itself",
    rule: { type: "sql", query: "select count(*) from {object} as u where true and u.grade is null", mustBe: 1 },
    whole: true,
    measured: 1,
    passed: true,
  },
  {
    what: "SQL over table and column",
    rule: { type: "sql", query: "select max(${column}) from ${table};", mustBe: "Z" },
    measured: "Z",
    passed: true,
  },
  {
    what: "SQL that yields a decimal",
    rule: { type: "sql", query: "select 0.25::decimal(4,2)", mustBeLessThan: 0.3 },
    whole: true,
    measured: "0.25",
    passed: true,
  },
  {
    what: "SQL that yields a truth value",
    rule: { type: "sql", query: "select bool_and(id >= 0) from {object}", mustBe: true },
    whole: true,
    measured: true,
    passed: true,
  },
  {
    what: "SQL that yields nothing to judge",
    rule: { type: "sql", query: "select max(id) from {object} where id > 99", mustBe: 1 },
    whole: true,
    measured: null,
    passed: true,
  },
  {
    what: "SQL that yields a text to compare",
    rule: { type: "sql", query: "select 'many'", mustNotBeBetween: [0, 1] },
    whole: true,
    measured: "many",
    passed: false,
  },
];

test.each(ruleCases)("rule: $what", async ({ rule, whole, measured, passed }) => {
  const named = { id: "it", name: "The rule", ...rule };
  const grade = { logicalType: "string", ...(whole ? {} : { quality: [named] }) };
  const result = await audit(grades, { grade }, whole ? { quality: [named] } : {});
  const checked = result.results.find((entry) => entry.check.id === "rule:it");
  expect(checked).toMatchObject({ measured, passed, check: { severity: "error" } });
  expect(result.failed).toBe(passed ? 0 : 1);
});

test("valid values are compared as values of the column's type", async () => {
  const quality = [{ id: "it", metric: "invalidValues", arguments: { validValues: [1.5, "2"] }, mustBe: 0 }];
  const column = { logicalType: "number", physicalType: "DECIMAL(4,2)", quality };
  const rows = (values: string) => `select unnest([1, 2]) as id, unnest([${values}])::decimal(4,2) as value`;
  expect(broken(await audit(rows("1.50, 2.00"), { value: column }))).toEqual([]);
  expect(broken(await audit(rows("1.50, 2.01"), { value: column }))).toEqual(["rule:it"]);
});

test("of no rows there is nothing to measure but their number", async () => {
  const quality = [
    { id: "few-nulls", metric: "nullValues", unit: "percent", mustBeLessThan: 1 },
    { id: "rows", metric: "rowCount", mustBeGreaterThan: 0, severity: "warning" },
  ];
  const [few, rows] = quality;
  const result = await audit(
    `${grades} limit 0`,
    { grade: { logicalType: "string", quality: [few] } },
    { quality: [rows] },
  );
  expect(result).toMatchObject({ failed: 0, warned: 1 });
});

test("only errors block, warnings are counted, remarks are in the results", async () => {
  const rule = (id: string, severity: string) => ({ id, metric: "rowCount", mustBe: 0, severity });
  const quality = [rule("a", "error"), rule("b", "warning"), rule("c", "info")];
  expect(await audit(grades, { grade: "string" }, { quality })).toMatchObject({ passed: 2, warned: 1, failed: 1 });
});

test("rules for people are not checked here", async () => {
  const quality = [{ id: "a", type: "text", description: "Looks right." }];
  expect(await audit(grades, { grade: "string" }, { quality })).toMatchObject({ passed: 2, warned: 0, failed: 0 });
});

test.each([
  ["soda", { checks: "for units" }, /no engine soda runs here/],
  ["thoth", { check: "magic" }, /does not understand/],
  ["thoth", { check: "freshness", column: "never", maxLagHours: 1 }, /there is no column never/],
  ["thoth", { check: "anomaly", measure: "mean", column: "never" }, /there is no column never/],
])("what an engine %s is told as %j is refused", async (engine, implementation, reason) => {
  const quality = [{ id: "b", type: "custom", engine, implementation }];
  await expect(audit(grades, { grade: "string" }, { quality })).rejects.toThrow(reason);
});

test.each([
  [{ check: "rows", where: "grade <> 'Z'" }, 1, false],
  [{ check: "rows", where: "id >= 0" }, 0, true],
  [{ check: "freshness", column: "day", maxLagHours: 48 }, 72, false],
  [{ check: "freshness", column: "day", maxLagHours: 72 }, 72, true],
])("our own engine: %j measures %d", async (implementation, measured, passed) => {
  const quality = [{ id: "it", type: "custom", engine: "thoth", implementation }];
  const rows = `select *, date '2026-05-29' as day from (${grades})`;
  const { results } = await audit(rows, { grade: "string", day: "date" }, { quality });
  expect(results.find((result) => result.check.id === "rule:it")).toMatchObject({ measured, passed });
});

test.each([
  ["nan", "minimum:value"],
  ["nan", "exclusive-maximum:value"],
  ["infinity", "exclusive-maximum:value"],
  ["-infinity", "minimum:value"],
])("%s is within no limit: %s", async (value, check) => {
  const column = options({ minimum: 0, exclusiveMaximum: 10 }, "number");
  const rows = `select 1 as id, '${value}'::double as value union all select 2, 5`;
  expect(broken(await audit(rows, { value: column }))).toContain(check);
});

test("what is measured as not-a-number meets no target", async () => {
  const rule = { type: "sql", query: "select 'nan'::double" };
  const quality = [
    { id: "a", ...rule, mustNotBe: 0 },
    { id: "b", ...rule, mustBeGreaterThan: 0 },
    { id: "c", ...rule, mustNotBeBetween: [0, 1] },
  ];
  expect(broken(await audit(grades, { grade: "string" }, { quality }))).toEqual(["rule:a", "rule:b", "rule:c"]);
});

/** How often the staged table is scanned when the statements run, by the engine's own account. */
async function scansOf(statements: readonly string[]): Promise<number> {
  let scans = 0;
  for (const sql of statements) {
    const [plan] = await engine.query(`explain ${sql}`);
    scans += String(plan?.explain_value).split("SEQ_SCAN").length - 1;
  }
  return scans;
}

test("a hundred columns' promises and rules that count rows are one scan; what looks at other rows is another", async () => {
  const columns = Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [
      `c${index}`,
      { logicalType: "integer", required: true, unique: index % 10 === 0, logicalTypeOptions: { minimum: 0 } },
    ]),
  );
  const counting = (id: string, condition: string) => ({
    id,
    type: "sql",
    query: `select count(*) from {object} as u where ${condition}`,
    mustBe: 0,
  });
  const quality = [
    counting("order", "u.c1 > u.c2 + 1"),
    counting("sum", "c1 + c2 < 0"),
    counting("others", "exists (select 1 from {object} o where o.id = u.id and o.c1 <> u.c1)"),
    { id: "few", metric: "duplicateValues", arguments: { properties: ["c3", "c4"] }, mustBe: 0 },
  ];
  const list = Object.keys(columns).map((name, index) => `(i + ${index})::integer as ${name}`);
  const ran: string[] = [];
  const watched = {
    query: (sql: string, ...rest: [params?: never[], options?: { signal: AbortSignal }]) => {
      ran.push(sql);
      return engine.query(sql, ...rest);
    },
  };
  await engine.run(`create or replace table staging.units as select i::integer as id, ${list} from range(1000) t(i)`);
  const model = describe({ sql: "", key: ["id"], columns: { id: "integer", ...columns }, quality });
  const { results } = await auditContract(watched as never, model, { signal });
  expect(results.filter((result) => !result.passed)).toEqual([]);
  expect(results).toHaveLength(2 + 100 * 2 + 10 + 4);
  const statements = ran.filter((sql) => /from\s+(as\s+)?"?staging"?/i.test(sql));
  expect(statements).toHaveLength(2);
  expect(await scansOf(statements.slice(0, 1))).toBe(1);
});

test("a check that cannot be measured has not passed, and says why; the others still count", async () => {
  const column = options({ pattern: "(?!x)y" }, "string");
  const sql = { id: "sql", type: "sql", query: "select sum(nonsense) from {object}", mustBe: 0, severity: "warning" };
  const result = await audit(grades, { grade: column }, { quality: [sql] });
  expect(broken(result)).toEqual(["pattern:grade", "rule:sql"]);
  expect(result).toMatchObject({ passed: 2, warned: 1, failed: 1 });
  const [pattern, rule] = result.results.filter((entry) => !entry.passed).map(describeFailure);
  expect(pattern).toMatch(/^grade must match \(\?!x\)y \(cannot be measured: invalid perl operator.*; line \d+\)$/);
  expect(rule).toMatch(/cannot be measured: .*nonsense.*; line \d+\)$/);
});

const code = (classification: string) => ({ logicalType: "string", classification });

test.each([
  ["confidential", "select max(code) from ${object}", "(confidential)"],
  ["restricted", "select bool_and(code like 'vx7%') from ${object}", "(confidential)"],
  ["restricted", "select count(*) from ${object} where code like 'vx7%'", 2],
  ["confidential", "select max(code) from ${object} where id > 99", null],
  ["internal", "select max(code) from ${object}", "vx7"],
])("of a %s column a rule of another one measures no value: %s", async (classification, query, measured) => {
  const rule = { id: "it", type: "sql", query, mustBe: "so" };
  const grade = { logicalType: "string", classification: "public", quality: [rule] };
  const rows = "select i::integer as id, 'A' as grade, 'vx7' as code from range(2) t(i)";
  const { results } = await audit(rows, { grade, code: code(classification) });
  expect(results.find(({ check }) => check.id === "rule:it")).toMatchObject({ measured });
});

const withheld = "; the engine's words are withheld, they may hold confidential values";

test.each([
  ["code::int < 0", /: Could not convert string \(confidential\) to INT32/],
  ["code::date < date '2026-01-01'", /: invalid date field format: \(confidential\), expected format/],
  ["code::decimal(3,2) < 1", /: Could not convert string \(confidential\) to DECIMAL/],
  ["code::json->>'a' = ''", /: Malformed JSON .*Input: \(confidential\)/],
  ["strptime(code, '%Y') < date '2026-01-01'", `: Invalid Input${withheld}`],
  ["regexp_matches('x', '(' || code)", `: Invalid Input${withheld}`],
  ["(timestamptz '2026-01-01' at time zone code) is null", `: Not implemented${withheld}`],
  ["nonsense = 'x'", /: Referenced column "nonsense" not found/],
])("why a rule over a confidential column cannot be measured is told without its values: %s", async (where, reason) => {
  const quality = [{ id: "it", type: "sql", query: `select count(*) from \${object} where ${where}`, mustBe: 0 }];
  // Quotes and lines within a value do not end it.
  const rows = `select 1 as id, 'vx7' || chr(10) || 'w''q9"zk' as code`;
  const { results } = await audit(rows, { code: code("confidential") }, { quality });
  const told = results.map(describeFailure).filter((text) => text.includes("cannot be measured"));
  expect(told).toEqual([expect.stringMatching(reason)]);
  expect(told.join()).not.toMatch(/vx7|q9|zk/);
});

test("a relationship that cannot be measured tells no value of the other product", async () => {
  await engine.run("create or replace table staging.others as select 'vx7' as code");
  const model = describe({ sql: "", key: ["id"], columns: { id: "integer" } });
  await engine.run("create or replace table staging.units as select 1 as id");
  const to = { domain: "campus", product: "others", major: 1, columns: ["code"] };
  const relationships = [{ relationship: { fieldName: "other", from: ["id"], to }, table: "staging.others" }];
  const { results } = await auditContract(engine, model, { signal, relationships });
  expect(results.at(-1)?.problem).toMatch(/^cannot be measured: Could not convert string \(confidential\) to INT32/);
});

test("a failure is told in the words of the contract", async () => {
  const column = { logicalType: "integer", logicalTypeOptions: { maximum: 3 } };
  const { results } = await audit("select i::integer as id, i::integer as value from range(6) t(i)", { value: column });
  expect(results.filter((entry) => !entry.passed).map(describeFailure)).toEqual([
    expect.stringMatching(/^value must be at most 3 \(measured 2, must be 0; line \d+\)$/),
  ]);
});

test("a rule that was let through by nobody is refused here too", async () => {
  await engine.run("create or replace table clean.other as select 1 as x");
  const quality = [{ id: "spy", type: "sql", query: "select count(*) from clean.other", mustBe: 1, severity: "info" }];
  await expect(audit(grades, { grade: "string" }, { quality })).rejects.toMatchObject({
    code: "pipeline/rule-refused",
  });
});

test("an abort ends the audit", async () => {
  const model = describe({ sql: "", key: ["id"], columns: { id: "integer" } });
  await engine.run("create or replace table staging.units as select 1 as id");
  const reason = new Error("stopped");
  await expect(auditContract(engine, model, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
