import { cpSync } from "node:fs";
import { mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openPglite } from "@thoth/control/pglite-store";

const packages = join(import.meta.dirname, "../../../node_modules");

/**
 * Puts a new, empty embedded store at `dataDir`, for `openControl({ dataDir })` or a command with that `MESH_HOME`.
 * Copies one that was made before, which takes a tenth of the time of making one.
 */
export async function seedControlStore(dataDir: string): Promise<void> {
  const template = join(packages, ".cache", "thoth-mesh", `pglite-${await engineVersion()}`);
  if (!(await isThere(template))) await makeTemplate(template);
  await mkdir(dirname(dataDir), { recursive: true });
  // A thousand small files: the synchronous copy takes a third of the time.
  cpSync(template, dataDir, { recursive: true, errorOnExist: true, force: false });
}

/** Test files run at the same time: each makes its own, the first one's stays. */
async function makeTemplate(template: string): Promise<void> {
  const aside = `${template}.${process.pid}`;
  await (await openPglite(aside))[Symbol.asyncDispose]();
  await rename(aside, template).catch(async (error) => {
    await rm(aside, { recursive: true, force: true });
    if (!(await isThere(template))) throw error;
  });
}

async function engineVersion(): Promise<string> {
  const entry = fileURLToPath(import.meta.resolve("@electric-sql/pglite"));
  const manifest = await readFile(join(dirname(entry), "..", "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
