import { chmodSync, copyFileSync, linkSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { nodePackage } from "../../platform/cli/bin/run-node.mjs";
import { runNpm } from "./npm.mjs";
import { SetupError, timed } from "./progress.mjs";

const quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

/**
 * Puts the executable into the package `node`. Its install script does, unless npm was told not to run it
 * (`ignore-scripts`, or the policy of newer npm releases).
 * @param {string} root
 * @param {(pid: number) => void} onStart
 * @returns {Promise<string>} path of the executable
 */
export async function fetchNode(root, onStart) {
  const folder = nodePackage(join(root, "package.json"));
  if (!folder) throw new SetupError("npm left out the package `node`", "delete node_modules and run the command again");
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const name = platformPackage();
  await timed(`installing Node ${version} (${name})`, () => installAlone(folder, `${name}@${version}`, onStart));
  const executable = linkExecutable(folder, name);
  // While there was no executable, npm made no link to it in node_modules/.bin, where its scripts look for Node.
  await runNpm(["rebuild", "node", ...quietly], { cwd: root, onStart });
  return executable;
}

/**
 * @param {string} folder
 * @param {string} what name and version
 * @param {(pid: number) => void} onStart
 */
async function installAlone(folder, what, onStart) {
  const code = await runNpm(["install", "--no-save", what, ...quietly], { cwd: folder, onStart });
  if (code === 0) return;
  const hint = `the npm registry must serve ${what}; or put Node 24 first on PATH yourself`;
  throw new SetupError(`npm could not install ${what} (exit code ${code})`, hint, code > 128 ? code : 1);
}

/** Named as the package `node` names them. */
function platformPackage() {
  const { platform, arch } = process;
  const prefix = platform === "darwin" && arch === "arm64" ? "node-bin" : "node";
  return [prefix, platform === "win32" ? "win" : platform, arch].join("-");
}

/**
 * @param {string} folder of the package `node`
 * @param {string} name of the package with the executable
 */
function linkExecutable(folder, name) {
  const manifest = createRequire(join(folder, "package.json")).resolve(`${name}/package.json`);
  const executable = JSON.parse(readFileSync(manifest, "utf8")).bin.node;
  const target = join(folder, executable);
  mkdirSync(dirname(target), { recursive: true });
  rmSync(target, { force: true });
  linkOrCopy(join(dirname(manifest), executable), target);
  chmodSync(target, 0o755);
  return target;
}

/**
 * @param {string} from
 * @param {string} to
 */
function linkOrCopy(from, to) {
  try {
    linkSync(from, to);
  } catch {
    // Some file systems have no hard links.
    copyFileSync(from, to);
  }
}
