import { open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { makeFolder, syncFolder } from "@thoth/kernel/replace-file";
import { isFileFailure, parseEngineError } from "./engine-errors.ts";
import { warehouseError } from "./errors.ts";
import { attachStatement } from "./open-engine.ts";
import { qualifiedName, quoteIdentifier } from "./sql-text.ts";
import type { WriteSide } from "./write-side.ts";

/** What writes a snapshot. */
export type SnapshotWriter = Pick<WriteSide, "query" | "run">;

export { compareWithPrevious, type RowChanges } from "./compare-snapshot.ts";

export interface SnapshotContent {
  /** Where the snapshot goes, from `snapshotFile`. */
  readonly file: string;
  /** A SELECT over the write side that yields exactly the product's columns. */
  readonly select: string;
  /** Name of the table inside the file. */
  readonly table: string;
  /** Columns to sort by, normally the key: neighbours end up in the same blocks, so lookups skip the others. */
  readonly orderBy: readonly string[];
  /** Columns that identify a row: in a large table they are indexed, so that few rows are found without a scan. */
  readonly key?: readonly string[];
}

export interface WrittenSnapshot {
  readonly rowCount: number;
  readonly sizeBytes: number;
}

// A file has at least two blocks: with the engine's usual 256 KiB the smallest product would take half a megabyte.
const smallBlockBytes = 16_384;
const smallRows = 50_000;

/** Below this a scan takes less than the index would in every file and every publish. */
const indexedRows = 100_000;

/**
 * Writes rows into a file of their own beside the final place, makes them durable and renames. Whatever goes wrong,
 * the final file either does not exist or is whole. Not inside a transaction.
 * @throws MeshError `warehouse/snapshot-not-written`, `warehouse/disk-full`
 */
export async function writeSnapshot(engine: SnapshotWriter, content: SnapshotContent): Promise<WrittenSnapshot> {
  const draft = `${content.file}.tmp`;
  await makeFolder(dirname(content.file));
  await removeDraft(draft);
  try {
    const rowCount = await fillDraft(engine, draft, content);
    await syncFile(draft);
    await rename(draft, content.file);
    await syncFolder(dirname(content.file));
    return { rowCount, sizeBytes: (await stat(content.file)).size };
  } catch (error) {
    await removeDraft(draft);
    throw writeError(content.file, error);
  }
}

async function fillDraft(engine: SnapshotWriter, draft: string, content: SnapshotContent): Promise<number> {
  const alias = `publishing ${basename(draft)}`;
  const rows = await countRows(engine, `(${content.select}\n)`);
  await engine.run(attachStatement(draft, alias, rows < smallRows ? { block_size: smallBlockBytes } : {}));
  try {
    const table = qualifiedName(alias, "main", content.table);
    await engine.run(`create table ${table} as ${sortedSelect(content)}`);
    const rowCount = await countRows(engine, table);
    if (rowCount >= indexedRows) await indexKey(engine, table, content.key ?? []);
    await engine.run(`detach ${quoteIdentifier(alias)}`);
    return rowCount;
  } catch (error) {
    // The first failure is the one to tell; a file that could not be written often cannot be detached either.
    await engine.run(`detach database if exists ${quoteIdentifier(alias)}`).catch(() => undefined);
    throw error;
  }
}

/** The engine looks things up in indexes of one column only. */
async function indexKey(engine: SnapshotWriter, table: string, [column, ...others]: readonly string[]): Promise<void> {
  if (column === undefined || others.length > 0) return;
  await engine.run(`create index ${quoteIdentifier("by key")} on ${table} (${quoteIdentifier(column)})`);
}

function sortedSelect({ select, orderBy }: SnapshotContent): string {
  if (orderBy.length === 0) return select;
  return `select * from (${select}\n) order by ${orderBy.map(quoteIdentifier).join(", ")}`;
}

async function countRows(engine: SnapshotWriter, relation: string): Promise<number> {
  const [row] = await engine.query(`select count(*) as count from ${relation}`);
  return Number(row?.count);
}

async function syncFile(path: string): Promise<void> {
  await using handle = await open(path, "r");
  await handle.sync();
}

async function removeDraft(draft: string): Promise<void> {
  await rm(draft, { force: true });
  await rm(`${draft}.wal`, { force: true });
}

/** A failure of the statement itself keeps its own words; one of the file is told in terms of the file. */
function writeError(file: string, error: unknown): unknown {
  if (isMeshError(error) && (error.code === "warehouse/disk-full" || !isFileFailure(error))) return error;
  const reason = parseEngineError(error).message;
  return warehouseError["snapshot-not-written"]({ file, reason }, { at: { file }, cause: error });
}
