import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join, sep } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { finiteSchema } from "./finite-view.ts";
import { defineMaskedText } from "./masked-text.ts";
import { connectEngine } from "./open-engine.ts";
import { qualifiedName, quoteIdentifier, quoteList } from "./sql-text.ts";

/** A folder of one engine's own, gone with the stack: two engines that spill into one overwrite each other's files. */
export async function openSpillFolder(tmpDir: string, prefix: string, stack: AsyncDisposableStack): Promise<string> {
  await mkdir(tmpDir, { recursive: true });
  const folder = await mkdtemp(join(tmpDir, prefix));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A connection that masks texts. To be opened before the lock: a session setting is a setting too. */
export async function connectMasking(
  instance: DuckDBInstance,
  maskKey: string,
  stack: AsyncDisposableStack,
): Promise<DuckDBConnection> {
  const connection = await connectEngine(instance);
  stack.defer(() => connection.closeSync());
  await defineMaskedText(connection, maskKey);
  return connection;
}

/** Where the products of a domain are shown. */
export async function createServedCatalog(connection: DuckDBConnection, catalog: string): Promise<void> {
  await connection.run(`attach ':memory:' as ${quoteIdentifier(catalog)}`);
  for (const schema of ["product", finiteSchema])
    await connection.run(`create schema ${qualifiedName(catalog, schema)}`);
}

/** From here on the engine reaches files in these folders only, and no statement can change that. */
export async function lockEngine(connection: DuckDBConnection, folders: readonly string[]): Promise<void> {
  await connection.run(`set allowed_directories = ${quoteList(folders.map((folder) => folder + sep))}`);
  await connection.run("set enable_external_access = false");
  await connection.run("set lock_configuration = true");
}
