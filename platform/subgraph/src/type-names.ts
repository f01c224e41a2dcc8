import { constantCase, pascalCase } from "@thoth/kernel/names";

/** Names of the GraphQL types that belong to one product's type. */
export function typeNames(typeName: string) {
  return {
    row: typeName,
    where: `${typeName}Where`,
    orderBy: `${typeName}OrderBy`,
    numericOrderBy: `${typeName}NumericOrderBy`,
    key: `${typeName}Key`,
    connection: `${typeName}Connection`,
    edge: `${typeName}Edge`,
    column: `${typeName}Column`,
    numericColumn: `${typeName}NumericColumn`,
    timeColumn: `${typeName}TimeColumn`,
    bucket: `${typeName}Bucket`,
    aggregate: `${typeName}Aggregate`,
    measures: `${typeName}Measures`,
    group: `${typeName}Group`,
    countDistinct: `${typeName}CountDistinct`,
    sum: `${typeName}Sum`,
    average: `${typeName}Average`,
    extreme: `${typeName}Extreme`,
    having: `${typeName}Having`,
    countDistinctHaving: `${typeName}CountDistinctHaving`,
    sumHaving: `${typeName}SumHaving`,
    averageHaving: `${typeName}AverageHaving`,
    extremeHaving: `${typeName}ExtremeHaving`,
    ratioOrder: `${typeName}RatioOrder`,
    aggregateOrderBy: `${typeName}AggregateOrderBy`,
  } as const;
}

/** Type of an enum column: `FunctionUsageCategory`. A column whose name makes one of the names above gets `…Value`. */
export function enumTypeName(typeName: string, column: string): string {
  const name = `${typeName}${pascalCase(column)}`;
  const taken: readonly string[] = Object.values(typeNames(typeName));
  return taken.includes(name) ? `${name}Value` : name;
}

/**
 * GraphQL names of an enum's values: `in-progress` → `IN_PROGRESS`. Values that only differ in signs GraphQL cannot
 * write get the signs' codes: `C` and `C++` → `C`, `C_2B_2B`.
 */
export function enumValueNames(values: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const value of values) {
    const plain = validName(constantCase(value));
    const name = taken.has(plain) || plain === "_" ? validName(spelledOut(value)) : plain;
    names.set(value, numbered(name, taken));
    taken.add(numbered(name, taken));
  }
  return names;
}

function numbered(name: string, taken: ReadonlySet<string>): string {
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? name : `${name}_${count}`;
    if (!taken.has(candidate)) return candidate;
  }
}

function spelledOut(value: string): string {
  const code = (sign: string) => `_${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase()}`;
  return value.replace(/[^A-Za-z0-9]/gu, code).toUpperCase();
}

/** GraphQL names begin with a letter or `_`. */
function validName(name: string): string {
  return /^[A-Za-z_]/.test(name) ? name : `_${name}`;
}
