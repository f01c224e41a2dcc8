import { durationMs } from "./duration-unit.ts";
import type { DataContract, SlaProperty } from "./generated/odcs.ts";
import type { PromiseModel } from "./product-model.ts";

/** The standard takes its words in any case, and has a short form for each. */
const words: readonly (readonly [word: string, short: string])[] = [
  ["availability", "av"],
  ["throughput", "th"],
  ["errorRate", "er"],
  ["generalAvailability", "ga"],
  ["endOfSupport", "es"],
  ["endOfLife", "el"],
  ["retention", "re"],
  ["frequency", "fy"],
  ["latency", "ly"],
  ["timeToDetect", "td"],
  ["timeToNotify", "tn"],
  ["timeToRepair", "tr"],
  ["timeOfAvailability", "ta"],
];

const canonical = new Map(
  words.flatMap(([word, short]) => [[word.toLowerCase(), word] as const, [short, word] as const]),
);

/** The standard's words, long forms only. */
export const promiseWords: readonly string[] = words.map(([word]) => word);

/** Whether the standard has this word, in any case or in its short form. */
export function isPromiseWord(property: string): boolean {
  return canonical.has(property.trim().toLowerCase()) || promiseWord(property) === "latency";
}

/** `Latency`, `ly` → `latency`; a word of the writer's own stays as it is. */
export function promiseWord(property: string): string {
  const plain = property.trim().toLowerCase();
  return plain === "freshness" ? "latency" : (canonical.get(plain) ?? property.trim());
}

/** Promises without a value promise nothing and are left out. */
export function describePromises(contract: DataContract): PromiseModel[] {
  return (contract.slaProperties ?? []).flatMap((promise) => describePromise(promise));
}

function describePromise({ property, value, unit, element, description }: SlaProperty): PromiseModel[] {
  if (value === null) return [];
  const duration = durationMs(value, unit);
  return [
    {
      property: promiseWord(property),
      value,
      ...(unit !== undefined && { unit }),
      ...(duration !== undefined && { durationMs: duration }),
      ...(element !== undefined && { element }),
      ...(description !== undefined && { description }),
    },
  ];
}
