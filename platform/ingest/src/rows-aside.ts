import { qualifiedName, quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { Batch, Source, Stream } from "./connector.ts";
import { holdBackMisfits } from "./hold-back.ts";
import { insertRows, requireAll } from "./land.ts";
import { createRawTable } from "./raw-table.ts";
import { fittingValue, isNested } from "./sifted-rows.ts";

/** Rows of a stream as its source holds them now, in tables of `raw` that are gone when this is disposed. */
export interface RowsAside extends AsyncDisposable {
  /** Of the table with the rows, within `raw`. */
  readonly name: string;
  readonly table: string;
  /** With the keys of all rows that the source has, once a batch told them. */
  keys: string | undefined;
  /** What does not fit and may be a newer version of a row that has landed: `key`, null where it cannot be told, and `_source`. */
  readonly unfit: string;
  rowsRejected: number;
  bytesIn: number;
}

/** No stream can be called as these tables are: a name has no spaces. */
export async function openAside(engine: WriteSide, stream: Stream): Promise<RowsAside> {
  const name = `backfill of ${stream.name}`;
  const [table, unfit, keys] = [name, `${name}, unfit`, `keys of ${name}`].map((own) => qualifiedName("raw", own)) as [
    string,
    string,
    string,
  ];
  const drop = async () => {
    for (const each of [table, unfit, keys]) await engine.run(`DROP TABLE IF EXISTS ${each}`);
  };
  await drop();
  await engine.run(createRawTable({ ...stream, name }));
  await engine.run(`CREATE TABLE ${unfit} (key ${keyOf(stream).type}, _source VARCHAR)`);
  return { name, table, keys: undefined, unfit, rowsRejected: 0, bytesIn: 0, [Symbol.asyncDispose]: drop };
}

export interface AsideRun {
  readonly source: Source;
  readonly stream: Stream;
  readonly engine: WriteSide;
  /** The run that reads. */
  readonly runId: string;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * Puts a batch aside as landing would land it: what does not fit goes into quarantine, as far as the stream does without.
 * @throws MeshError as landing does
 */
export async function putAside(aside: RowsAside, batch: Batch, run: AsideRun): Promise<void> {
  const { source, stream, engine, runId, now } = run;
  const note = async (table: string) =>
    void (await engine.run(
      `INSERT INTO ${aside.unfit} ${stream.parts === undefined ? newIn(stream, table) : keysIn(stream, table)}`,
    ));
  await engine.transaction(async () => {
    const held = await holdBackMisfits(engine, stream, { batch, runId, now, full: false, note });
    const inserted = await insertRows(engine, { ...stream, name: aside.name }, batch, { runId: "", now });
    await requireAll(batch, inserted, { source, stream, engine, held });
    aside.rowsRejected += held?.rejected ?? 0;
  });
  aside.bytesIn += batch.bytes;
  if (batch.present === undefined) return;
  const keys = qualifiedName("raw", `keys of ${aside.name}`);
  await engine.run(`CREATE OR REPLACE TABLE ${keys} AS ${batch.present.keys.sql}`);
  aside.keys = keys;
}

/** Rows of an alias of which the source may hold a newer version that does not fit: they are neither replaced nor deleted. */
export function keptIn(stream: Stream, { unfit }: Pick<RowsAside, "unfit">): (alias: string) => string {
  const { column } = keyOf(stream);
  return (alias) => {
    const same =
      column === undefined
        ? `unfit._source = ${alias}._source`
        : `(unfit.key IS NULL OR unfit.key = ${alias}.${quoteIdentifier(column)})`;
    return `EXISTS (SELECT 1 FROM ${unfit} AS unfit WHERE ${same})`;
  };
}

/** Rows of files are told by their file alone. */
function keyOf({ parts, columns }: Stream): { readonly column: string | undefined; readonly type: string } {
  const key = columns.find(({ name }) => name === parts?.key);
  return { column: key?.name, type: key?.type ?? "VARCHAR" };
}

/** What was held back by the run that landed the rest of its file never was a row that has landed. */
function newIn({ name }: Stream, table: string): string {
  const raw = qualifiedName("raw", name);
  return `SELECT NULL, _source FROM (SELECT "row"::VARCHAR, _source FROM ${table} EXCEPT ALL
SELECT held."row"::VARCHAR, landed._source FROM mesh.rejected_rows AS held
JOIN (SELECT DISTINCT _run_id, _source FROM ${raw}) AS landed
  ON landed._run_id = held.run_id AND landed._source = (held."row" ->> '_source')
WHERE held.product = ${quoteLiteral(`raw.${name}`)})`;
}

/** Bytes are held back as digits, and texts that are none with U+FFFD: such a key can be anything. */
function keysIn(stream: Stream, table: string): string {
  const { column, type } = keyOf(stream);
  if (column === undefined || isNested(type) || /^(BLOB|BYTEA|BINARY|VARBINARY)$/i.test(type))
    return `SELECT NULL, _source FROM ${table}`;
  const text = `("row" ->> ${quoteLiteral(column)})`;
  const key = `CASE WHEN NOT contains(${text}, chr(65533)) THEN ${fittingValue(text, type)} END`;
  return `SELECT ${key}, _source FROM ${table}`;
}
