import type { ColumnModel, ProductModel } from "@thoth/contract/product-model";
import { forgetRejected, keptRowsPerRun, openRejectedRows } from "@thoth/ingest/rejected-rows";
import { quoteIdentifier, quoteList, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";

/** A row that was held back, with everything that it broke. */
export interface RejectedRow {
  readonly runId: string;
  /** `ontrack-learning/units`; `raw.tasks` when it never landed. */
  readonly product: string;
  readonly contractVersion: string;
  /** Ids of the checks that it fails, and, in the same order, what they say. */
  readonly rules: readonly string[];
  readonly reasons: readonly string[];
  /** The whole row. Numbers that a reader of JSON would round, and those that are none, are texts. */
  readonly row: Readonly<Record<string, unknown>>;
  /** Epoch ms. */
  readonly rejectedAt: number;
}

export interface Rejection {
  readonly model: ProductModel;
  readonly runId: string;
  /** Epoch ms. */
  readonly now: number;
  /** Table of `row`, a `rowid` of the staged table, and `checks`, the numbers from 1 on of what it breaks. */
  readonly rejected: string;
  /** What can be broken, in the order of its numbers. */
  readonly checks: readonly { readonly id: string; readonly says: string }[];
  readonly staged: string;
  /** Runs that were cut off before they ended: theirs go. */
  readonly cutOff: readonly string[];
}

/** Stores the rows of one run and forgets what is too much or too old, in one transaction. */
export async function storeRejected(engine: WriteSide, rejection: Rejection): Promise<void> {
  const { model, runId, now, rejected, staged, checks, cutOff } = rejection;
  const named = (names: readonly string[]) => `list_transform(checks, lambda number: ${quoteList(names)}[number])`;
  const [rules, reasons] = [named(checks.map(({ id }) => id)), named(checks.map(({ says }) => says))];
  await openRejectedRows(engine);
  await engine.transaction(async () => {
    const gone = [runId, ...cutOff];
    await engine.run("DELETE FROM mesh.rejected_rows WHERE product = $1 AND run_id IN (SELECT unnest($2::VARCHAR[]))", [
      model.id,
      gone,
    ]);
    await engine.run(
      `INSERT INTO mesh.rejected_rows
SELECT $1, ${quoteLiteral(model.id)}, ${quoteLiteral(model.version)}, ${rules}, ${reasons}, ${rowAsJson(model.columns)},
  make_timestamptz($2::BIGINT)
FROM ${staged} AS entry JOIN ${rejected} AS rejected ON entry.rowid = rejected.row
ORDER BY entry.rowid LIMIT ${keptRowsPerRun}`,
      [runId, BigInt(now) * 1000n],
    );
    await forgetRejected(engine, model.id, now);
  });
}

/** Runs that have rows of a product in quarantine. */
export async function quarantinedRuns(engine: WriteSide, product: string): Promise<string[]> {
  await openRejectedRows(engine);
  const rows = await engine.query("SELECT DISTINCT run_id FROM mesh.rejected_rows WHERE product = $1", [product]);
  return rows.map((row) => String(row.run_id));
}

export interface RejectedFilter {
  readonly product?: string;
  /** Of the newest run of each product that rejected any, unless given. */
  readonly runId?: string;
  readonly limit: number;
}

/** Newest run first; of one run in the order of its rows. */
export async function readRejected(
  engine: WriteSide,
  { product, runId, limit }: RejectedFilter,
): Promise<RejectedRow[]> {
  await openRejectedRows(engine);
  const rows = await engine.query(
    `SELECT run_id, product, contract_version, rules, reasons, "row"::VARCHAR AS content, epoch_ms(rejected_at) AS at
FROM mesh.rejected_rows
WHERE ($1::VARCHAR IS NULL OR product = $1) AND ($2::VARCHAR IS NULL OR run_id = $2)
  AND ($2::VARCHAR IS NOT NULL OR (product, run_id) IN (
    SELECT (product, arg_max(run_id, rejected_at)) FROM mesh.rejected_rows GROUP BY product))
ORDER BY rejected_at DESC, run_id DESC, rowid LIMIT ${limit}`,
    [product ?? null, runId ?? null],
  );
  return rows.map((row) => ({
    runId: String(row.run_id),
    product: String(row.product),
    contractVersion: String(row.contract_version),
    rules: row.rules as string[],
    reasons: row.reasons as string[],
    row: JSON.parse(String(row.content)) as RejectedRow["row"],
    rejectedAt: Number(row.at),
  }));
}

function rowAsJson(columns: readonly ColumnModel[]): string {
  const members = columns.map(({ name, sqlType }) => `${quoteLiteral(name)}, ${wholeValue(name, sqlType)}`);
  return `json_object(${members.join(", ")})`;
}

function wholeValue(name: string, sqlType: string): string {
  const value = `entry.${quoteIdentifier(name)}`;
  const unless = (condition: string) =>
    `CASE WHEN ${condition} THEN to_json(${value}::VARCHAR) ELSE to_json(${value}) END`;
  if (/^(DOUBLE|FLOAT)$/.test(sqlType)) return unless(`NOT isfinite(${value})`);
  if (/^U?(BIG|HUGE)INT$/.test(sqlType)) return unless(`${value} NOT BETWEEN -9007199254740991 AND 9007199254740991`);
  return /^DECIMAL/.test(sqlType) ? `to_json(${value}::VARCHAR)` : `to_json(${value})`;
}
