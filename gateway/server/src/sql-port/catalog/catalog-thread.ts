import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import type { CatalogAnswer, CatalogOrder } from "./catalog-order.ts";
import { limitMemory } from "./memory-limit.ts";

/**
 * The thread that holds a catalog: Postgres itself over tables without rows. One order at a time. A statement runs as a
 * role that may change nothing, inside a transaction that is always taken back.
 */
export interface CatalogThreadData {
  readonly ddl: string;
  readonly firstRole: string;
}

/** Relations that the transaction has touched: naming one in a statement locks it. */
const productTables = `
  select 1 from pg_catalog.pg_locks l
  join pg_catalog.pg_class c on c.oid = l.relation
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') limit 1`;

/** Of the database, which never gives any of it back. */
const mostBytes = 512 * 2 ** 20;

const sync = Uint8Array.of("S".charCodeAt(0), 0, 0, 0, 4);
const port = parentPort;
const { ddl, firstRole } = workerData as CatalogThreadData;

limitMemory(mostBytes);
const database = await PGlite.create({
  // It holds a few kilobytes.
  postgresqlconf: ["shared_buffers=1MB", "wal_buffers=64kB", "max_connections=2", "work_mem=4MB"],
});
await database.exec(ddl);
let role = firstRole;
let queue: Promise<void> = Promise.resolve();
port?.on("message", (order: CatalogOrder) => {
  queue = queue.then(async () => port.postMessage(await answer(order)));
});
port?.postMessage({ kind: "ready" } satisfies CatalogAnswer);

async function answer(order: CatalogOrder): Promise<CatalogAnswer> {
  try {
    await enter(order);
    const described = await exchange(order.describe, order.limitBytes);
    if (described.kind !== "answer" || hasFailed(described.messages)) return described;
    if ((await database.query(productTables)).rows.length > 0) return { kind: "mixed" };
    if (order.execute === undefined) return described;
    const executed = await exchange(Buffer.concat([order.describe, order.execute]), order.limitBytes);
    if (executed.kind !== "answer" || hasFailed(executed.messages)) return executed;
    return (await database.query(productTables)).rows.length > 0 ? { kind: "mixed" } : executed;
  } catch (failure) {
    return { kind: "failed", reason: failure instanceof Error ? failure.message : String(failure) };
  } finally {
    await database.exec("rollback").catch(() => undefined);
  }
}

async function enter(order: CatalogOrder): Promise<void> {
  // RESET does nothing where nobody has signed in, as in here.
  await database.exec("set session authorization postgres");
  if (order.role !== role) {
    await database.exec(`alter role ${quote(role)} rename to ${quote(order.role)}`);
    role = order.role;
  }
  await database.exec(
    `begin isolation level repeatable read read only;
     select set_config('search_path', '${order.searchPath.replaceAll("'", "''")}', true);
     set session authorization ${quote(role)}`,
  );
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function exchange(messages: Uint8Array, limitBytes: number): Promise<CatalogAnswer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  await database.execProtocolRawStream(Buffer.concat([messages, sync]), {
    syncToFs: false,
    // What is too much is counted and not kept: the engine cannot be stopped from here.
    onRawData: (bytes) => {
      size += bytes.length;
      if (size <= limitBytes) parts.push(Uint8Array.from(bytes));
    },
  });
  return size > limitBytes ? { kind: "too-large" } : { kind: "answer", messages: Buffer.concat(parts) };
}

/** Whether there is an error among the messages. */
function hasFailed(messages: Uint8Array): boolean {
  const bytes = Buffer.from(messages.buffer, messages.byteOffset, messages.byteLength);
  for (let at = 0; at + 5 <= bytes.length; at += 1 + bytes.readInt32BE(at + 1)) {
    if (bytes[at] === "E".charCodeAt(0)) return true;
  }
  return false;
}
