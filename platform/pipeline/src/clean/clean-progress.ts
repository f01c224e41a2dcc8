import type { WriteSide } from "@thoth/warehouse/write-side";

/** How far into the table that drives it a cleaned one has come; what it has read of a cleaned one is in the change log. */
export interface CleanProgress {
  /** Of the query and everything else that must be the same for its old rows to be still right. */
  readonly definition: string;
  /** The run that last changed the raw rows other than by adding some. */
  readonly rewrittenBy: string | null;
  /** How many rows there were, */
  readonly landed: number;
  /** and the row id behind the last of them. */
  readonly nextRow: number;
  /** Newest mark of a row as deleted at its source, µs since 1970; null without any. */
  readonly markedAt: bigint | null;
}

/** Kept in the write file, so that rows and progress share one transaction. */
const table = "mesh.clean_progress";

export async function readProgress(engine: WriteSide, name: string): Promise<CleanProgress | undefined> {
  await createTable(engine);
  const [row] = await engine.query(`SELECT * FROM ${table} WHERE name = $1`, [name]);
  if (row === undefined) return undefined;
  return {
    definition: String(row.definition),
    rewrittenBy: row.rewritten_by === null ? null : String(row.rewritten_by),
    landed: Number(row.landed),
    nextRow: Number(row.next_row),
    markedAt: row.marked_at === null ? null : BigInt(row.marked_at as bigint),
  };
}

/** Undefined forgets it: the next computation is a full one. */
export async function storeProgress(
  engine: WriteSide,
  name: string,
  progress: CleanProgress | undefined,
): Promise<void> {
  await createTable(engine);
  if (progress === undefined) {
    await engine.run(`DELETE FROM ${table} WHERE name = $1`, [name]);
    return;
  }
  const { definition, rewrittenBy, landed, nextRow, markedAt } = progress;
  const values = [name, definition, rewrittenBy, BigInt(landed), BigInt(nextRow), markedAt];
  await engine.run(`INSERT OR REPLACE INTO ${table} VALUES ($1, $2, $3, $4, $5, $6)`, values);
}

async function createTable(engine: WriteSide): Promise<void> {
  await engine.run(`CREATE TABLE IF NOT EXISTS ${table} (name VARCHAR PRIMARY KEY, definition VARCHAR,
  rewritten_by VARCHAR, landed BIGINT, next_row BIGINT, marked_at BIGINT)`);
}
