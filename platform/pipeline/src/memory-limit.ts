import { findMeshError } from "@thoth/kernel/error-chain";
import { quoteLiteral } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { Job } from "./job.ts";
import type { JobContext } from "./job-context.ts";

/**
 * What cleans and publishes may hold so much and leaves the rest on disk, so that memory does not grow with the tables;
 * each thread needs some for itself. What lands rows holds a batch at a time, and for some formats a whole file at once,
 * which cannot be left on disk: it has the engine's own limit.
 * @param memoryMb MiB; a default when undefined
 */
export async function limitMemory(
  { engine, ownMemory }: Pick<JobContext, "engine" | "ownMemory">,
  job: Job["kind"],
  memoryMb: number | undefined,
): Promise<void> {
  if (job === "extract") return setLimit(engine, ownMemory);
  const [row] = await engine.query("SELECT current_setting('threads') AS threads");
  try {
    await setLimit(engine, `${memoryMb ?? Math.max(512, 192 * Number(row?.threads))}MiB`);
  } catch (failure) {
    // What is in use by then, such as the indexes of attached snapshots, is more than that: the limit stays as it was.
    if (!isOutOfMemory(failure)) throw failure;
  }
}

/** What the engine gave itself when it was opened. */
export async function readOwnMemory(engine: WriteSide): Promise<string> {
  const [row] = await engine.query("SELECT current_setting('memory_limit') AS memory");
  return String(row?.memory);
}

/** RESET would change the setting and leave the limit where it is. */
async function setLimit(engine: WriteSide, memory: string): Promise<void> {
  await engine.run(`SET memory_limit = ${quoteLiteral(memory)}`);
}

/**
 * Runs a domain's own query. One that the engine cannot leave on disk, such as a list of all rows, is given what the
 * engine has once more, unless somebody has chosen the limit.
 * @param work can be done again after it has failed
 */
export async function withMoreMemory<Result>(
  {
    engine,
    ownMemory,
    mesh,
    log,
    signal,
  }: Pick<JobContext, "engine" | "ownMemory" | "log" | "signal"> & { mesh: Pick<JobContext["mesh"], "memoryMb"> },
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (failure) {
    signal.throwIfAborted();
    if (mesh.memoryMb !== undefined || !isOutOfMemory(failure)) throw failure;
    await log("warning", "the query needs more memory than queries are given: it runs again without a limit of ours");
    await setLimit(engine, ownMemory);
    return await work();
  }
}

function isOutOfMemory(failure: unknown): boolean {
  return findMeshError(failure)?.code === "warehouse/out-of-memory";
}
