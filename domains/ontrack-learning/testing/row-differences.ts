type Row = Readonly<Record<string, unknown>>;

/**
 * What differs between two sets of rows, by key, in the columns that the expected rows have. Numbers may differ by a
 * billionth of their size, because sums in another order do.
 * @returns at most ten differences in words
 */
export function differences(actual: readonly Row[], expected: readonly Row[], key: readonly string[]): string[] {
  const keyOf = (row: Row) => key.map((column) => row[column]).join(" ");
  const found = new Map(actual.map((row) => [keyOf(row), row]));
  const wanted = new Map(expected.map((row) => [keyOf(row), row]));
  if (wanted.size !== expected.length) return ["the expected rows have no unique key"];
  const missing = [...wanted.keys()].filter((name) => !found.has(name)).map((name) => `missing: ${name}`);
  const extra = [...found.keys()].filter((name) => !wanted.has(name)).map((name) => `not expected: ${name}`);
  const changed = [...wanted].flatMap(([name, row]) => {
    const other = found.get(name);
    if (other === undefined) return [];
    return Object.keys(row)
      .filter((column) => !same(row[column], other[column]))
      .map((column) => `${name}: ${column} is ${other[column]}, expected ${row[column]}`);
  });
  return [...missing, ...extra, ...changed].slice(0, 10);
}

function same(left: unknown, right: unknown): boolean {
  if (typeof left !== "number" || typeof right !== "number") return left === right;
  return Math.abs(left - right) <= 1e-9 * Math.max(1, Math.abs(left), Math.abs(right));
}
