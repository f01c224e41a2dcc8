import { existsSync } from "node:fs";
import { join } from "node:path";
import { findNode } from "../../platform/cli/bin/run-node.mjs";
import { fetchNode } from "./fetch-node.mjs";
import { withInstallLock } from "./install-lock.mjs";
import { clearStamp, isInstalled, isStamped, writeStamp } from "./install-state.mjs";
import { linkPostgresLibraries } from "./link-postgres-libraries.mjs";
import { npmVersion, runNpm } from "./npm.mjs";
import { SetupError, timed } from "./progress.mjs";

/**
 * Installs what the lockfile names and is not there yet. Of two processes that need it, one installs and the other waits.
 * @param {string} root folder of the workspace
 * @returns {Promise<string>} path of a Node that is new enough
 * @throws {SetupError}
 */
export async function installDependencies(root) {
  const anchor = join(root, "package.json");
  const ready = () => (isStamped(root) ? findNode(anchor) : undefined);
  return (
    ready() ?? withInstallLock(join(root, ".install-lock"), async (shareWith) => ready() ?? install(root, shareWith))
  );
}

/**
 * @param {string} root
 * @param {(pid: number) => void} onStart
 */
async function install(root, onStart) {
  if (!isInstalled(root)) {
    clearStamp(root);
    await timed(`installing dependencies with npm ${npmVersion()} (up to a minute)`, () => npmCi(root, onStart));
  }
  linkPostgresLibraries(root);
  const node = findNode(join(root, "package.json")) ?? (await fetchNode(root, onStart));
  writeStamp(root);
  return node;
}

/**
 * Includes the development tools whatever `NODE_ENV` says: Node itself is one of them.
 * @param {string} root
 * @param {(pid: number) => void} onStart
 */
async function npmCi(root, onStart) {
  const flags = [
    "--include=dev",
    "--include=optional",
    "--engine-strict=false",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ];
  const code = await runNpm(["ci", ...flags], { cwd: root, onStart });
  if (code === 0) return;
  if (code > 128) throw new SetupError("the installation was interrupted", "run the command again to finish it", code);
  throw new SetupError(`npm ci failed with exit code ${code}`, failureHint(root));
}

/** @param {string} root */
function failureHint(root) {
  if (!existsSync(join(root, "package-lock.json"))) return "package-lock.json is missing: check the project out again";
  return `npm says why above; the registry must be reachable, ${root} writable, and the lockfile in step with every package.json`;
}
