import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {object} LockedPackage one entry of `packages` in a package-lock.json
 * @property {string} [version]
 * @property {boolean} [link] a package of this workspace
 * @property {boolean} [optional]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 *
 * @typedef {Record<string, LockedPackage>} LockedPackages keyed by folder
 */

/** @param {string} root */
const stampFile = (root) => join(root, "node_modules", ".thoth-mesh-stamp");

/**
 * True when this bootstrap installed, or found installed, what the lockfile names.
 * @param {string} root
 */
export function isStamped(root) {
  return readIfThere(stampFile(root)) === expectedStamp(root);
}

/**
 * True when npm's own record of the last install agrees with the lockfile, whoever ran npm.
 * @param {string} root
 */
export function isInstalled(root) {
  const installed = readIfThere(join(root, "node_modules", ".package-lock.json"));
  const locked = readIfThere(join(root, "package-lock.json"));
  if (installed === undefined || locked === undefined) return false;
  return missingPackages(JSON.parse(locked).packages, JSON.parse(installed).packages, process).length === 0;
}

/**
 * Folders of the lockfile's packages that are absent from what npm says it installed, or there in another version.
 * @param {LockedPackages} locked
 * @param {LockedPackages} installed npm's own record of the last install
 * @param {{ platform: string, arch: string }} machine
 */
export function missingPackages(locked, installed, machine) {
  return Object.entries(locked)
    .filter(([folder, entry]) => folder.includes("node_modules/") && isNeeded(entry, machine))
    .filter(([folder, entry]) => installed[folder] === undefined || installed[folder].version !== entry.version)
    .map(([folder]) => folder);
}

/**
 * Optional packages are needed only when they are made for this very machine; which C library it has npm knows better.
 * @param {LockedPackage} entry
 * @param {{ platform: string, arch: string }} machine
 */
function isNeeded(entry, machine) {
  if (!entry.optional) return true;
  return entry.os?.includes(machine.platform) === true && entry.cpu?.includes(machine.arch) === true && !entry.libc;
}

/** @param {string} root */
export function clearStamp(root) {
  rmSync(stampFile(root), { force: true });
}

/** @param {string} root */
export function writeStamp(root) {
  writeFileSync(stampFile(root), expectedStamp(root));
}

/**
 * Binaries belong to a platform: a folder carried to another machine is installed anew.
 * @param {string} root
 */
function expectedStamp(root) {
  const lockfile = readIfThere(join(root, "package-lock.json")) ?? "";
  return `${createHash("sha256").update(lockfile).digest("hex")} ${process.platform} ${process.arch}\n`;
}

/**
 * @param {string} file
 * @returns {string | undefined}
 */
function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
