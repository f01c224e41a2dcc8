import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Older releases cannot run TypeScript without a build step. */
export const requiredMajor = 24;

/** @param {string} version such as `24.21.0` */
export function isNewEnough(version) {
  return Number.parseInt(version, 10) >= requiredMajor;
}

/**
 * The Node that runs the mesh: the running one when it is new enough, else the copy among the dependencies.
 * @param {string | URL} from a file of the project; the copy is looked up as an import of this file would be
 * @returns {string | undefined} path of the executable
 */
export function findNode(from) {
  const own = isNewEnough(process.versions.node) && existsSync(process.execPath);
  return own ? process.execPath : installedNode(from);
}

/**
 * The copy of Node among the dependencies, whatever runs this.
 * @param {string | URL} from a file of the project
 * @returns {string | undefined} path of the executable; undefined when it is not installed, or only half
 */
export function installedNode(from) {
  const folder = nodePackage(from);
  const file = folder && join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
  return file && existsSync(file) ? file : undefined;
}

/**
 * @param {string | URL} from a file of the project
 * @returns {string | undefined} folder of the npm package `node`
 */
export function nodePackage(from) {
  try {
    return dirname(createRequire(from).resolve("node/package.json"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

/** Compiled code is kept here between runs: a command answers in half the time. */
const compileCache = fileURLToPath(new URL("../../../node_modules/.cache/node", import.meta.url));

/**
 * Runs a TypeScript file of the workspace on a Node that is new enough, so that packages resolve to their sources.
 * @param {string} node path of the executable
 * @param {readonly string[]} args file and arguments
 */
export function runSource(node, args) {
  const path = [dirname(node), process.env.PATH ?? ""].join(delimiter);
  const env = { NODE_COMPILE_CACHE: compileCache, ...process.env, PATH: path };
  return runChild(node, ["--conditions=thoth-source", ...args], { env, endWithParent: startedByNpm() });
}

/** True under `npm start`, `npm test` and `npx mesh`, but not in what such a command starts in turn. */
export function startedByNpm() {
  const { npm_lifecycle_event: event, npm_lifecycle_script: script = "" } = process.env;
  return event === "npx" || script.includes(basename(process.argv[1] ?? ""));
}

/**
 * @typedef {import("node:child_process").ChildProcess} ChildProcess
 *
 * @typedef {object} ChildOptions
 * @property {(pid: number) => void} [onStart]
 * @property {(child: ChildProcess, signal: NodeJS.Signals) => void} [stop] passes a signal on; see `passOn`
 * @property {boolean} [endWithParent] ends the child when this process loses its parent. npm runs scripts in a shell,
 *   and a signal sent to npm ends that shell, which tells nobody.
 */

/**
 * Runs a child on this process's own terminal until it ends; signals sent to this process reach the child.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions & ChildOptions} [options]
 * @returns {Promise<number>} the exit code; 128 + n when signal n ended it, as shells have it
 */
export function runChild(file, args, { onStart, stop = passOn, endWithParent = false, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: "inherit", ...options });
    if (child.pid !== undefined) onStart?.(child.pid);
    const release = watchSignals((signal) => stop(child, signal), endWithParent);
    child.once("error", (error) => {
      release();
      reject(error);
    });
    child.once("exit", (code, signal) => {
      release();
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}

/**
 * A terminal sends Ctrl-C to every process at once: passing it on as well would look like a second, impatient one.
 * @param {ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function passOn(child, signal) {
  if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
}

/**
 * @param {(signal: NodeJS.Signals) => void} onSignal
 * @param {boolean} endWithParent
 * @returns {() => void} stops watching
 */
function watchSignals(onSignal, endWithParent) {
  /** @type {NodeJS.Signals[]} */
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, onSignal);
  const stopWatching = endWithParent ? watchParent(() => onSignal("SIGTERM")) : () => undefined;
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
    stopWatching();
  };
}

/** @param {() => void} onLost called once, when the process that started this one has ended */
function watchParent(onLost) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onLost();
  }, 200);
  return () => clearInterval(timer);
}
