import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Says, beside the segments, how far they have landed for good. Written by whoever lands them, who need not be the
 * process that collects; of use only to remove what is no longer needed, so it may lag behind.
 * @param segment all records of earlier segments have landed
 */
export async function writeLanded(folder: string, segment: number): Promise<void> {
  const file = join(folder, "landed.json");
  if ((await readLanded(folder)) === segment) return;
  const draft = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(draft, `${JSON.stringify({ segment })}\n`, { mode: 0o600 });
    await rename(draft, file);
  } catch (failure) {
    // The folder of a stream that nothing has ever come for.
    if ((failure as NodeJS.ErrnoException).code !== "ENOENT") throw failure;
  }
}

/** Undefined when nothing is known. */
export async function readLanded(folder: string): Promise<number | undefined> {
  try {
    const { segment } = JSON.parse(await readFile(join(folder, "landed.json"), "utf8")) as { segment?: unknown };
    return Number.isSafeInteger(segment) ? (segment as number) : undefined;
  } catch {
    return undefined;
  }
}
