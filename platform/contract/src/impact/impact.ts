import type { ContractDiff, Difference } from "../diff/contract-diff.ts";
import { describeImpact, type Period } from "./impact-summary.ts";
import { anonymousConsumer, type ConsumerKind, manyConsumers } from "./read-count.ts";

/** That somebody read an element of a product. */
export interface ObservedUse {
  /** `ontrack-learning/units` */
  readonly product: string;
  /** Version of the contract that was served when it was read. */
  readonly version: string;
  /** Undefined: the product itself, by every operation that read it, whatever its columns. */
  readonly column: string | undefined;
  /** Name of the principal. */
  readonly consumer: string;
  /** The consumer's own domain, when its token says so (attribute `domain`). */
  readonly domain: string | undefined;
  readonly purpose: string | undefined;
  /** Undefined where it was counted before kinds were. */
  readonly kind?: ConsumerKind | undefined;
  /** Undefined where it was counted before ports were. */
  readonly port?: string | undefined;
  /** Epoch ms, start of the hour. */
  readonly lastReadAt: number;
  /** Operations in the period asked for. */
  readonly reads: number;
}

/** A product that is made from another one. */
export interface DependentProduct {
  readonly product: string;
  /** Its own column that would change; undefined: which rows it has. */
  readonly column: string | undefined;
  /** The column here that it is made from; undefined: any of them may be, unless only the rows matter. */
  readonly via: string | undefined;
  /** It depends on which rows there are, whatever is in their columns. */
  readonly rowsOnly?: true;
}

/** A promise to a consumer that it may read a product. */
export interface Agreement {
  readonly id: string;
  readonly product: string;
  readonly consumer: string;
  readonly purpose: string;
  /** Epoch ms; undefined: without an end. */
  readonly until: number | undefined;
  /** Undefined: all of them. */
  readonly columns: readonly string[] | undefined;
}

/** Whom one change of a contract reaches. */
export interface ElementImpact {
  readonly path: string;
  readonly rule: string;
  readonly class: Difference["class"];
  /** The column that changes, by the name it had before; undefined: the product as a whole. */
  readonly column: string | undefined;
  readonly uses: readonly ObservedUse[];
  readonly dependents: readonly DependentProduct[];
  readonly agreements: readonly Agreement[];
  readonly lastReadAt: number | undefined;
  /** In words: `Nobody has read this in 90 days`. */
  readonly summary: string;
}

export interface Impact {
  readonly product: string;
  /** Start of the period that was looked at, epoch ms. */
  readonly since: number;
  readonly elements: readonly ElementImpact[];
  /** Domains (or consumers without one) that must acknowledge a breaking change, in alphabetical order. */
  readonly affected: readonly string[];
}

export interface KnownReaders {
  readonly uses: readonly ObservedUse[];
  readonly dependents: readonly DependentProduct[];
  readonly agreements: readonly Agreement[];
  /** Epoch ms. */
  readonly now: number;
  /** Length of the period that is looked at; 90 when left out. */
  readonly days?: number;
  /** Since when uses are counted, epoch ms; when left out, longer than the period. */
  readonly countedSince?: number;
}

export const defaultDays = 90;
const dayMs = 86_400_000;

/** Whom the changes of a product's contract reach. */
export function judgeImpact(product: string, diff: ContractDiff, known: KnownReaders): Impact {
  const { now, days = defaultDays, countedSince } = known;
  const since = now - days * dayMs;
  const period = { days, ...(countedSince !== undefined && countedSince > since && { countedSince }) };
  const reaching = {
    uses: known.uses.filter((use) => use.product === product && use.lastReadAt >= since),
    dependents: known.dependents.filter((dependent) => dependent.product !== product),
    agreements: known.agreements.filter((one) => one.product === product && (one.until ?? now) >= now),
  };
  const elements = diff.diffs.map((difference) => judgeElement(difference, reaching, period));
  return { product, since, elements, affected: affectedBy(product, elements) };
}

type Readers = Pick<ElementImpact, "uses" | "dependents" | "agreements">;

function judgeElement(difference: Difference, readers: Readers, period: Period): ElementImpact {
  const { path, rule, class: changeClass } = difference;
  const column = columnOf(path);
  const unread = unreadable[rule];
  const reached = unread === undefined ? readersOf(column, readers) : { uses: [], dependents: [], agreements: [] };
  const times = reached.uses.map(({ lastReadAt }) => lastReadAt);
  const lastReadAt = times.length === 0 ? undefined : Math.max(...times);
  const summary = unread ?? describeImpact(reached, period);
  return { path, rule, class: changeClass, column, ...reached, lastReadAt, summary };
}

const isNew = "This is new, so nobody relies on it yet";

/** What nobody can have read, though a column of its name may have had readers; by rule. */
const unreadable: Readonly<Record<string, string>> = {
  "property-added": isNew,
  "object-added": isNew,
  "version-mismatch": "This is about the number of the version, which nobody reads",
};

/** `/schema[name=units]/properties[name=code]/required` → `code`. What is nested in a column belongs to it. */
function columnOf(path: string): string | undefined {
  return /^\/schema(?:\[name=[^\]]*\])?\/properties\[name=([^\]]*)\]/.exec(path)?.[1];
}

function readersOf(column: string | undefined, { uses, dependents, agreements }: Readers): Readers {
  if (column === undefined) return { uses: wholeUses(uses), dependents, agreements };
  return {
    uses: uses.filter((use) => use.column === column),
    dependents: dependents.filter(({ via, rowsOnly }) => rowsOnly !== true && (via ?? column) === column),
    agreements: agreements.filter(({ columns }) => columns === undefined || columns.includes(column)),
  };
}

/** Who read a product, whatever its columns: at least as often as they read the column they read most. */
function wholeUses(uses: readonly ObservedUse[]): ObservedUse[] {
  const readers = Map.groupBy(uses, ({ version, consumer, domain, purpose, kind, port }) =>
    JSON.stringify([version, consumer, domain ?? null, purpose ?? null, kind ?? null, port ?? null]),
  );
  return [...readers.values()].flatMap((rows) => {
    const [first] = rows;
    if (first === undefined) return [];
    const lastReadAt = Math.max(...rows.map((row) => row.lastReadAt));
    return [{ ...first, column: undefined, lastReadAt, reads: Math.max(...rows.map(({ reads }) => reads)) }];
  });
}

/** The domain that changes its own product need not tell itself, and of those without a name nobody can answer. */
function affectedBy(product: string, elements: readonly ElementImpact[]): string[] {
  const breaking = elements.filter((element) => element.class === "MAJOR");
  const names = breaking.flatMap(({ uses, dependents, agreements }) => [
    ...uses.map(({ domain, consumer }) => domain ?? consumer),
    ...dependents.map((dependent) => domainOf(dependent.product)),
    ...agreements.map(({ consumer }) => consumer),
  ]);
  const silent = [domainOf(product), anonymousConsumer, manyConsumers];
  return [...new Set(names)].filter((name) => !silent.includes(name)).toSorted();
}

function domainOf(product: string): string {
  return product.split("/")[0] ?? product;
}
