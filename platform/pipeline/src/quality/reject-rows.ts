import type { ProductModel } from "@thoth/contract/product-model";
import { countRows } from "@thoth/warehouse/row-changes";
import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { CheckResult } from "../audit-contract.ts";
import { type BrokenRows, type Check, stagedTable } from "../check.ts";
import type { JobContext } from "../job-context.ts";
import { quarantinedRuns, storeRejected } from "./quarantine.ts";

export interface RejectedRows extends AsyncDisposable {
  readonly count: number;
  /** Of how many. */
  readonly rows: number;
  /** Takes them out of the staged table. */
  remove(): Promise<void>;
}

/** Puts the staged rows that break promises of severity error into quarantine. All of it is the engine's work. */
export async function rejectRows(
  model: ProductModel,
  broken: readonly CheckResult[],
  context: JobContext,
): Promise<RejectedRows> {
  const { engine, runId, signal, mesh } = context;
  const staged = stagedTable(model);
  const list = qualifiedName("staging", `rejected ${model.tableName}`);
  const drop = async () => void (await engine.run(`DROP TABLE IF EXISTS ${list}`));
  const checks = broken.map(({ check }) => check).filter((check) => check.rows !== undefined);
  const rows = await countRows(engine, staged);
  if (checks.length === 0)
    return { count: 0, rows, remove: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
  await engine.run(`CREATE OR REPLACE TABLE ${list} AS ${blameOf(checks, staged)}`, [], { signal });
  const cutOff = await cutOffRuns(model, context);
  await storeRejected(engine, { model, runId, now: mesh.clock(), rejected: list, staged, checks, cutOff });
  return {
    count: await countRows(engine, list),
    rows,
    remove: async () => void (await engine.run(`DELETE FROM ${staged} WHERE rowid IN (SELECT row FROM ${list})`)),
    [Symbol.asyncDispose]: drop,
  };
}

/** One line a row, with the numbers of all that it breaks. */
function blameOf(checks: readonly Check[], staged: string): string {
  const alone = checks.flatMap(({ rows }) => (rows === undefined || rows.kind === "repeated" ? [] : [rows]));
  const others = alone.map((rows) => rowsOf(rows, staged, []));
  const parts = checks.map(({ rows }, index) => {
    return `SELECT rowid AS row, ${index + 1} AS number FROM (${rowsOf(rows as BrokenRows, staged, others)})`;
  });
  return `SELECT row, list_sort(list(number)) AS checks FROM (${parts.join("\nUNION ALL ")}) GROUP BY row`;
}

/** @param others SELECTs of rows that are bad for other reasons: of rows that repeat each other, a good one stays */
function rowsOf(rows: BrokenRows, staged: string, others: readonly string[]): string {
  if (rows.kind === "query") return rows.sql;
  if (rows.kind === "condition") return `SELECT rowid FROM ${staged} WHERE ${rows.sql}`;
  const names = rows.columns.map((name) => `entry.${quoteIdentifier(name)}`);
  const bad = others.length === 0 ? "false" : `entry.rowid IN (${others.join("\nUNION ALL ")})`;
  // By content and not by place, so that the same rows are chosen whatever order the query yields them in.
  return `SELECT rowid FROM (
  SELECT entry.rowid AS rowid, row_number() OVER (PARTITION BY ${names.join(", ")} ORDER BY ${bad}, hash(entry), entry.rowid) AS place
  FROM ${staged} AS entry WHERE ${names.map((name) => `${name} IS NOT NULL`).join(" AND ")}
) WHERE place > 1`;
}

/** A run that was aborted, or is still said to run, did not get to its end: whoever repeats it rejects the same rows again. */
async function cutOffRuns({ id }: ProductModel, { engine, mesh, runId }: JobContext): Promise<string[]> {
  const runs = await quarantinedRuns(engine, id);
  const found = await Promise.all(runs.map((run) => mesh.ledger.get(run)));
  return found.flatMap((run) =>
    run !== undefined && run.runId !== runId && ["aborted", "running"].includes(run.status) ? [run.runId] : [],
  );
}
