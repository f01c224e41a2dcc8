import type { Stream, StreamColumn } from "@thoth/ingest/connector";
import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";

/** Rows of raw tables by stream name. Columns that are left out are null. */
export type RawRows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

const stamps: readonly StreamColumn[] = [
  { name: "_run_id", type: "VARCHAR" },
  { name: "_loaded_at", type: "TIMESTAMP WITH TIME ZONE" },
  { name: "_source", type: "VARCHAR" },
];

/** Creates the raw table of every stream as an extraction would and fills those that have rows. */
export async function fillRawTables(
  engine: WriteSide,
  streams: readonly Stream[],
  raw: RawRows,
  loadedAt: string | null,
): Promise<void> {
  const unknown = Object.keys(raw).filter((name) => !streams.some((stream) => stream.name === name));
  if (unknown.length > 0) throw new Error(`no stream lands in raw.${unknown.join(", raw.")}`);
  for (const stream of streams) {
    const columns = [...stream.columns, ...stamps];
    const declared = columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`).join(", ");
    await engine.run(`create table ${qualifiedName("raw", stream.name)} (${declared})`);
    const stamp = { _run_id: "case", _loaded_at: loadedAt, _source: "case" };
    const rows = (raw[stream.name] ?? []).map((row) => inOrder(stream.name, columns, { ...stamp, ...row }));
    await engine.appendRows({ schema: "raw", table: stream.name }, columns, rows);
  }
}

function inOrder(stream: string, columns: readonly StreamColumn[], row: Readonly<Record<string, unknown>>): unknown[] {
  const unknown = Object.keys(row).find((name) => !columns.some((column) => column.name === name));
  if (unknown !== undefined) throw new Error(`raw.${stream} has no column ${unknown}`);
  return columns.map((column) => row[column.name] ?? null);
}
