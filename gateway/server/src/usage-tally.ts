import type { Principal } from "@thoth/access/decision";
import { manyConsumers, type ReadCount } from "@thoth/contract/impact/read-count";
import type { ProductModel } from "@thoth/contract/product-model";
import type { Reads } from "./usage-reads.ts";

export interface TallyOptions {
  /** Different uses that are kept apart in one hour. */
  readonly most?: number;
  /** Told once an hour when there are more. */
  readonly onOverflow?: () => void;
}

/** Who reads, and what they may see. */
export interface Reader {
  readonly principal: Principal;
  readonly purpose: string | undefined;
  readonly port: string;
  readonly mayRead: (product: ProductModel, column: string | undefined) => boolean;
  /** Epoch ms. */
  readonly now: number;
}

const hourMs = 3_600_000;

/**
 * Counts uses in memory. Counting one that was counted before is two lookups; names are only looked at the first time.
 * Memory is bounded: what is one use too many in an hour is counted as read by many, with the columns of all of them.
 */
export class UsageTally {
  readonly #most: number;
  readonly #onOverflow: () => void;
  #hour = 0;
  /** Reader → what was read → how often. */
  #tallies = new Map<string, Map<Reads, Tally>>();
  #tallied = 0;
  #counts = new Map<string, Count>();
  /** Uses of this hour that are kept apart, saved or not. */
  #apart = new Set<string>();
  #overflown = false;

  constructor({ most = 10_000, onOverflow = () => undefined }: TallyOptions = {}) {
    this.#most = most;
    this.#onOverflow = onOverflow;
  }

  add(reads: Reads, reader: Reader): void {
    const hour = reader.now - (reader.now % hourMs);
    if (hour !== this.#hour) this.#begin(hour);
    const key = JSON.stringify([reader.principal, reader.purpose, reader.port]);
    const known = this.#tallies.get(key)?.get(reads);
    if (known !== undefined) known.reads += 1;
    else this.#addFirst(key, reads, reader);
  }

  /** A read of which everything is known already. Its hour is the one it is counted in. */
  addUse({ hour: at, ...use }: Use): void {
    const hour = at - (at % hourMs);
    if (hour !== this.#hour) this.#begin(hour);
    const { consumer, domain, purpose } = use;
    this.#count(
      { ...use, hour, consumer: plainText(consumer), domain: optional(domain), purpose: optional(purpose) },
      1,
    );
  }

  /** Everything counted since it was taken last. */
  take(): ReadCount[] {
    this.#settle();
    const counts = [...this.#counts.values()].map(({ columns, ...count }) => ({ ...count, columns: [...columns] }));
    this.#counts = new Map();
    return counts;
  }

  #begin(hour: number): void {
    this.#settle();
    this.#hour = hour;
    this.#apart = new Set();
    this.#overflown = false;
  }

  #addFirst(key: string, reads: Reads, reader: Reader): void {
    if (this.#tallied >= this.#most) this.#settle();
    const byReads = this.#tallies.get(key) ?? new Map<Reads, Tally>();
    this.#tallies.set(key, byReads);
    byReads.set(reads, { reads: 1, uses: allowedUses(reads, reader, this.#hour) });
    this.#tallied += 1;
  }

  /** Turns what was counted by reference into counts by name. */
  #settle(): void {
    for (const byReads of this.#tallies.values()) {
      for (const { reads, uses } of byReads.values()) for (const use of uses) this.#count(use, reads);
    }
    this.#tallies = new Map();
    this.#tallied = 0;
  }

  #count(use: Use, reads: number): void {
    const key = keyOf(use);
    const known = this.#counts.get(key);
    if (known !== undefined) known.reads += reads;
    else if (this.#isKeptApart(key)) this.#counts.set(key, { ...use, reads });
    else this.#countAmongMany(use, reads);
  }

  #isKeptApart(key: string): boolean {
    if (this.#counts.size >= this.#most || (this.#apart.size >= this.#most && !this.#apart.has(key))) return false;
    this.#apart.add(key);
    return true;
  }

  #countAmongMany({ hour, product, version, columns }: Use, reads: number): void {
    if (!this.#overflown) this.#onOverflow();
    this.#overflown = true;
    const key = JSON.stringify([manyConsumers, hour, product, version]);
    const nobody = { consumer: manyConsumers, domain: undefined, purpose: undefined, kind: undefined, port: undefined };
    const known = this.#counts.get(key);
    const all = [...new Set([...(known?.columns ?? []), ...columns])].toSorted();
    const before = known?.reads ?? 0;
    this.#counts.set(key, { hour, product, version, columns: all, ...nobody, reads: before + reads });
  }
}

interface Tally {
  reads: number;
  readonly uses: readonly Use[];
}

export type Use = Omit<ReadCount, "reads">;
type Count = Use & { reads: number };

function keyOf({ hour, product, version, columns, consumer, domain, purpose, kind, port }: Use): string {
  return JSON.stringify([hour, product, version, columns, consumer, domain, purpose, kind, port]);
}

/** Nobody uses what they may not see. */
function allowedUses(reads: Reads, { principal, purpose, port, mayRead }: Reader, hour: number): Use[] {
  const consumer = plainText(principal.name);
  const domain = optional(principal.attributes.domain);
  return reads.flatMap(({ model, columns }) => {
    if (!mayRead(model, undefined)) return [];
    const allowed = columns.filter((column) => mayRead(model, column));
    const { id: product, version } = model;
    const { kind = "person" } = principal;
    return [{ hour, product, version, columns: allowed, consumer, domain, purpose: optional(purpose), kind, port }];
  });
}

function optional(text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : plainText(text);
}

/** Characters of a name that are kept; what callers say of themselves may be of any length. */
const longest = 150;

/** A database takes no text with NUL or halves of characters. */
function plainText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const clean = text.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f]/g, "\ufffd");
  return clean.length > longest ? `${clean.slice(0, longest - 1).toWellFormed()}…` : clean;
}
