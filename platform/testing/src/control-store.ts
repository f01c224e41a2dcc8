import { createHash } from "node:crypto";
import { cpSync } from "node:fs";
import { glob, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openControl } from "@thoth/control/open-control";

const packages = join(import.meta.dirname, "../../../node_modules");

/**
 * Puts a new, empty control plane at `dataDir`, for `openControl({ dataDir })` or a command with that `MESH_HOME`. Copies
 * one that was made before, which takes a tenth of the time of making one.
 */
export async function seedControlStore(dataDir: string): Promise<void> {
  const template = join(packages, ".cache", "thoth-mesh", `control-${await fingerprint()}`);
  if (!(await isThere(template))) await makeTemplate(template);
  await mkdir(dirname(dataDir), { recursive: true });
  // A thousand small files: the synchronous copy takes a third of the time.
  cpSync(template, dataDir, { recursive: true, errorOnExist: true, force: false });
}

/** Test files run at the same time: each makes its own, the first one's stays. */
async function makeTemplate(template: string): Promise<void> {
  const aside = `${template}.${process.pid}`;
  await (await openControl({ dataDir: aside }))[Symbol.asyncDispose]();
  await rename(aside, template).catch(async (error) => {
    await rm(aside, { recursive: true, force: true });
    if (!(await isThere(template))) throw error;
  });
}

/** Of what it is made of: the engine and the steps of its tables. */
async function fingerprint(): Promise<string> {
  const engine = join(dirname(fileURLToPath(import.meta.resolve("@electric-sql/pglite"))), "../package.json");
  const control = dirname(fileURLToPath(import.meta.resolve("@thoth/control/migrations")));
  const steps = await Array.fromAsync(glob("{migrations.ts,migrations/*.ts}", { cwd: control }));
  const hash = createHash("sha256");
  for (const file of [engine, ...steps.sort().map((step) => join(control, step))]) hash.update(await readFile(file));
  return hash.digest("hex").slice(0, 16);
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
