import type { WriteSide } from "@thoth/warehouse/write-side";
import type { Stream } from "./connector.ts";
import { ingestError } from "./errors.ts";
import { forgetRejected, keptRowsPerRun, openRejectedRows } from "./rejected-rows.ts";
import type { Misfits } from "./sifted-rows.ts";

export interface HeldBack {
  readonly rejected: number;
  /** In all, as the texts were counted. */
  readonly rows: number;
}

const found = 'staging."misfits"';

/**
 * Puts the rows of a batch that do not fit into quarantine, in the batch's own transaction.
 * @throws MeshError `ingest/too-many-misfits`, which undoes the batch
 */
export async function holdBack(
  engine: WriteSide,
  stream: Stream,
  { misfits, runId, now }: { readonly misfits: Misfits; readonly runId: string; readonly now: number },
): Promise<HeldBack> {
  await engine.run(`CREATE OR REPLACE TABLE ${found} AS ${misfits.sql}`);
  const [[counted], [total]] = [
    await engine.query(
      `SELECT count(*) AS count, first(_source ORDER BY rowid) AS source, first(reasons[1] ORDER BY rowid) AS reason FROM ${found}`,
    ),
    await engine.query(misfits.countSql),
  ];
  const [rejected, rows] = [Number(counted?.count ?? 0), Number(total?.count ?? 0)];
  if (rejected > rows * misfits.mostShare) {
    const params = { stream: stream.name, rejected, rows, limit: misfits.mostShare, reason: String(counted?.reason) };
    throw ingestError["too-many-misfits"](params, { at: { file: String(counted?.source) } });
  }
  if (rejected > 0) await store(engine, stream, { runId, now });
  await engine.run(`DROP TABLE ${found}`);
  return { rejected, rows };
}

async function store(
  engine: WriteSide,
  { name }: Stream,
  { runId, now }: { runId: string; now: number },
): Promise<void> {
  await openRejectedRows(engine);
  await engine.run(
    `INSERT INTO mesh.rejected_rows
SELECT $1, $2, '', rules, reasons, json_merge_patch("row", json_object('_source', _source)), make_timestamptz($3::BIGINT)
FROM ${found} ORDER BY rowid LIMIT ${keptRowsPerRun}`,
    [runId, `raw.${name}`, BigInt(now) * 1000n],
  );
  await forgetRejected(engine, `raw.${name}`, now);
}
