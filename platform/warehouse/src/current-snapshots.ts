import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { makeFolder, replaceFile } from "@thoth/kernel/replace-file";
import { warehouseError } from "./errors.ts";
import type { Snapshot } from "./snapshot.ts";

const fileName = "current.json";
const formatVersion = 1;

/** `<dir>/current.json`: which snapshots are current, for processes that do not have the control plane. */
export function currentSnapshotsFile(dir: string): string {
  return join(dir, fileName);
}

/** Replaces the file in one step: a reader finds the old content or the new. One writer at a time. */
export async function writeCurrentSnapshots(dir: string, snapshots: readonly Snapshot[]): Promise<void> {
  await makeFolder(dir);
  await replaceFile(currentSnapshotsFile(dir), `${JSON.stringify({ formatVersion, snapshots }, null, 2)}\n`);
}

/**
 * @returns nothing when the file does not exist: nothing has been published yet
 * @throws MeshError `warehouse/current-file-unreadable`
 */
export async function readCurrentSnapshots(dir: string): Promise<Snapshot[]> {
  return parseCurrent(currentSnapshotsFile(dir), await readText(currentSnapshotsFile(dir)));
}

export interface WatchOptions {
  readonly signal: AbortSignal;
  /** How often to look even when the operating system reports nothing, as on network folders; ms. */
  readonly pollMs?: number;
  /** Told when the file cannot be read or `onChange` rejects; the watch goes on. */
  readonly onError: (error: unknown) => void;
}

const defaultPollMs = 2000;

/**
 * Calls `onChange` with the current snapshots now and after every change, never twice at the same time, until the signal
 * aborts. What is replaced while `onChange` still works may be left out in favour of what is newest.
 */
export function watchCurrentSnapshots(
  dir: string,
  onChange: (snapshots: readonly Snapshot[]) => void | Promise<void>,
  { signal, pollMs = defaultPollMs, onError }: WatchOptions,
): void {
  if (signal.aborted) return;
  const file = currentSnapshotsFile(dir);
  let seen: { text: string | undefined } | undefined;
  const look = async () => {
    const text = await readText(file);
    if (signal.aborted || (seen !== undefined && seen.text === text)) return;
    seen = { text };
    await onChange(parseCurrent(file, text));
  };
  const lookAgain = coalesce(() => look().catch(onError));
  const timer = setInterval(lookAgain, pollMs);
  timer.unref();
  const watcher = watchFolder(dir, lookAgain);
  const stop = () => {
    clearInterval(timer);
    watcher?.close();
  };
  signal.addEventListener("abort", stop, { once: true });
  lookAgain();
}

/** While a call runs, any number of further calls become one, which follows it. */
function coalesce(task: () => Promise<void>): () => void {
  let running = false;
  let again = false;
  return function call(): void {
    again = running;
    if (running) return;
    running = true;
    void task().finally(() => {
      running = false;
      if (again) call();
    });
  };
}

/** The folder is watched and not the file, because a rename gives the file another identity. */
function watchFolder(dir: string, onEvent: () => void) {
  try {
    const watcher = watch(dir, { persistent: false }, (_, name) => {
      if (name === null || basename(name) === fileName) onEvent();
    });
    // A folder that disappears or a system without free watches leaves the poll.
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw warehouseError["current-file-unreadable"]({ file, reason }, { at: { file }, cause: error });
  }
}

function parseCurrent(file: string, text: string | undefined): Snapshot[] {
  if (text === undefined) return [];
  const refuse = (reason: string, cause?: unknown) =>
    warehouseError["current-file-unreadable"]({ file, reason }, { at: { file }, cause });
  let parsed: { formatVersion?: unknown; snapshots?: unknown };
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw refuse("it is not JSON", error);
  }
  if (parsed?.formatVersion !== formatVersion) {
    throw refuse(`its format is ${String(parsed?.formatVersion)}, and this version reads ${formatVersion}`);
  }
  if (!Array.isArray(parsed.snapshots)) throw refuse("it lists no snapshots");
  return parsed.snapshots as Snapshot[];
}
