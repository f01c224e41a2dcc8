import type { Random } from "@thoth/testing/random";
import type { SoakSize } from "./soak-world.ts";

interface SoakQuestion {
  readonly query: string;
  readonly variables: Readonly<Record<string, number>>;
}

/** Light and heavy ones, repeated and new ones, within a domain and across; each has at least two fields that must agree. */
export function soakQuestion(random: Random, { entries, items }: SoakSize): SoakQuestion {
  const ask = random.weighted<() => SoakQuestion>([
    [() => ({ query: byKey, variables: { key: random.int(1, hotKeys) } }), 3],
    [() => ({ query: byKey, variables: { key: random.int(1, entries) } }), 3],
    [() => ({ query: pageAndTotals, variables: { from: 1 + 50 * random.int(0, 40), first: 50 } }), 3],
    [() => ({ query: pageAndTotals, variables: { from: random.int(1, entries), first: random.int(1, 1000) } }), 1],
    [() => ({ query: acrossDomains, variables: { from: 1 + 50 * random.int(0, 40), item: random.int(1, items) } }), 3],
    [() => ({ query: groups, variables: { amount: random.int(0, 50) } }), 1],
  ]);
  return ask();
}

/** Asked so often that most of their answers are given again. */
const hotKeys = 50;

const byKey = `query ($key: Int!) {
  entriesByKey(entryId: $key) { entryId entrySnapshot amount item { name itemSnapshot } }
  entriesAggregate(where: { entryId: { eq: $key } }) { max { entrySnapshot } }
}`;

const pageAndTotals = `query ($from: Int!, $first: Int!) {
  entries(where: { entryId: { gte: $from } }, first: $first) { totalCount nodes { entryId kind amount entrySnapshot } }
  entriesAggregate { count min { entrySnapshot } max { entrySnapshot } }
}`;

const acrossDomains = `query ($from: Int!, $item: Int!) {
  entries(where: { entryId: { gte: $from } }, first: 50) { nodes { entryId entrySnapshot item { name itemSnapshot } } }
  itemsByKey(itemId: $item) { name itemSnapshot }
}`;

const groups = `query ($amount: Float!) {
  entriesAggregate(where: { amount: { gte: $amount } }, groupBy: [KIND]) {
    group { kind } count sum { amount } min { entrySnapshot } max { entrySnapshot }
  }
}`;
