import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, glob, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { openControl } from "@thoth/control/open-control";
import { tempDir } from "@thoth/testing/temp-dir";
import { repository } from "./mesh-process.ts";

/** What an empty control plane is made of; another one is made when any of it changes. */
const madeOf = ["platform/control/src/migrations/*.ts", "node_modules/@electric-sql/pglite/package.json"];

/**
 * Gives a project a control plane without runs. Making one takes the engine seconds, so it is made once and copied; that a
 * mesh makes its own is what the tests of a first start show.
 */
export async function copyEmptyControl(dataDir: string): Promise<void> {
  const kept = join(repository, "node_modules/.cache/thoth-e2e", await fingerprint());
  if (!existsSync(kept)) await make(kept);
  await cp(kept, dataDir, { recursive: true });
}

async function make(kept: string): Promise<void> {
  await using dir = await tempDir();
  const control = await openControl({ dataDir: join(dir.path, "control") });
  await control[Symbol.asyncDispose]();
  const aside = `${kept}.${process.pid}`;
  await cp(join(dir.path, "control"), aside, { recursive: true });
  // Another test file may have been faster; theirs is as good.
  await rename(aside, kept).catch(() => rm(aside, { recursive: true }));
}

async function fingerprint(): Promise<string> {
  const hash = createHash("sha256");
  const files = await Array.fromAsync(glob(madeOf, { cwd: repository }));
  for (const file of files.sort()) hash.update(await readFile(join(repository, file)));
  return hash.digest("hex").slice(0, 16);
}
