import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

const peers = join(import.meta.dirname, "../peers");

/** Installs the peers as their lockfile says, unless that has been done since it was written. */
export async function installPeers(log: (line: string) => void): Promise<void> {
  const installed = join(peers, "node_modules/.package-lock.json");
  const lockfile = join(peers, "package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lockfile).mtimeMs) return;
  log("installing the servers to compare with (bench/peers)");
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  // npm is a script on Windows, which only a shell can start.
  const shell = process.platform === "win32";
  const child = spawn("npm", args, { cwd: peers, stdio: ["ignore", "ignore", "inherit"], shell });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`npm ci in bench/peers ended with ${code}`);
}
