import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ReadCount, UsageBatch, UsageSink } from "@thoth/contract/impact/read-count";
import type { Clock } from "@thoth/kernel/clock";
import type { UsageStore } from "./usage-store.ts";

/** Where a process leaves its counts that may not write the control plane. Disposing says that it adds no more. */
export interface UsageFile extends UsageSink, AsyncDisposable {}

const dayMs = 86_400_000;

/**
 * Appends batches, a line of JSON each, to a file a day: `2026-03-18-<writer>.ndjson`. Whoever owns the control plane
 * takes them in from there.
 */
export function openUsageFile(folder: string, clock: Clock): UsageFile {
  const files = new Set<string>();
  return {
    save: async (batch) => {
      await mkdir(folder, { recursive: true });
      const file = join(folder, `${dayOf(clock())}-${batch.writer}.ndjson`);
      await using handle = await open(file, "a", 0o600);
      files.add(file);
      await append(handle, batch);
    },
    [Symbol.asyncDispose]: async () => {
      for (const file of files) await rename(file, file.replace(/ndjson$/, "done.ndjson"));
      files.clear();
    },
  };
}

/** Begins a line of its own even behind one that was cut off in the middle. */
async function append(handle: FileHandle, batch: UsageBatch): Promise<void> {
  await handle.writeFile(`\n${JSON.stringify(batch)}\n`);
  await handle.datasync();
}

export interface UsageIntakeOptions {
  readonly clock: Clock;
  /** Told of lines that cannot be read; they are left out. */
  readonly onDamage: (file: string) => void;
}

/** Takes in what other processes have left in a folder. A batch that was taken in before counts nothing. */
export class UsageIntake {
  readonly #folder: string;
  readonly #store: Pick<UsageStore, "save">;
  readonly #options: UsageIntakeOptions;
  /** File → characters that were taken in. */
  readonly #taken = new Map<string, number>();

  constructor(folder: string, store: Pick<UsageStore, "save">, options: UsageIntakeOptions) {
    this.#folder = folder;
    this.#store = store;
    this.#options = options;
  }

  /** Removes the files to which nobody adds any more. */
  async takeIn(): Promise<void> {
    for (const name of await this.#names()) {
      const file = join(this.#folder, name);
      await this.#takeFile(file);
      if (!isFinal(name, this.#options.clock())) continue;
      await rm(file, { force: true });
      this.#taken.delete(file);
    }
  }

  async #names(): Promise<string[]> {
    const names = await readdir(this.#folder).catch(absent);
    return (names ?? []).filter((name) => name.endsWith(".ndjson")).toSorted();
  }

  async #takeFile(file: string): Promise<void> {
    const text = await readFile(file, "utf8").catch(absent);
    if (text === undefined) return;
    // Behind the last line end stands what is still being written.
    const end = text.lastIndexOf("\n") + 1;
    const lines = text.slice(this.#taken.get(file) ?? 0, end).split("\n");
    const written = lines.filter((line) => line !== "");
    const batches = written.flatMap((line) => parseBatch(line) ?? []);
    for (const batch of batches) await this.#store.save(batch);
    if (batches.length < written.length) this.#options.onDamage(file);
    this.#taken.set(file, end);
  }
}

/** Writers begin a new file every day; a day in between allows for clocks that differ. */
function isFinal(name: string, now: number): boolean {
  return name.endsWith(".done.ndjson") || name.slice(0, 10) < dayOf(now - dayMs);
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function parseBatch(line: string): UsageBatch | undefined {
  try {
    const batch = JSON.parse(line) as UsageBatch;
    const isBatch = typeof batch.writer === "string" && Number.isInteger(batch.sequence) && batch.counts.every(isCount);
    return isBatch ? batch : undefined;
  } catch {
    return undefined;
  }
}

function isCount({ hour, product, version, columns, consumer, reads, ...optional }: ReadCount): boolean {
  const { domain = "", purpose = "", kind = "", port = "" } = optional;
  const texts = [product, version, consumer, domain, purpose, kind, port, ...columns];
  return [hour, reads].every(Number.isSafeInteger) && reads > 0 && texts.every((text) => typeof text === "string");
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
