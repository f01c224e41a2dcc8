import type { WriteSide } from "@thoth/warehouse/write-side";
import type { Batch, Stream } from "./connector.ts";
import { ingestError } from "./errors.ts";
import { forgetRejected, keptRowsPerRun, openRejectedRows } from "./rejected-rows.ts";
import type { Misfits } from "./sifted-rows.ts";

export interface HeldBack {
  readonly rejected: number;
  /** In all, as the source's rows were counted, less those that have landed or been held back before. */
  readonly rows: number;
}

interface HeldRun {
  readonly runId: string;
  readonly now: number;
  /** Everything is told again. */
  readonly full: boolean;
  /** Called with the table of what is held back, which is gone after that; it is as {@link Misfits.sql} tells it. */
  readonly note?: (table: string) => Promise<void>;
}

const found = 'staging."misfits"';

/**
 * Puts the rows of a batch that do not fit into quarantine, in the batch's own transaction.
 * @returns undefined when the stream does without none
 * @throws MeshError `ingest/too-many-misfits`, which undoes the batch
 */
export async function holdBackMisfits(
  engine: WriteSide,
  stream: Stream,
  { batch: { data }, ...run }: HeldRun & { readonly batch: Batch },
): Promise<HeldBack | undefined> {
  if (data.kind !== "relation" || data.misfits === undefined) return undefined;
  try {
    return await holdBack(engine, stream, { misfits: data.misfits, ...run });
  } catch (failure) {
    throw data.explain(failure);
  }
}

async function holdBack(
  engine: WriteSide,
  stream: Stream,
  { misfits, ...run }: HeldRun & { readonly misfits: Misfits },
): Promise<HeldBack> {
  await engine.run(
    `CREATE OR REPLACE TABLE ${found} AS
SELECT * REPLACE (json_merge_patch("row", json_object('_source', _source)) AS "row") FROM (${misfits.sql})`,
  );
  const known = misfits.comesAgain ? await leaveOutHeld(engine, stream, run) : 0;
  const [[counted], [total]] = [
    await engine.query(
      `SELECT count(*) AS count, first(_source ORDER BY rowid) AS source, first(reasons[1] ORDER BY rowid) AS reason FROM ${found}`,
    ),
    await engine.query(misfits.countSql),
  ];
  const [rejected, rows] = [Number(counted?.count ?? 0), Number(total?.count ?? 0) - known];
  if (rejected > rows * misfits.mostShare) {
    const params = { stream: stream.name, rejected, rows, limit: misfits.mostShare, reason: String(counted?.reason) };
    throw ingestError["too-many-misfits"](params, { at: { [misfits.place]: String(counted?.source) } });
  }
  if (rejected > 0) await store(engine, stream, run);
  if (rejected > 0) await run.note?.(found);
  await engine.run(`DROP TABLE ${found}`);
  return { rejected, rows };
}

/** @returns how many rows have been held back before */
async function leaveOutHeld(engine: WriteSide, { name }: Stream, { runId, full }: HeldRun): Promise<number> {
  await openRejectedRows(engine);
  return engine.run(
    `DELETE FROM ${found} AS again WHERE EXISTS (SELECT 1 FROM mesh.rejected_rows AS held
WHERE held.product = $1 AND ($2 <> 'full' OR held.run_id = $3) AND held."row"::VARCHAR = again."row"::VARCHAR)`,
    [`raw.${name}`, full ? "full" : "", runId],
  );
}

async function store(engine: WriteSide, { name }: Stream, { runId, now }: HeldRun): Promise<void> {
  await openRejectedRows(engine);
  await engine.run(
    `INSERT INTO mesh.rejected_rows
SELECT $1, $2, '', rules, reasons, "row", make_timestamptz($3::BIGINT)
FROM ${found} ORDER BY rowid LIMIT ${keptRowsPerRun}`,
    [runId, `raw.${name}`, BigInt(now) * 1000n],
  );
  await forgetRejected(engine, `raw.${name}`, now);
}
