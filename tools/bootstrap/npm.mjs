import { spawnSync } from "node:child_process";
import { basename } from "node:path";
import { runChild, startedByNpm } from "../../platform/cli/bin/run-node.mjs";
import { SetupError } from "./progress.mjs";

/**
 * Runs the npm that started this, on the Node it runs on: the copy in node_modules is about to be replaced.
 * @param {readonly string[]} args
 * @param {{ cwd: string, onStart?: (pid: number) => void }} options
 * @returns {Promise<number>} the exit code
 */
export async function runNpm(args, options) {
  const { file, prefix, shell } = npmCommand();
  try {
    const detached = process.platform !== "win32";
    return await runChild(file, [...prefix, ...args], {
      ...options,
      shell,
      detached,
      stop,
      endWithParent: startedByNpm(),
    });
  } catch (cause) {
    throw npmMissing(cause);
  }
}

/** @returns {string} such as `11.19.1` */
export function npmVersion() {
  const { file, prefix, shell } = npmCommand();
  const { error, stdout } = spawnSync(file, [...prefix, "--version"], { encoding: "utf8", shell });
  if (error) throw npmMissing(error);
  return stdout.trim();
}

/**
 * Ends npm and the install scripts it runs at once. Left to itself it goes on for a while, for nothing: after an
 * interruption `npm ci` starts over in any case.
 * @param {import("node:child_process").ChildProcess} child
 */
function stop(child) {
  if (child.pid === undefined || process.platform === "win32") child.kill();
  else process.kill(-child.pid, "SIGKILL");
}

function npmCommand() {
  const script = process.env.npm_execpath ?? "";
  if (basename(script) !== "npm-cli.js") return { file: "npm", prefix: [], shell: process.platform === "win32" };
  return { file: process.env.npm_node_execpath ?? process.execPath, prefix: [script], shell: false };
}

/** @param {unknown} cause */
function npmMissing(cause) {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SetupError(
    `npm could not be started (${reason})`,
    "install npm, which comes with Node, and run the command again",
  );
}
