import { cpSync, existsSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inject } from "vitest";

type Make = () => Promise<{ readonly root: string } & AsyncDisposable>;

/**
 * A folder that the first test file to ask for it makes, and all others of the same run of tests find. Who asks while it
 * is being made waits for it. Nobody may change it: work on copies.
 * @throws Error when its maker was killed
 */
export async function madeOnce(name: string, make: Make): Promise<string> {
  const kept = join(inject("madeOnce"), name);
  const claim = `${kept}.claim`;
  while (!existsSync(kept)) {
    // Whose maker fails is made by the next one, who then fails in the same manner.
    if (await claims(claim)) await makeAt(kept, make).finally(() => rm(claim));
    else if (await isForsaken(claim)) throw new Error(`who made ${name} was killed`);
    else await sleep(100);
  }
  return kept;
}

async function claims(claim: string): Promise<boolean> {
  try {
    await writeFile(claim, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Whether its process is gone, and did not take the claim back before. */
async function isForsaken(claim: string): Promise<boolean> {
  const pid = Number(await textOf(claim));
  if (pid === 0 || isAlive(pid)) return false;
  return Number(await textOf(claim)) === pid;
}

/** Empty while it is being written, and when it has gone. */
function textOf(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

async function makeAt(kept: string, make: Make): Promise<void> {
  // Another one may have ended between the look and the claim.
  if (existsSync(kept)) return;
  await using made = await make();
  await rename(made.root, kept);
}

/** A thousand small files, most of them the engine's: the synchronous copy takes a fraction of the time. */
export function copyTree(from: string, to: string): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}
