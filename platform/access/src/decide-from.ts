import type { ProductModel } from "@thoth/contract/product-model";
import type { Purpose } from "@thoth/contract/read-purposes";
import type { Clock } from "@thoth/kernel/clock";
import type { AccessBook } from "./access-book.ts";
import type { Agreement } from "./agreement.ts";
import { decide } from "./decide.ts";
import type { Decision, Principal } from "./decision.ts";

export interface DecidingParts {
  readonly book: Pick<AccessBook, "version" | "agreementsFor">;
  readonly purposes: readonly Purpose[];
  readonly clock: Clock;
}

interface Remembered {
  readonly decision: Decision;
  readonly version: number;
  /** Between these two instants, epoch ms, nothing changes by itself. */
  readonly from: number;
  readonly until: number;
}

/** No purpose is called so: it stands for none. */
const unsaid = "";
/** Purposes that are remembered of one reader and product; more than that are not asked by anybody who means it. */
const mostPurposes = 50;

/**
 * Decides from the book as it is at each moment. A decision is remembered until something in the book, or time alone, could
 * change it: the same principal asks again within nanoseconds.
 */
export function decideFrom({ book, purposes, clock }: DecidingParts) {
  const principals = new WeakMap<Principal, WeakMap<ProductModel, Map<string, Remembered>>>();
  return (principal: Principal, product: ProductModel, purpose?: string): Decision => {
    const now = clock();
    const known = answersOf(principals, principal, product);
    const found = known.get(purpose ?? unsaid);
    const { version } = book;
    if (found !== undefined && found.version === version && found.from <= now && now < found.until)
      return found.decision;
    const agreements = book.agreementsFor(principal, product.id);
    const decision = decide(principal, product, purpose, { agreements, purposes, now });
    if (known.size >= mostPurposes) known.clear();
    known.set(purpose ?? unsaid, { decision, version, from: now, until: nextChange(agreements, now) });
    return decision;
  };
}

function answersOf(
  principals: WeakMap<Principal, WeakMap<ProductModel, Map<string, Remembered>>>,
  principal: Principal,
  product: ProductModel,
): Map<string, Remembered> {
  const products = principals.get(principal) ?? new WeakMap<ProductModel, Map<string, Remembered>>();
  const known = products.get(product) ?? new Map<string, Remembered>();
  if (known.size === 0) {
    products.set(product, known);
    principals.set(principal, products);
  }
  return known;
}

const dayMs = 86_400_000;

/** Agreements begin and end; rules about rows count in days of UTC. */
function nextChange(agreements: readonly Agreement[], now: number): number {
  const instants = agreements.flatMap(({ from, until }) => [from, until]).filter((instant) => instant > now);
  return Math.min(...instants, (Math.floor(now / dayMs) + 1) * dayMs);
}
