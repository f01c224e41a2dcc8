import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runSource } from "../../platform/cli/bin/run-node.mjs";
import { installDependencies } from "./install-dependencies.mjs";
import { SetupError, say } from "./progress.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const anchor = join(root, "package.json");

/** @type {Record<string, () => string[]>} what each command runs once the dependencies are there */
const programs = {
  start: () => [join(root, "platform/cli/src/main.ts"), "up"],
  test: () => [join(dirname(createRequire(anchor).resolve("vitest/package.json")), "vitest.mjs"), "run"],
};

/**
 * `install`, `start` or `test`, followed by arguments for what it runs.
 * @param {readonly string[]} argv
 */
export async function launch([command = "", ...args]) {
  try {
    process.exitCode = await prepareAndRun(command, args);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${error.message}\n  hint ${error.hint}\n`);
    process.exitCode = error.exitCode;
  }
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
async function prepareAndRun(command, args) {
  const program = programs[command];
  if (!program && command !== "install") throw unknownCommand(command);
  const node = await installDependencies(root);
  if (!program) return 0;
  if (node !== process.execPath) say(`running on ${node} (the node that started this is ${process.version})`);
  process.chdir(root);
  return runSource(node, [...program(), ...args]);
}

/** @param {string} command */
function unknownCommand(command) {
  const known = ["install", ...Object.keys(programs)].join(", ");
  return new SetupError(`unknown command "${command}"`, `use one of: ${known}`, 2);
}
