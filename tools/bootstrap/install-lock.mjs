import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { SetupError, say } from "./progress.mjs";

/** A holder touches its lock this often, in milliseconds. */
const beatMs = 1_000;
/** A lock not touched for this long belongs to nobody, unless one of its processes still runs. */
const silentMs = 5_000;
/** After this long without a touch, a process with a recorded id is some other program that was given the same id. */
const abandonedMs = 900_000;

/**
 * Does the work while no other process does; waits for one that already does.
 * @template T
 * @param {string} file the lock
 * @param {(shareWith: (pid: number) => void) => Promise<T>} work is given a way to name child processes that must
 *   end too before anybody else may take over, even if this process is killed
 * @returns {Promise<T>}
 */
export async function withInstallLock(file, work) {
  await acquire(file);
  const release = () => rmSync(file, { force: true });
  const beat = setInterval(() => touch(file), beatMs);
  process.once("exit", release);
  try {
    return await work((pid) => writeFileSync(file, `${process.pid} ${pid}`));
  } finally {
    clearInterval(beat);
    process.off("exit", release);
    release();
  }
}

/** @param {string} file */
async function acquire(file) {
  let announced = false;
  while (!tryToTake(file)) {
    const holder = readLock(file);
    if (holder && isOver(holder, Date.now())) discard(file, holder);
    else {
      if (!announced) say(`waiting for another install to end (process ${holder?.pids[0] ?? "unknown"}, lock ${file})`);
      announced = true;
      await sleep(250);
    }
  }
}

/** @param {string} file */
function tryToTake(file) {
  try {
    const handle = openSync(file, "wx");
    writeFileSync(handle, `${process.pid}`);
    closeSync(handle);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    const reason = error instanceof Error ? error.message : String(error);
    throw new SetupError(`cannot install here (${reason})`, "the project folder must be writable for you");
  }
}

/**
 * @typedef {object} Holder
 * @property {number[]} pids the process that took the lock, and its child
 * @property {number} touchedAt epoch milliseconds
 */

/**
 * @param {string} file
 * @returns {Holder | undefined}
 */
function readLock(file) {
  try {
    const { mtimeMs } = statSync(file);
    const pids = readFileSync(file, "utf8").split(" ").map(Number);
    return { pids: pids.filter((pid) => pid > 0), touchedAt: mtimeMs };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * True when nobody holds a lock any more, though it is still there.
 * @param {Holder} holder
 * @param {number} now epoch milliseconds
 */
export function isOver({ pids, touchedAt }, now) {
  const silence = now - touchedAt;
  return silence > abandonedMs || (silence > silentMs && !pids.some(isAlive));
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/**
 * Moves a lock away before deleting it, because somebody else may just have replaced it with a valid one.
 * @param {string} file
 * @param {Holder} holder
 */
function discard(file, holder) {
  const aside = `${file}.${process.pid}`;
  try {
    if (readLock(file)?.touchedAt !== holder.touchedAt) return;
    renameSync(file, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  rmSync(aside, { force: true });
}

/** @param {string} file */
function touch(file) {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
