import { cpSync, existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { inject } from "vitest";

/**
 * A folder that the first test file to ask for it makes, and all others of the same run of tests find. Nobody may change
 * it: work on copies.
 */
export async function madeOnce(
  name: string,
  make: () => Promise<{ readonly root: string } & AsyncDisposable>,
): Promise<string> {
  const kept = join(inject("madeOnce"), name);
  if (existsSync(kept)) return kept;
  await using made = await make();
  const aside = `${kept}.${process.pid}`;
  copyTree(made.root, aside);
  // Another test file may have been faster; theirs is as good.
  await rename(aside, kept).catch(() => rm(aside, { recursive: true }));
  return kept;
}

/** A thousand small files, most of them the engine's: the synchronous copy takes a fraction of the time. */
export function copyTree(from: string, to: string): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}
