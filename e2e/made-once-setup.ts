import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Folder for what the files of one run share; removed when all have ended. */
    readonly madeOnce: string;
  }
}

/** Before the first test file of a run, and after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtempDisposable(join(tmpdir(), "mesh-made-once-"));
  project.provide("madeOnce", dir.path);
  return () => dir.remove();
}
