export interface MatchedList<Value> {
  readonly pairs: readonly { readonly before: Value; readonly after: Value }[];
  readonly removed: readonly Value[];
  readonly added: readonly Value[];
}

/**
 * Finds for every entry of one list its counterpart in another.
 * @param keys tried one after the other, the surest first; entries without a key are not matched by it
 */
export function matchLists<Value>(
  before: readonly Value[],
  after: readonly Value[],
  keys: readonly ((value: Value) => string | undefined)[],
): MatchedList<Value> {
  const partner = new Map<number, number>();
  const taken = new Set<number>();
  for (const key of keys) {
    const free = Map.groupBy(
      after.keys().filter((index) => !taken.has(index)),
      (index) => key(after[index] as Value),
    );
    for (const [index, value] of before.entries()) {
      if (partner.has(index)) continue;
      const name = key(value);
      const match = name === undefined ? undefined : free.get(name)?.shift();
      if (match === undefined) continue;
      partner.set(index, match);
      taken.add(match);
    }
  }
  return {
    pairs: [...partner]
      .sort(([a], [b]) => a - b)
      .map(([from, to]) => ({ before: before[from] as Value, after: after[to] as Value })),
    removed: before.filter((_, index) => !partner.has(index)),
    added: after.filter((_, index) => !taken.has(index)),
  };
}
