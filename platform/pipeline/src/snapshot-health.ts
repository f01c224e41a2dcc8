import { stat } from "node:fs/promises";
import { isFileFailure } from "@thoth/warehouse/engine-errors";
import { attachStatement } from "@thoth/warehouse/open-engine";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { snapshotFile } from "@thoth/warehouse/snapshot-store";
import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { JobContext } from "./job-context.ts";

/** Up to this size a snapshot is read from end to end, which takes milliseconds; of a larger one the structure is. */
const readWholeBytes = 16 * 1024 * 1024;

/** Whether the file of a published snapshot is there and holds what was published. Not inside a transaction. */
export async function isIntact(
  snapshot: Snapshot,
  table: string,
  { mesh, engine }: Pick<JobContext, "mesh" | "engine">,
): Promise<boolean> {
  const { domain, product, id, rowCount, sizeBytes } = snapshot;
  const file = snapshotFile(mesh.home.snapshotsDir, domain, product, id);
  if ((await sizeOf(file)) !== sizeBytes) return false;
  const alias = `examined ${table}`;
  const rows = sizeBytes <= readWholeBytes ? "count(*) AS count, max(hash(entry))" : "count(*) AS count";
  try {
    await engine.run(attachStatement(file, alias, { read_only: true }));
    const [row] = await engine.query(`SELECT ${rows} FROM ${qualifiedName(alias, "main", table)} AS entry`);
    return Number(row?.count) === rowCount;
  } catch (failure) {
    if (!isFileFailure(failure)) throw failure;
    return false;
  } finally {
    await engine.run(`DETACH DATABASE IF EXISTS ${quoteIdentifier(alias)}`);
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
