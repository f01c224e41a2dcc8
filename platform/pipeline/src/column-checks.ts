import type { ColumnModel } from "@thoth/contract/product-model";
import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { Check } from "./check.ts";
import type { Target } from "./rule-target.ts";

const none: Target = { operator: "mustBe", threshold: 0 };

/** One kind of promise: how to find the rows that break it; undefined when the column does not make it. */
interface ColumnRule {
  readonly kind: string;
  readonly dimension: "completeness" | "conformity";
  readonly broken: (column: ColumnModel, name: string) => string | undefined;
  readonly says: (column: ColumnModel) => string;
}

const rules: readonly ColumnRule[] = [
  {
    kind: "required",
    dimension: "completeness",
    broken: ({ required }, name) => (required ? `${name} IS NULL` : undefined),
    says: () => "must not be null",
  },
  {
    kind: "enum",
    dimension: "conformity",
    broken: ({ enumValues, sqlType }, name) => enumValues && `${name} NOT IN (${typedList(enumValues, sqlType)})`,
    says: ({ enumValues = [] }) => `must be one of ${enumValues.join(", ")}`,
  },
  limit("minimum", "<", "must be at least"),
  limit("maximum", ">", "must be at most"),
  limit("exclusiveMinimum", "<=", "must be more than"),
  limit("exclusiveMaximum", ">=", "must be less than"),
  {
    kind: "multiple-of",
    dimension: "conformity",
    broken: ({ multipleOf, sqlType }, name) => (multipleOf ? notMultiple(name, multipleOf, sqlType) : undefined),
    says: ({ multipleOf }) => `must be a multiple of ${multipleOf}`,
  },
  {
    kind: "min-length",
    dimension: "conformity",
    broken: ({ minLength }, name) => (minLength === undefined ? undefined : `length(${name}) < ${minLength}`),
    says: ({ minLength }) => `must be at least ${minLength} long`,
  },
  {
    kind: "max-length",
    dimension: "conformity",
    broken: ({ maxLength }, name) => (maxLength === undefined ? undefined : `length(${name}) > ${maxLength}`),
    says: ({ maxLength }) => `must be at most ${maxLength} long`,
  },
  {
    kind: "pattern",
    dimension: "conformity",
    broken: ({ pattern }, name) => pattern && `NOT regexp_matches(${name}, ${quoteLiteral(pattern)})`,
    says: ({ pattern }) => `must match ${pattern}`,
  },
];

/** What a contract says of one column. A column that is the whole key is checked for its uniqueness as the key. */
export function columnChecks(column: ColumnModel, key: readonly string[]): Check[] {
  const name = quoteIdentifier(column.name);
  const checks = rules.flatMap(({ kind, dimension, broken, says }): Check[] => {
    const condition = broken(column, name);
    if (!condition) return [];
    const measure = { kind: "aggregate", sql: `count(*) FILTER (WHERE ${condition})` } as const;
    const rows = { kind: "condition", sql: condition } as const;
    const words = `${column.name} ${says(column)}`;
    return [
      { ...promiseOf(column), id: `${kind}:${column.name}`, dimension, measure, rows, target: none, says: words },
    ];
  });
  const isKey = key.length === 1 && key[0] === column.name;
  return column.unique && !isKey ? [...checks, uniqueCheck([column.name], "unique", column.line)] : checks;
}

/** Rows in which the columns together have the values of another row. Where one of them is null, nothing is compared. */
export function uniqueCheck(columns: readonly string[], kind: "key" | "unique", line: number): Check {
  return {
    id: `${kind}:${columns.join("+")}`,
    column: columns.length === 1 ? columns[0] : undefined,
    dimension: "uniqueness",
    severity: "error",
    measure: { kind: "aggregate", sql: repeatedRows(columns) },
    rows: { kind: "repeated", columns },
    target: none,
    says: `${columns.join(", ")} must be unique`,
    line,
  };
}

/** SQL that counts the rows beyond the first of each value. */
export function repeatedRows(columns: readonly string[]): string {
  const names = columns.map(quoteIdentifier);
  const value = names.length === 1 ? names.join() : `row(${names.join(", ")})`;
  const present = names.map((name) => `${name} IS NOT NULL`).join(" AND ");
  return `count(*) FILTER (WHERE ${present}) - count(DISTINCT ${value}) FILTER (WHERE ${present})`;
}

/** `'a', 'b'` as values of the column's type, so that 1.50 is 1.5. */
export function typedList(values: readonly string[], sqlType: string): string {
  return values.map((value) => `CAST(${quoteLiteral(value)} AS ${sqlType})`).join(", ");
}

type Limit = "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum";

function limit(property: Limit, beyond: string, words: string): ColumnRule {
  return {
    kind: property.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    dimension: "conformity",
    broken: (column, name) => {
      const bound = column[property];
      if (bound === undefined) return undefined;
      // A number stays as it is written: as an INTEGER, 0.5 would be 1.
      const value = typeof bound === "number" ? bound : `CAST(${quoteLiteral(bound)} AS ${column.sqlType})`;
      // What is no number is above every number for the engine, and within no limit for anybody else.
      return `${name} ${beyond} ${value}${isBinary(column.sqlType) ? ` OR isnan(${name})` : ""}`;
    },
    says: (column) => `${words} ${column[property]}`,
  };
}

/** Binary fractions are never exact: 0.3 counts as a multiple of 0.1. */
function notMultiple(name: string, factor: number, sqlType: string): string {
  if (!isBinary(sqlType)) return `${name} % ${factor} <> 0`;
  return `abs(${name} / ${factor} - round(${name} / ${factor})) > 1e-9`;
}

function isBinary(sqlType: string): boolean {
  return /^(DOUBLE|FLOAT)/.test(sqlType);
}

function promiseOf({ name, line }: ColumnModel): Pick<Check, "column" | "severity" | "line"> {
  return { column: name, severity: "error", line };
}
