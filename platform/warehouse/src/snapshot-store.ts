import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { openFileError, parseEngineError } from "./engine-errors.ts";
import { warehouseError } from "./errors.ts";
import { columnsOf } from "./finite-view.ts";
import { attachStatement, connectEngine, openEngine } from "./open-engine.ts";
import { qualifiedName } from "./sql-text.ts";

const published = ".duckdb";
const unfinished = [`${published}.tmp`, `${published}.tmp.wal`];

/** `<dir>/<domain>/<product>/<id>.duckdb` */
export function snapshotFile(dir: string, domain: string, product: string, id: string): string {
  return join(dir, domain, product, `${id}${published}`);
}

/** Ids of a product's published snapshots, oldest first: ids are time-ordered. */
export async function listSnapshots(dir: string, domain: string, product: string): Promise<string[]> {
  const names = await filesIn(join(dir, domain, product));
  return names.filter((name) => name.endsWith(published)).map((name) => name.slice(0, -published.length));
}

/**
 * Removes what a crash left of unfinished snapshots, in all products. To be called at start-up, before anything is
 * published.
 * @returns the files removed
 */
export async function removeUnfinished(dir: string): Promise<string[]> {
  const removed: string[] = [];
  for (const domain of await filesIn(dir)) {
    for (const product of await filesIn(join(dir, domain))) {
      removed.push(...(await removeUnfinishedIn(join(dir, domain, product))));
    }
  }
  return removed;
}

/**
 * Opens a snapshot in an engine of its own and reads every value.
 * @returns its row count
 * @throws MeshError `warehouse/corrupt-snapshot`
 */
export async function verifySnapshot(file: string, table: string): Promise<number> {
  const instance = await openEngine({ threads: 1 });
  const connection = await connectEngine(instance);
  try {
    await connection.run(attachStatement(file, "snapshot", { read_only: true }));
    const result = await connection.run(
      `select count(*), max(hash(entry)) from ${qualifiedName("snapshot", "main", table)} entry`,
    );
    return Number(result.getChunk(0).getColumnVector(0).getItem(0));
  } catch (error) {
    throw snapshotError(file, error);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/**
 * Names of the columns of a snapshot's table, in lower case.
 * @throws MeshError `warehouse/corrupt-snapshot`
 */
export async function columnsOfSnapshot(file: string, table: string): Promise<ReadonlySet<string>> {
  const instance = await openEngine({ threads: 1 });
  const connection = await connectEngine(instance);
  try {
    await connection.run(attachStatement(file, "snapshot", { read_only: true }));
    const columns = await columnsOf(connection, `select * from ${qualifiedName("snapshot", "main", table)}`);
    return new Set(columns.map(({ name }) => name.toLowerCase()));
  } catch (error) {
    throw snapshotError(file, error);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** An error of attaching or scanning a snapshot file, in the words of a reader of snapshots. */
export function snapshotError(file: string, error: unknown): Error {
  if (isMeshError(error) && error.code === "warehouse/corrupt-snapshot") return error;
  const opened = openFileError(file, error);
  if (opened.code !== "warehouse/corrupt-file") return opened;
  return warehouseError["corrupt-snapshot"](
    { file, reason: parseEngineError(error).message },
    { at: { file }, cause: error },
  );
}

async function removeUnfinishedIn(folder: string): Promise<string[]> {
  const names = (await filesIn(folder)).filter((name) => unfinished.some((ending) => name.endsWith(ending)));
  for (const name of names) await rm(join(folder, name), { force: true });
  return names.map((name) => join(folder, name));
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    // A folder that does not exist yet, or a file where a folder might be, holds no snapshots.
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}
