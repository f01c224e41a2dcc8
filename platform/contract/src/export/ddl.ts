import type { ColumnModel, ProductModel } from "../product-model.ts";
import type { SqlDialect } from "./export-format.ts";
import { quoteName, quoteText, typeFor } from "./sql-dialect.ts";

/**
 * SQL that makes an empty table for a product's rows, `<domain>.<product>` as on the SQL port, and holds as much of the
 * promise as a table can hold: key, null, uniqueness, closed values, limits.
 */
export function createTable(model: ProductModel, dialect: SqlDialect): string {
  const table = `${quoteName(model.catalogName)}.${quoteName(model.tableName)}`;
  const lines = [
    ...model.columns.map((column) => columnLine(column, model, dialect)),
    `PRIMARY KEY (${model.key.map(quoteName).join(", ")})`,
    ...model.columns.flatMap(checks),
  ];
  return [
    `-- ${model.id} ${model.version}`,
    `CREATE SCHEMA IF NOT EXISTS ${quoteName(model.catalogName)};`,
    `CREATE TABLE ${table} (\n${lines.map((line) => `  ${line}`).join(",\n")}\n);`,
    ...comment(`TABLE ${table}`, model.purpose),
    ...model.columns.flatMap((column) => comment(`COLUMN ${table}.${quoteName(column.name)}`, meaning(column))),
    "",
  ].join("\n");
}

function columnLine(column: ColumnModel, { key }: ProductModel, dialect: SqlDialect): string {
  const isKey = key.includes(column.name);
  return [
    quoteName(column.name),
    typeFor(column.sqlType, dialect),
    ...(column.required || isKey ? ["NOT NULL"] : []),
    // the key's own uniqueness is said once, below
    ...(column.unique && !(isKey && key.length === 1) ? ["UNIQUE"] : []),
  ].join(" ");
}

/** Limits of texts that are no numbers are left out: what a pattern means differs from engine to engine. */
function checks(column: ColumnModel): string[] {
  const name = quoteName(column.name);
  const conditions = [
    ...(column.enumValues ? [`${name} IN (${column.enumValues.map(quoteText).join(", ")})`] : []),
    ...bounds(column).map(([operator, limit]) => `${name} ${operator} ${literal(limit)}`),
    ...lengths(column).map(([operator, limit]) => `length(${name}) ${operator} ${limit}`),
  ];
  return conditions.map((condition) => `CHECK (${condition})`);
}

type Bound = readonly [operator: string, limit: number | string];

function bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: ColumnModel): Bound[] {
  return given([
    [">=", minimum],
    ["<=", maximum],
    [">", exclusiveMinimum],
    ["<", exclusiveMaximum],
  ]);
}

function lengths({ logicalType, minLength, maxLength }: ColumnModel): Bound[] {
  if (logicalType !== "string") return [];
  return given([
    [">=", minLength],
    ["<=", maxLength],
  ]);
}

function given(limits: readonly (readonly [string, number | string | undefined])[]): Bound[] {
  return limits.flatMap(([operator, limit]) => (limit === undefined ? [] : [[operator, limit] as const]));
}

function literal(limit: number | string): string {
  return typeof limit === "number" ? String(limit) : quoteText(limit);
}

function meaning({ description, classification, unit }: ColumnModel): string {
  const measured = unit === undefined ? "" : ` In ${unit}.`;
  return `${description}${measured} (${classification})`.trim();
}

function comment(target: string, text: string): string[] {
  return text === "" ? [] : [`COMMENT ON ${target} IS ${quoteText(text.replaceAll(/\s+/g, " "))};`];
}
