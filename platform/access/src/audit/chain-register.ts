import { randomUUID } from "node:crypto";
import { link, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { registerName } from "./audit-files.ts";
import type { AuditKey } from "./audit-record.ts";
import { type ReadNote, readNote, writeNote } from "./signed-note.ts";

/** The newest chains of a trail, signed. Older ones are named by those that were begun after them. */
export interface ChainRegister {
  /** Oldest first. */
  readonly chains: readonly string[];
}

/** More than a chain names before it, so that every chain is named here or by one that is. */
const mostNamed = 64;

export function readRegister(folder: string, key: AuditKey): Promise<ReadNote<ChainRegister>> {
  return readNote<ChainRegister>(join(folder, registerName), key);
}

/**
 * Adds a chain that is about to begin. Processes do so one after another. A register that is not as it was signed is
 * evidence, and stays.
 */
export async function registerChain(folder: string, chain: string, key: AuditKey): Promise<void> {
  await using _ = await takeTurn(join(folder, `${registerName}.busy`));
  const register = await readRegister(folder, key);
  if (register.kind === "forged") return;
  const before = register.kind === "signed" ? register.content.chains : [];
  await writeNote(join(folder, registerName), { chains: [...before, chain].slice(-mostNamed) }, key);
}

const lookAgainMs = 20;
/** Nobody takes so long who is alive. */
const staleMs = 10_000;

async function takeTurn(busy: string): Promise<AsyncDisposable> {
  for (;;) {
    try {
      await using handle = await open(busy, "wx", 0o600);
      await handle.writeFile(String(process.pid));
      return { [Symbol.asyncDispose]: () => rm(busy, { force: true }) };
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code !== "EEXIST") throw failure;
    }
    if (await isLeft(busy)) await takeAway(busy);
    else await wait(lookAgainMs);
  }
}

/** Renamed before it is looked at again, so that it is not another's turn that is ended. */
async function takeAway(busy: string): Promise<void> {
  const aside = `${busy}.${randomUUID()}`;
  try {
    await rename(busy, aside);
    if (await isLeft(aside)) return;
    // Somebody has taken the turn meanwhile: it is given back, unless yet another one has.
    await link(aside, busy).catch(() => undefined);
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== "ENOENT") throw failure;
  } finally {
    await rm(aside, { force: true });
  }
}

/** Whether its process has ended, or it has lain there for longer than any turn lasts. */
async function isLeft(busy: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(busy);
    const pid = Number(await readFile(busy, "utf8"));
    return Date.now() - mtimeMs > staleMs || (pid > 0 && !isAlive(pid));
  } catch {
    // Given back in the meantime.
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (failure) {
    return (failure as NodeJS.ErrnoException).code === "EPERM";
  }
}
