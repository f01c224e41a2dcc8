import type { Agreement, DependentProduct, ObservedUse } from "./impact.ts";

export interface ReadersOfElement {
  readonly uses: readonly ObservedUse[];
  readonly dependents: readonly DependentProduct[];
  readonly agreements: readonly Agreement[];
}

export interface Period {
  readonly days: number;
  /** Set when uses are counted for a part of the period only; epoch ms. */
  readonly countedSince?: number;
}

/** `2 consumers have read this in 90 days, last on 2026-11-21; 1 product is made from it` */
export function describeImpact({ uses, dependents, agreements }: ReadersOfElement, period: Period): string {
  const rest = [
    ...(dependents.length > 0 ? [madeFrom(new Set(dependents.map(({ product }) => product)))] : []),
    ...(agreements.length > 0 ? [`${countOf(agreements.length, "agreement")} may read it`] : []),
  ];
  return [readBy(uses, period), ...rest].join("; ");
}

function readBy(uses: readonly ObservedUse[], { days, countedSince }: Period): string {
  const period = `in ${countOf(days, "day")}`;
  const known = countedSince === undefined ? "" : `; uses are counted since ${dayOf(countedSince)}`;
  if (uses.length === 0) return `Nobody has read this ${period}${known}`;
  const consumers = new Set(uses.map(({ consumer }) => consumer));
  const last = dayOf(Math.max(...uses.map(({ lastReadAt }) => lastReadAt)));
  const have = consumers.size === 1 ? "has" : "have";
  const reads = uses.reduce((sum, use) => sum + use.reads, 0);
  return `${countOf(consumers.size, "consumer")} ${have} read this ${period}, ${countOf(reads, "time")}, last on ${last}`;
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function madeFrom(products: ReadonlySet<string>): string {
  return `${countOf(products.size, "product")} ${products.size === 1 ? "is" : "are"} made from it: ${[...products].toSorted().join(", ")}`;
}

function countOf(count: number, thing: string): string {
  return `${count.toLocaleString("en")} ${thing}${count === 1 ? "" : "s"}`;
}
