import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What `owner.json` says about the process that holds a home. Only its user may read it: it holds a key. */
export interface HomeOwner {
  readonly pid: number;
  /** Epoch ms. */
  readonly startedAt: number;
  /** Where it serves, once it does. */
  readonly url?: string;
  /** Lets commands of the same user operate it. */
  readonly operatorKey?: string;
}

/** Written aside and renamed, so that nobody reads half of it. */
export function writeOwnerFile(home: string, owner: HomeOwner): void {
  mkdirSync(home, { recursive: true });
  const draft = `${ownerFile(home)}.${randomUUID()}`;
  writeFileSync(draft, `${JSON.stringify(owner, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, ownerFile(home));
}

/** Undefined when there is none, or none that can be read. */
export function readOwnerFile(home: string): HomeOwner | undefined {
  try {
    return JSON.parse(readFileSync(ownerFile(home), "utf8")) as HomeOwner;
  } catch {
    return undefined;
  }
}

/** Leaves the file alone when it tells of another process. */
export function removeOwnerFile(home: string, pid: number): void {
  if (readOwnerFile(home)?.pid === pid) rmSync(ownerFile(home), { force: true });
}

function ownerFile(home: string): string {
  return join(home, "owner.json");
}
