import { access, mkdir, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { PGlite, type PGliteInterface, type Transaction } from "@electric-sql/pglite";
import { columnParsers } from "./column-values.ts";
import type { ControlHandle, ControlStore } from "./control-plane.ts";
import { controlError } from "./errors.ts";
import { unbrokenPresence } from "./presence.ts";
import { holdPresenceSql } from "./worker-presence.ts";

/**
 * Opens the embedded store, creating it when there is none. One process only: the caller holds the home's lock.
 * @throws MeshError `control/corrupt-store`, `control/store-not-created`
 */
export async function openPglite(dataDir: string): Promise<ControlStore> {
  const folder = resolve(dataDir);
  if (await isMissing(folder)) await createStore(folder);
  const database = await openStore(folder);
  const handle = handleOf(database);
  return {
    ...handle,
    execute: (script) =>
      handle.execute(script).catch(async (failure: unknown) => {
        // A script that began a transaction of its own and failed would leave the only connection in it.
        await database.exec("rollback");
        throw failure;
      }),
    kind: "embedded",
    transaction: (work) => database.transaction((transaction) => work(handleOf(transaction))),
    holdPresence: async (workerId) => {
      await handle.query(holdPresenceSql, [workerId]);
      return unbrokenPresence;
    },
    [Symbol.asyncDispose]: () => database.close(),
  };
}

function handleOf(database: PGliteInterface | Transaction): ControlHandle {
  return {
    query: async <Row extends object>(sql: string, params: readonly unknown[] = []) =>
      (await database.query<Row>(sql, [...params])).rows,
    execute: async (script) => (await database.exec(script)).flatMap(({ rows }) => rows as object[]),
  };
}

/** True also for an empty folder, as a mounted volume is at first. */
async function isMissing(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined);
  return found === undefined || (found.isDirectory() && (await readdir(folder)).length === 0);
}

/** Created aside and renamed, so that a process stopped half-way leaves no half store behind. */
async function createStore(folder: string): Promise<void> {
  const aside = `${folder}.new`;
  try {
    await rm(aside, { recursive: true, force: true });
    await mkdir(dirname(folder), { recursive: true });
    const database = await PGlite.create(aside);
    await database.close();
    await rmdir(folder).catch(ignoreMissing);
    await rename(aside, folder);
  } catch (cause) {
    throw controlError["store-not-created"]({ dataDir: folder, reason: reasonOf(cause) }, { cause });
  }
}

async function openStore(folder: string): Promise<PGlite> {
  try {
    // Without this the engine would make a new store among somebody else's files.
    await access(join(folder, "PG_VERSION"));
    const database = await PGlite.create(folder, { parsers: { ...columnParsers } });
    await database.query("select count(*) from pg_class");
    return database;
  } catch (cause) {
    const context = { at: { file: folder }, cause };
    throw controlError["corrupt-store"]({ dataDir: folder, reason: reasonOf(cause) }, context);
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

/** The engine dies of a damaged store without a message of its own. */
function reasonOf(cause: unknown): string {
  const { message, code } = cause as { message?: string; code?: string };
  if (code === "ENOENT" || code === "ENOTDIR") return "it is no folder of a store";
  if (message === undefined || /^Aborted|failed to initialize/.test(message)) return "its files are damaged";
  return message;
}
