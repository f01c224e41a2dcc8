import { cp, mkdir, readdir, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";

/** What a clone would not have, or has made itself. */
const leftOut = new Set([".git", "node_modules", "var", "dist", "coverage", ".turbo"]);

/**
 * A copy of the repository as a clone with its dependencies installed: packages of the workspace are the copy's own, all
 * others are links. Gone when disposed.
 */
export async function copyRepository(root: string): Promise<TempDir> {
  const copy = await tempDir("mesh-template-test-");
  await cp(root, copy.path, { recursive: true, filter: (source) => !leftOut.has(basename(source)) });
  await linkDependencies(join(root, "node_modules"), join(copy.path, "node_modules"));
  await linkWorkspace(copy.path);
  return copy;
}

async function linkDependencies(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const name of await readdir(from)) {
    if (name !== "@thoth" && !name.startsWith(".cache")) await symlink(join(from, name), join(to, name));
  }
}

async function linkWorkspace(root: string): Promise<void> {
  const scope = join(root, "node_modules/@thoth");
  await mkdir(scope);
  for (const name of await readdir(join(root, "platform"))) {
    if (name.includes(".")) continue;
    await symlink(join(root, "platform", name), join(scope, name));
  }
  await symlink(join(root, "gateway/server"), join(scope, "gateway"));
}
