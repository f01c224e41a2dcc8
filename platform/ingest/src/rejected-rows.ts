import type { WriteSide } from "@thoth/warehouse/write-side";

/** Of one run so many rows are kept; the ledger has their true number. */
export const keptRowsPerRun = 100_000;
/** Of one product or stream the rows of so many runs are kept, and for so long. */
const keptRuns = 10;
export const keptDays = 90;
const dayMs = 86_400_000;

/**
 * Rows that were held back, when they landed or when a product was audited, in the write file, where readers never look.
 * `product` is `domain/product`, or `raw.<stream>` for rows that never landed.
 */
export async function openRejectedRows(engine: WriteSide): Promise<void> {
  await engine.run(`CREATE TABLE IF NOT EXISTS mesh.rejected_rows (
  run_id VARCHAR, product VARCHAR, contract_version VARCHAR, rules VARCHAR[], reasons VARCHAR[], "row" JSON,
  rejected_at TIMESTAMP WITH TIME ZONE)`);
}

/** Removes what is too much or too old. @param now epoch ms */
export async function forgetRejected(engine: WriteSide, product: string, now: number): Promise<void> {
  const oldest = BigInt(now - keptDays * dayMs) * 1000n;
  await engine.run("DELETE FROM mesh.rejected_rows WHERE rejected_at < make_timestamptz($1::BIGINT)", [oldest]);
  await engine.run(
    `DELETE FROM mesh.rejected_rows WHERE product = $1 AND run_id NOT IN (
  SELECT run_id FROM mesh.rejected_rows WHERE product = $1 GROUP BY run_id ORDER BY max(rejected_at) DESC LIMIT ${keptRuns})`,
    [product],
  );
}
