import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * A lock as a chain of files `1`, `2`, … in one folder, of which the highest counts:
 * ```
 * lock/6   {"pid":4711,…}     taken by 4711      a later process takes over or takes again by creating 7
 * lock/7   (empty)            given back
 * ```
 * A link is created whole and only once, so of the processes that found 6 dead exactly one creates 7, and the others
 * see it. The highest file is never removed, so whoever comes late with a number that has been passed finds out.
 */
export interface ChainLink {
  readonly number: number;
  readonly file: string;
  /** What its taker wrote; undefined once given back, and for the beginning of the chain. */
  readonly content: string | undefined;
}

/** The link that counts now; number 0 when the chain has none. */
export function currentLink(folder: string): ChainLink {
  for (;;) {
    const number = Math.max(0, ...linkNumbers(folder));
    const file = join(folder, String(number));
    if (number === 0) return { number, file, content: undefined };
    const content = readIfThere(file);
    // Gone between listing and reading: a later link has come in.
    if (content !== undefined) return { number, file, content: content || undefined };
  }
}

/** Takes the place after `previous`. @returns undefined when somebody else was first */
export function takeNext(folder: string, previous: ChainLink, content: string): ChainLink | undefined {
  const number = previous.number + 1;
  const file = join(folder, String(number));
  mkdirSync(folder, { recursive: true });
  if (!createWhole(file, content)) return undefined;
  const links = linkNumbers(folder);
  if (Math.max(...links) > number) {
    // We slept while others took this number, went on and cleared it away.
    rmSync(file, { force: true });
    return undefined;
  }
  for (const passed of links.filter((each) => each < number)) rmSync(join(folder, String(passed)), { force: true });
  return { number, file, content };
}

/** Gives a link back. It stays, empty, as the one that counts; one that is no longer ours is left alone. */
export function giveBack(link: ChainLink): void {
  if (readIfThere(link.file) === link.content) truncateSync(link.file);
}

/** @returns false when the file is there already */
function createWhole(file: string, content: string): boolean {
  const draft = join(dirname(file), `draft-${randomUUID()}`);
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function linkNumbers(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^[1-9]\d*$/.test(name))
      .map(Number);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
