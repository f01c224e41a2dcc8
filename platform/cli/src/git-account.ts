import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** `Ada <ada@example.org>` as git knows whoever works in a folder; undefined when it knows nobody. */
export async function gitAccount(cwd: string): Promise<string | undefined> {
  const [name, address] = await Promise.all([setting("user.name", cwd), setting("user.email", cwd)]);
  if (name === undefined && address === undefined) return undefined;
  return address === undefined ? name : `${name ?? ""} <${address}>`.trim();
}

/** Git ends with an error for what is not set; without git nothing is. */
async function setting(name: string, cwd: string): Promise<string | undefined> {
  try {
    const { stdout } = await run("git", ["config", "--get", name], { cwd });
    return stdout.trim() === "" ? undefined : stdout.trim();
  } catch {
    return undefined;
  }
}
