import type { ProductModel } from "@thoth/contract/product-model";
import { parseEngineError } from "@thoth/warehouse/engine-errors";
import type { QueryEngine } from "@thoth/warehouse/query-engine";
import { authoriseRule } from "./authorise-rules.ts";
import { type Check, stagedTable } from "./check.ts";
import { compileChecks } from "./compile-checks.ts";
import { type JudgedRelationship, relationshipChecks } from "./quality/relationship-checks.ts";
import { readRowRule } from "./quality/row-rule.ts";
import { isStatementFault } from "./query-failure.ts";
import { describeTarget, type Measured, meetsTarget, wantsNone } from "./rule-target.ts";
import { withheldMeasure, withheldReason } from "./withheld-measure.ts";

export interface CheckResult {
  readonly check: Check;
  readonly passed: boolean;
  /** Never a value of a confidential column, unless it is a number. */
  readonly measured: Measured;
  /** Why nothing could be measured, without such values either. Such a check has not passed. */
  readonly problem?: string;
}

export interface Audit {
  readonly results: readonly CheckResult[];
  readonly passed: number;
  /** Promises of severity warning that do not hold. Those of severity info are in the results and nowhere else. */
  readonly warned: number;
  /** Promises of severity error that do not hold; any of them blocks publishing. */
  readonly failed: number;
}

export interface AuditOptions {
  readonly signal: AbortSignal;
  /** Epoch ms, for rules about age; without it they have nothing to measure. */
  readonly now?: number;
  /** Relationships whose other side can be read. */
  readonly relationships?: readonly JudgedRelationship[];
}

/**
 * Measures a staged product against its contract: one scan for everything that is an aggregate, rules that count rows by
 * a condition included; one query for each other SQL rule and each relationship.
 * @throws MeshError `pipeline/rule-refused`, such as for a rule that reads anything but the product
 */
export async function auditContract(engine: QueryEngine, model: ProductModel, options: AuditOptions): Promise<Audit> {
  const audit: Auditing = { engine, model, signal: options.signal };
  await tellTime(engine, options.now);
  const checks: Check[] = [];
  for (const check of [...compileChecks(model), ...relationshipChecks(model, options.relationships ?? [])])
    checks.push(await readyCheck(check, audit));
  const aggregates = await measureAggregates(checks, audit);
  const results: CheckResult[] = [];
  for (const check of checks) {
    const measurement = aggregates.get(check) ?? (await measureQuery(check, audit));
    const passed = measurement.problem === undefined && meetsTarget(measurement.measured, check.target);
    results.push({ check, passed, ...measurement, measured: withheldMeasure(measurement.measured, model) });
  }
  const broken = (severity: Check["severity"]) =>
    results.filter((result) => !result.passed && result.check.severity === severity).length;
  const passed = results.filter((result) => result.passed).length;
  return { results, passed, warned: broken("warning"), failed: broken("error") };
}

/** `code must not be null (measured 3, must be 0; line 12)` */
export function describeFailure({ check, measured, problem }: CheckResult): string {
  const found = problem === undefined ? `measured ${measured}, ${describeTarget(check.target)}` : problem;
  return `${check.says} (${found}; line ${check.line})`;
}

interface Auditing {
  readonly engine: QueryEngine;
  readonly model: ProductModel;
  readonly signal: AbortSignal;
}

type Measurement = Pick<CheckResult, "measured" | "problem">;

async function tellTime(engine: QueryEngine, now: number | undefined): Promise<void> {
  await engine.query(`SET VARIABLE audited_at = ${now ?? "NULL"}`);
}

/** A rule's own SQL may read nothing but the product it judges; one that counts rows joins the scan of all others. */
async function readyCheck(check: Check, { engine, model }: Auditing): Promise<Check> {
  if (check.measure.kind !== "query") return check;
  const statement = await authoriseRule(engine, check, model);
  const ready = { ...check, measure: { kind: "query", sql: statement } } as const;
  const rule = await readRowRule(engine, statement);
  if (rule === undefined) return ready;
  return {
    ...ready,
    ...(rule.aggregate !== undefined && { measure: { kind: "aggregate", sql: rule.aggregate } }),
    ...(wantsNone(check.target) && { rows: rule.rows }),
  };
}

async function measureAggregates(checks: readonly Check[], audit: Auditing): Promise<Map<Check, Measurement>> {
  const aggregates = checks.filter((check) => check.measure.kind === "aggregate");
  try {
    const values = await measureTogether(aggregates, audit);
    return new Map(aggregates.map((check, index) => [check, { measured: values[index] ?? null }]));
  } catch (failure) {
    if (!isStatementFault(failure)) throw failure;
    // One of them cannot be measured, such as a pattern the engine does not know: the others still count.
    const measurements = new Map<Check, Measurement>();
    for (const check of aggregates) measurements.set(check, await measureAlone(check, audit));
    return measurements;
  }
}

async function measureAlone(check: Check, audit: Auditing): Promise<Measurement> {
  return orProblem(check, audit, async () => (await measureTogether([check], audit))[0] ?? null);
}

async function measureTogether(checks: readonly Check[], { engine, model, signal }: Auditing): Promise<Measured[]> {
  const [row = {}] = await engine.query(scanOf(checks, model), [], { signal });
  return checks.map((_, index) => measuredValue(row[`m${index}`]));
}

/** The one statement for all checks that are aggregates. */
export function scanOf(checks: readonly Check[], model: Pick<ProductModel, "tableName">): string {
  const items = checks.map((check, index) => `${check.measure.sql} AS m${index}`);
  return `SELECT ${items.join(",\n")} FROM ${stagedTable(model)}`;
}

async function measureQuery(check: Check, audit: Auditing): Promise<Measurement> {
  return orProblem(check, audit, async () => {
    const [row = {}] = await audit.engine.query(check.measure.sql, [], { signal: audit.signal });
    return measuredValue(Object.values(row)[0]);
  });
}

async function orProblem(check: Check, { model }: Auditing, measure: () => Promise<Measured>): Promise<Measurement> {
  try {
    return { measured: await measure() };
  } catch (failure) {
    if (!isStatementFault(failure)) throw failure;
    return {
      measured: null,
      problem: `cannot be measured: ${withheldReason(parseEngineError(failure), check, model)}`,
    };
  }
}

function measuredValue(value: unknown): Measured {
  if (value === null || value === undefined) return null;
  if (typeof value === "bigint") return Number(value);
  return typeof value === "number" || typeof value === "boolean" ? value : String(value);
}
