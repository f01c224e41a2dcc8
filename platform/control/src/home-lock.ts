import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join, resolve } from "node:path";
import { controlError } from "./errors.ts";
import { type HomeOwner, readOwnerFile, removeOwnerFile, writeOwnerFile } from "./home-owner.ts";
import { type ChainLink, currentLink, giveBack, takeNext } from "./lock-chain.ts";
import { processStart } from "./process-identity.ts";

export type { HomeOwner } from "./home-owner.ts";

/** The right to be the one process that writes a home. Given back when disposed, and by dying. */
export interface HomeLock extends Disposable {
  /** Absolute. */
  readonly home: string;
  /** Tells other processes of this machine's user where this one can be reached. */
  announce(service: { readonly url: string; readonly operatorKey: string }): void;
}

/** Who holds a link of the chain; `take` makes each one's text unique. */
interface Holder {
  readonly pid: number;
  readonly start: string;
  readonly host: string;
}

/**
 * Takes a home for this process. A lock whose process is dead is taken over, also when its pid lives on in another.
 * @param now epoch ms, when this process began its work
 * @throws MeshError `control/home-in-use`, `control/home-on-other-machine`, `control/home-not-writable`
 */
export function lockHome(home: string, { now, pid }: { now: number; pid: number }): HomeLock {
  const folder = resolve(home);
  writing(folder, () => makeFolders(folder));
  const link = writing(folder, () =>
    takeLink(folder, { pid, start: processStart(pid) ?? "unknown", host: hostname() }),
  );
  const owner: HomeOwner = { pid, startedAt: now };
  writing(folder, () => writeOwnerFile(folder, owner));
  let held = true;
  return {
    home: folder,
    announce: ({ url, operatorKey }) => writeOwnerFile(folder, { ...owner, url, operatorKey }),
    [Symbol.dispose]() {
      if (!held) return;
      held = false;
      removeOwnerFile(folder, pid);
      giveBack(link);
    },
  };
}

/** The living process that holds a home, and where it can be reached once it has announced itself. */
export function readOwner(home: string): HomeOwner | undefined {
  const folder = resolve(home);
  const holder = parseHolder(currentLink(lockFolder(folder)).content);
  if (holder === undefined || isGone(holder)) return undefined;
  const owner = readOwnerFile(folder);
  return owner?.pid === holder.pid ? owner : undefined;
}

function takeLink(home: string, self: Holder): ChainLink {
  for (;;) {
    const link = currentLink(lockFolder(home));
    const holder = parseHolder(link.content);
    if (holder !== undefined && !isGone(holder)) throw inUse(home, holder);
    const taken = takeNext(lockFolder(home), link, JSON.stringify({ ...self, take: randomUUID() }));
    if (taken !== undefined) return taken;
  }
}

function inUse(home: string, { pid, host }: Holder): Error {
  if (host !== hostname()) {
    return controlError["home-on-other-machine"]({ home, pid, host, lock: lockFolder(home) });
  }
  const owner = readOwnerFile(home);
  return controlError["home-in-use"]({ home, pid, url: owner?.pid === pid ? owner.url : undefined });
}

/** Only a process of this machine can be found gone; one elsewhere is taken to live. */
function isGone({ pid, start, host }: Holder): boolean {
  if (host !== hostname()) return false;
  const current = processStart(pid);
  return current === undefined || (current !== start && current !== "unknown" && start !== "unknown");
}

/** A link that no holder can be read from was not written by us, and holds nothing. */
function parseHolder(content: string | undefined): Holder | undefined {
  if (content === undefined) return undefined;
  try {
    const { pid, start, host } = JSON.parse(content) as Partial<Holder>;
    return pid !== undefined && start !== undefined && host !== undefined ? { pid, start, host } : undefined;
  } catch {
    return undefined;
  }
}

function lockFolder(home: string): string {
  return join(home, "lock");
}

/** One after another: where nothing can be made, as in `/proc`, the recursive call of Node never returns. */
function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  makeFolders(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (failure) {
    // Another process has made it meanwhile.
    if ((failure as NodeJS.ErrnoException).code !== "EEXIST") throw failure;
  }
}

function writing<Result>(home: string, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (!["EACCES", "EPERM", "EROFS", "ENOENT", "ENOTDIR", "ENOSPC"].includes(code ?? "")) throw cause;
    throw controlError["home-not-writable"]({ home, reason: message }, { cause });
  }
}
