import { hash } from "node:crypto";
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

/** Equal open reads that are told apart between two writes, and equal refusals in a window; the rest is one record. */
const mostAlike = 100;
/** Milliseconds. Whoever is refused again and again fills no disk, however fast the disk is. */
const refusalWindowMs = 60_000;
/** Kinds of refusals that are known apart; many more are no flood of one kind. */
const mostRefusalKinds = 10_000;
/** Entries that are kept while the disk takes nothing; the rest is refused or counted as lost. */
const mostQueued = 50_000;

interface Alike {
  seen: number;
  rest: Rest | undefined;
}

/** Equal refusals: those of a window that were told one by one, and those that are told together. */
interface Refusals {
  begunAt: number;
  told: number;
  /** Of those that are counted; undefined when there is none. */
  latest: AuditEntry | undefined;
  counted: number;
}

interface Rest {
  readonly entry: AuditEntry;
  times: number;
  rows: number | null;
}

/** Entries on their way to the disk, in the order in which they came. Memory is bounded. */
export class AuditQueue {
  #queued: QueuedEntry[] = [];
  #alike = new Map<string, Alike>();
  #refusals = new Map<string, Refusals>();
  #lost = 0;

  /** Refusals that are only counted so far can wait for something else. */
  get isEmpty(): boolean {
    return this.#queued.length === 0 && this.#lost === 0;
  }

  /** @returns `counted` when there is nothing to write or to wait for now, `full` when there is no room for it */
  add(entry: AuditEntry, settle?: Settle): "queued" | "counted" | "full" {
    if (isRefusal(entry) && this.#isCounted(entry)) {
      settle?.written();
      return "counted";
    }
    const key = settle === undefined ? alikeKey(entry) : undefined;
    const rest = key === undefined ? undefined : this.#restOf(key, entry);
    if (rest !== undefined) {
      rest.times += 1;
      rest.rows = sum(rest.rows, rowsOf(entry));
      return "queued";
    }
    return this.#push({ content: () => contentOf(entry, 1), waiting: settle === undefined ? [] : [settle] })
      ? "queued"
      : "full";
  }

  /** The oldest ones. @param lost makes the entry that tells of those that could not be kept */
  take(most: number, lost: (times: number) => Readonly<Record<string, unknown>>): QueuedEntry[] {
    const taken = [...this.#queued.splice(0, most), ...this.#takeCounted()];
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

  /** Whether there were so many of its kind lately that this one only counts. Nobody waits for the disk then. */
  #isCounted(entry: AuditEntry): boolean {
    const key = refusalKey(entry);
    const known = this.#refusals.get(key);
    // A clock that was put back begins a window as well.
    if (known !== undefined && Math.abs(entry.at - known.begunAt) < refusalWindowMs) {
      if (known.told++ < mostAlike) return false;
      known.latest = entry;
      known.counted += 1;
      return true;
    }
    if (known === undefined && this.#refusals.size >= mostRefusalKinds) this.#forgetSettled();
    const { latest, counted = 0 } = known ?? {};
    this.#refusals.set(key, { begunAt: entry.at, told: 1, latest, counted });
    return false;
  }

  #takeCounted(): QueuedEntry[] {
    return [...this.#refusals.values()].flatMap((refusals) => {
      const { latest, counted } = refusals;
      if (latest === undefined) return [];
      refusals.latest = undefined;
      refusals.counted = 0;
      return [{ content: () => contentOf(latest, counted), waiting: [] }];
    });
  }

  #forgetSettled(): void {
    for (const [key, { counted }] of this.#refusals) if (counted === 0) this.#refusals.delete(key);
  }

  /** What the entry is added to, once there are enough of its kind. */
  #restOf(key: string, entry: AuditEntry): Rest | undefined {
    const alike: Alike = this.#alike.get(key) ?? { seen: 0, rest: undefined };
    this.#alike.set(key, alike);
    alike.seen += 1;
    if (alike.seen <= mostAlike || alike.rest !== undefined) return alike.rest;
    const rest: Rest = { entry, times: 0, rows: 0 };
    const content = () =>
      contentOf(rest.entry.event === "read" ? { ...rest.entry, rows: rest.rows } : entry, rest.times);
    if (!this.#push({ content, waiting: [] })) return undefined;
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

function isRefusal(entry: AuditEntry): boolean {
  return entry.event === "refusal" || (entry.event === "read" && entry.outcome === "refused");
}

/** As long for any: what strangers write is in it. */
function refusalKey(entry: AuditEntry): string {
  const about = entry.event === "read" ? [entry.product, entry.version, entry.purpose, entry.columns] : [];
  const [port, code] = "port" in entry ? [entry.port, entry.code] : [];
  return hash("sha256", JSON.stringify([whoOf(entry), port, code, about]), "base64url");
}

/** Undefined for what is a record of its own however often it comes. */
function alikeKey(entry: AuditEntry): string | undefined {
  if (entry.event !== "read" || entry.outcome !== "allowed") return undefined;
  const { port, product, version, fingerprint, columns, purpose, snapshot } = entry;
  return JSON.stringify([whoOf(entry), port, product, version, fingerprint, columns, purpose, snapshot]);
}

function whoOf({ actor }: AuditEntry): unknown {
  return [actor.name, actor.kind, actor.roles, actor.authenticated];
}

function rowsOf(entry: AuditEntry): number | null {
  return entry.event === "read" ? entry.rows : 0;
}

function sum(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}
