import type { ProductModel } from "@thoth/contract/product-model";
import { parseEngineError } from "@thoth/warehouse/engine-errors";
import type { QueryEngine } from "@thoth/warehouse/query-engine";
import { authoriseRule } from "./authorise-rules.ts";
import { type Check, stagedTable } from "./check.ts";
import { compileChecks } from "./compile-checks.ts";
import { isStatementFault } from "./query-failure.ts";
import { describeTarget, type Measured, meetsTarget } from "./rule-target.ts";

export interface CheckResult {
  readonly check: Check;
  readonly passed: boolean;
  readonly measured: Measured;
  /** Why nothing could be measured. Such a check has not passed. */
  readonly problem?: string;
}

export interface Audit {
  readonly results: readonly CheckResult[];
  readonly passed: number;
  /** Rules of severity warning or info that do not hold. */
  readonly warned: number;
  /** Promises of severity error that do not hold; any of them blocks publishing. */
  readonly failed: number;
}

/**
 * Measures a staged product against its contract: one scan for all that is an aggregate, one query for each SQL rule.
 * @throws MeshError `pipeline/rule-refused`, such as for a rule that reads anything but the product
 */
export async function auditContract(engine: QueryEngine, model: ProductModel, signal: AbortSignal): Promise<Audit> {
  const checks = compileChecks(model);
  const audit: Auditing = { engine, model, signal };
  const aggregates = await measureAggregates(checks, audit);
  const results: CheckResult[] = [];
  for (const check of checks) {
    const measurement = aggregates.get(check) ?? (await measureQuery(check, audit));
    const passed = measurement.problem === undefined && meetsTarget(measurement.measured, check.target);
    results.push({ check, passed, ...measurement });
  }
  const broken = results.filter((result) => !result.passed);
  const failed = broken.filter((result) => result.check.severity === "error").length;
  return { results, passed: results.length - broken.length, warned: broken.length - failed, failed };
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
  return orProblem(async () => (await measureTogether([check], audit))[0] ?? null);
}

async function measureTogether(checks: readonly Check[], { engine, model, signal }: Auditing): Promise<Measured[]> {
  const items = checks.map((check, index) => `${check.measure.sql} AS m${index}`);
  const [row = {}] = await engine.query(`SELECT ${items.join(",\n")} FROM ${stagedTable(model)}`, [], { signal });
  return checks.map((_, index) => measuredValue(row[`m${index}`]));
}

/** A rule's own SQL may read nothing but the product it judges. */
async function measureQuery(check: Check, { engine, model, signal }: Auditing): Promise<Measurement> {
  const statement = await authoriseRule(engine, check, model);
  return orProblem(async () => {
    const [row = {}] = await engine.query(statement, [], { signal });
    return measuredValue(Object.values(row)[0]);
  });
}

async function orProblem(measure: () => Promise<Measured>): Promise<Measurement> {
  try {
    return { measured: await measure() };
  } catch (failure) {
    if (!isStatementFault(failure)) throw failure;
    const [reason = ""] = parseEngineError(failure).message.split("\n");
    return { measured: null, problem: `cannot be measured: ${reason}` };
  }
}

function measuredValue(value: unknown): Measured {
  if (value === null || value === undefined) return null;
  if (typeof value === "bigint") return Number(value);
  return typeof value === "number" || typeof value === "boolean" ? value : String(value);
}
