import { contentOf } from "./audit-content.ts";
import type { AuditEntry } from "./audit-entry.ts";

export interface QueuedEntry {
  readonly content: () => Readonly<Record<string, unknown>>;
  /** Those who wait for it. */
  readonly waiting: readonly Settle[];
}

export interface Settle {
  readonly written: () => void;
  readonly failed: (failure: unknown) => void;
}

/** Equal open reads and refusals that are told apart between two writes; the rest of them is one record. */
const mostAlike = 100;
/** Entries that are kept while the disk takes nothing; the rest is refused or counted as lost. */
const mostQueued = 50_000;

interface Alike {
  seen: number;
  rest: Rest | undefined;
}

interface Rest {
  readonly entry: AuditEntry;
  readonly waiting: Settle[];
  times: number;
  rows: number | null;
}

/** Entries on their way to the disk, in the order in which they came. Memory is bounded. */
export class AuditQueue {
  #queued: QueuedEntry[] = [];
  #alike = new Map<string, Alike>();
  #lost = 0;

  get isEmpty(): boolean {
    return this.#queued.length === 0 && this.#lost === 0;
  }

  /** @returns false when there is no room for it */
  add(entry: AuditEntry, settle?: Settle): boolean {
    const key = alikeKey(entry, settle !== undefined);
    const rest = key === undefined ? undefined : this.#restOf(key, entry);
    if (rest !== undefined) {
      rest.times += 1;
      rest.rows = sum(rest.rows, rowsOf(entry));
      if (settle !== undefined) rest.waiting.push(settle);
      return true;
    }
    return this.#push({ content: () => contentOf(entry, 1), waiting: settle === undefined ? [] : [settle] });
  }

  /** The oldest ones. @param lost makes the entry that tells of those that could not be kept */
  take(most: number, lost: (times: number) => Readonly<Record<string, unknown>>): QueuedEntry[] {
    const taken = this.#queued.splice(0, most);
    this.#alike = new Map();
    if (this.#lost > 0) {
      const content = lost(this.#lost);
      taken.push({ content: () => content, waiting: [] });
      this.#lost = 0;
    }
    return taken;
  }

  /** Those that nobody waits for come back to the front. */
  putBack(entries: readonly QueuedEntry[]): void {
    const kept = entries.filter(({ waiting }) => waiting.length === 0);
    const free = Math.max(0, mostQueued - this.#queued.length);
    this.#lost += Math.max(0, kept.length - free);
    this.#queued = [...kept.slice(0, free), ...this.#queued];
  }

  /** What the entry is added to, once there are enough of its kind. */
  #restOf(key: string, entry: AuditEntry): Rest | undefined {
    const alike: Alike = this.#alike.get(key) ?? { seen: 0, rest: undefined };
    this.#alike.set(key, alike);
    alike.seen += 1;
    if (alike.seen <= mostAlike || alike.rest !== undefined) return alike.rest;
    const rest: Rest = { entry, waiting: [], times: 0, rows: 0 };
    const content = () =>
      contentOf(rest.entry.event === "read" ? { ...rest.entry, rows: rest.rows } : entry, rest.times);
    if (!this.#push({ content, waiting: rest.waiting })) return undefined;
    alike.rest = rest;
    return rest;
  }

  #push(entry: QueuedEntry): boolean {
    const isFree = this.#queued.length < mostQueued;
    if (isFree) this.#queued.push(entry);
    else if (entry.waiting.length === 0) this.#lost += 1;
    return isFree;
  }
}

/** Undefined for what is a record of its own however often it comes. */
function alikeKey(entry: AuditEntry, isAwaited: boolean): string | undefined {
  const { event, actor } = entry;
  const who = [actor.name, actor.kind, actor.roles, actor.authenticated];
  if (event === "refusal") return JSON.stringify([event, who, entry.port, entry.code, isAwaited]);
  if (event !== "read" || isAwaited || entry.outcome !== "allowed") return undefined;
  const { port, product, version, fingerprint, columns, purpose, snapshot } = entry;
  return JSON.stringify([event, who, port, product, version, fingerprint, columns, purpose, snapshot]);
}

function rowsOf(entry: AuditEntry): number | null {
  return entry.event === "read" ? entry.rows : 0;
}

function sum(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}
