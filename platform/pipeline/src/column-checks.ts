import type { ColumnModel, FieldModel, ItemModel, ValueModel } from "@thoth/contract/product-model";
import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { Check } from "./check.ts";
import type { Target } from "./rule-target.ts";
import { columnValue, fieldValue, isAbsent, isOtherType, itemValue, listOf, type SqlValue } from "./sql-value.ts";
import { valueRules } from "./value-rules.ts";

const none: Target = { operator: "mustBe", threshold: 0 };

/** A promise about a column or about what is inside it: which rows break it. */
interface Promised {
  readonly kind: string;
  readonly dimension: "completeness" | "conformity";
  /** `code`, `address.city`, `tags[]` */
  readonly path: string;
  /** Condition over one row. */
  readonly broken: string;
  readonly says: string;
  readonly line: number;
}

/** What a contract says of one column, to any depth. A column that is the whole key is checked for its uniqueness as the key. */
export function columnChecks(column: ColumnModel, key: readonly string[]): Check[] {
  const checks = promisesOfColumn(column).map(({ kind, path, dimension, broken, says, line }): Check => {
    const measure = { kind: "aggregate", sql: `count(*) FILTER (WHERE ${broken})` } as const;
    const rows = { kind: "condition", sql: broken } as const;
    const what = { id: `${kind}:${path}`, column: column.name, dimension, says: `${path} ${says}`, line };
    return { ...what, severity: "error", measure, rows, target: none };
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

/** Where a value stands, and how a condition on it becomes one on its row. */
interface Spot {
  readonly path: string;
  readonly value: SqlValue;
  readonly line: number;
  /** How many arrays it lies in. */
  readonly depth: number;
  readonly onRow: (condition: string) => string;
}

function promisesOfColumn(column: ColumnModel): Promised[] {
  const { name: path, required, line } = column;
  const value = columnValue(column, quoteIdentifier(path));
  const spot: Spot = { path, value, line, depth: 0, onRow: (condition) => condition };
  // An object of which nothing is said may hold whatever JSON can.
  const isPlain = column.logicalType === "object" && !describesFields(column);
  return [...(required ? [presence(spot, isAbsent(value))] : []), ...promisesOf(spot, { typed: !isPlain })];
}

function describesFields(model: ValueModel): boolean {
  const { properties, requiredProperties, minProperties, maxProperties } = model;
  return [properties, requiredProperties, minProperties, maxProperties].some((said) => said !== undefined);
}

/** What is said of a value, and of everything inside it; whether it has to be there is its owner's matter. */
function promisesOf(spot: Spot, { typed = true } = {}): Promised[] {
  const { path, value, line, onRow } = spot;
  const { model } = value;
  const otherType = typed ? isOtherType(value) : undefined;
  const limits = valueRules.flatMap(({ kind, broken, says }): Promised[] => {
    const condition = broken(value);
    if (!condition) return [];
    return [{ kind, dimension: "conformity", path, broken: onRow(condition), says: says(model), line }];
  });
  const type = {
    kind: "type",
    dimension: "conformity",
    path,
    says: `must be of type ${model.logicalType}`,
    line,
  } as const;
  return [
    ...(otherType === undefined ? [] : [{ ...type, broken: onRow(otherType) }]),
    ...limits,
    ...promisesOfFields(spot),
    ...(model.items === undefined ? [] : promisesOfItems(spot, model.items)),
  ];
}

function presence({ path, line, onRow }: Spot, absent: string): Promised {
  return { kind: "required", dimension: "completeness", path, broken: onRow(absent), says: "must not be null", line };
}

/** Fields of an object that is not there are missed by nobody. */
function promisesOfFields(owner: Spot): Promised[] {
  const { json, model } = owner.value;
  if (json === undefined) return [];
  const { properties = [], requiredProperties = [] } = model;
  const known = properties.map(({ name }) => name);
  const undescribed = requiredProperties.filter((name) => !known.includes(name)).map(anyField);
  return [...properties, ...undescribed].flatMap((field) => {
    const value = fieldValue(owner.value, field);
    const spot: Spot = { ...owner, path: `${owner.path}.${field.name}`, value, line: field.line ?? owner.line };
    const isRequired = field.required === true || requiredProperties.includes(field.name);
    const missed = `json_type(${json}) = 'OBJECT' AND ${isAbsent(value)}`;
    const within = undescribed.includes(field) ? [] : promisesOf(spot);
    return [...(isRequired ? [presence(spot, missed)] : []), ...within];
  });
}

/** A field that has to be there, and may be anything. */
function anyField(name: string): FieldModel {
  return { name, logicalType: "object", sqlType: "JSON" };
}

function promisesOfItems(owner: Spot, item: ItemModel): Promised[] {
  const depth = owner.depth + 1;
  const name = `value${depth}`;
  const value = itemValue(owner.value, item, name);
  const list = listOf(owner.value);
  // One item is enough to break a promise; of none and of null there is nothing to say.
  const onRow = (condition: string) =>
    owner.onRow(`list_bool_or(list_transform(${list}, lambda ${name}: coalesce(${condition}, false)))`);
  const spot: Spot = { path: `${owner.path}[]`, value, line: item.line ?? owner.line, depth, onRow };
  const isPlain = item.logicalType === "object" && !describesFields(item);
  return [...(item.required ? [presence(spot, isAbsent(value))] : []), ...promisesOf(spot, { typed: !isPlain })];
}
