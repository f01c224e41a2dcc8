import { open, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder, replaceFile } from "@thoth/kernel/replace-file";
import { ingestError } from "../errors.ts";
import type { SourceKey } from "./source-key.ts";

/** @returns `keys/collector.json` of a home */
export function keyFile(home: string): string {
  return join(home, "keys", "collector.json");
}

/** All keys, revoked ones too; none when there is no file. @throws MeshError `ingest/key-file` */
export async function readSourceKeys(file: string): Promise<readonly SourceKey[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw failure;
  }
  try {
    const { keys } = JSON.parse(text) as { keys: readonly SourceKey[] };
    if (Array.isArray(keys)) return keys;
  } catch (cause) {
    throw ingestError["key-file"]({ file }, { cause, at: { file } });
  }
  throw ingestError["key-file"]({ file }, { at: { file } });
}

/**
 * Replaces the keys by what `change` makes of them, as a whole and durably. One at a time: a second command finds the file
 * of the first and is refused.
 * @throws MeshError `ingest/key-file`, `ingest/key-file-busy`
 */
export async function changeSourceKeys(
  file: string,
  change: (keys: readonly SourceKey[]) => readonly SourceKey[],
): Promise<void> {
  await makeFolder(dirname(file), 0o700);
  const busy = `${file}.busy`;
  await using stack = new AsyncDisposableStack();
  await (await openBusy(busy)).close();
  stack.defer(() => rm(busy, { force: true }));
  const keys = change(await readSourceKeys(file));
  await replaceFile(file, `${JSON.stringify({ keys }, null, 2)}\n`, { mode: 0o600 });
}

async function openBusy(busy: string) {
  try {
    return await open(busy, "wx", 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw ingestError["key-file-busy"]({ file: busy }, { cause, at: { file: busy } });
  }
}

/** Keys that follow their file: a new or revoked key counts within a second. */
export class KeyRing {
  readonly #file: string;
  #keys: readonly SourceKey[] = [];
  #readAt = Number.NEGATIVE_INFINITY;
  #stamp = "";

  constructor(file: string) {
    this.#file = file;
  }

  /** @param now epoch ms */
  async keys(now: number): Promise<readonly SourceKey[]> {
    if (Math.abs(now - this.#readAt) < 1000) return this.#keys;
    this.#readAt = now;
    const stamp = await stampOf(this.#file);
    if (stamp === this.#stamp) return this.#keys;
    this.#keys = await readSourceKeys(this.#file);
    this.#stamp = stamp;
    return this.#keys;
  }
}

async function stampOf(file: string): Promise<string> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  return found === undefined ? "none" : `${found.ino} ${found.mtimeNs} ${found.size}`;
}
