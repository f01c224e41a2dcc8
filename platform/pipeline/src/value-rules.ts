import type { ValueModel } from "@thoth/contract/product-model";
import { integerRange, stringFormat } from "@thoth/contract/string-format";
import { quoteLiteral } from "@thoth/warehouse/sql-text";
import { canonicalItems, countedFields, listOf, type SqlValue } from "./sql-value.ts";

/** One kind of promise about a value: which ones break it; undefined when the value does not make it. */
export interface ValueRule {
  readonly kind: string;
  /** Condition that is true for a value that breaks it, and null or false for null. */
  readonly broken: (value: SqlValue) => string | undefined;
  readonly says: (model: ValueModel) => string;
}

/** Every limit that the standard lets a contract say, wherever the value stands. */
export const valueRules: readonly ValueRule[] = [
  {
    kind: "enum",
    broken: ({ model, sql }) => {
      const { enumValues, sqlType } = model;
      return (
        enumValues &&
        (enumValues.length === 0 ? `${sql} IS NOT NULL` : `${sql} NOT IN (${typedList(enumValues, sqlType)})`)
      );
    },
    says: ({ enumValues = [] }) => `must be one of ${enumValues.join(", ")}`,
  },
  bound("minimum", "<", "must be at least"),
  bound("maximum", ">", "must be at most"),
  bound("exclusiveMinimum", "<=", "must be more than"),
  bound("exclusiveMaximum", ">=", "must be less than"),
  {
    kind: "multiple-of",
    broken: ({ model, sql }) => (model.multipleOf ? notMultiple(sql, model.multipleOf, model.sqlType) : undefined),
    says: ({ multipleOf }) => `must be a multiple of ${multipleOf}`,
  },
  size(
    "minLength",
    "<",
    (value) => `length(${textOf(value)})`,
    (least) => `must be at least ${least} long`,
  ),
  size(
    "maxLength",
    ">",
    (value) => `length(${textOf(value)})`,
    (most) => `must be at most ${most} long`,
  ),
  {
    kind: "pattern",
    broken: (value) => {
      const { pattern } = value.model;
      return pattern && `NOT regexp_matches(${textOf(value)}, ${quoteLiteral(pattern)})`;
    },
    says: ({ pattern }) => `must match ${pattern}`,
  },
  {
    kind: "format",
    broken: (value) =>
      value.model.logicalType === "string"
        ? notFormatted(textOf(value), value.model)
        : outOfRange(value.sql, value.model),
    says: ({ format, logicalType }) => `must be ${logicalType === "string" ? "written as" : "within"} ${format}`,
  },
  size(
    "minItems",
    "<",
    (value) => `len(${listOf(value)})`,
    (least) => `must have at least ${least} items`,
  ),
  size(
    "maxItems",
    ">",
    (value) => `len(${listOf(value)})`,
    (most) => `must have at most ${most} items`,
  ),
  {
    kind: "unique-items",
    broken: (value) => {
      const items = canonicalItems(value);
      return value.model.uniqueItems ? `list_unique(${items}) < list_count(${items})` : undefined;
    },
    says: () => "must not have an item twice",
  },
  size("minProperties", "<", countedFields, (least) => `must have at least ${least} fields`),
  size("maxProperties", ">", countedFields, (most) => `must have at most ${most} fields`),
];

/** `'a', 'b'` as values of a type, so that 1.50 is 1.5. */
export function typedList(values: readonly string[], sqlType: string): string {
  return values.map((value) => `CAST(${quoteLiteral(value)} AS ${sqlType})`).join(", ");
}

/** Of a string that is stored as a UUID, too. */
function textOf({ model, sql }: SqlValue): string {
  return model.sqlType === "VARCHAR" ? sql : `${sql}::VARCHAR`;
}

type Bound = "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum";

function bound(property: Bound, beyond: string, words: string): ValueRule {
  return {
    kind: kindOf(property),
    broken: ({ model, sql }) => {
      const limit = model[property];
      if (limit === undefined) return undefined;
      // A number stays as it is written: as an INTEGER, 0.5 would be 1.
      const value = typeof limit === "number" ? limit : `CAST(${quoteLiteral(limit)} AS ${model.sqlType})`;
      // What is no number is above every number for the engine, and within no limit for anybody else.
      return `${sql} ${beyond} ${value}${isBinary(model.sqlType) ? ` OR isnan(${sql})` : ""}`;
    },
    says: (model) => `${words} ${model[property]}`,
  };
}

type Size = "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties";

function size(
  property: Size,
  beyond: string,
  measure: (value: SqlValue) => string,
  words: (limit: number) => string,
): ValueRule {
  return {
    kind: kindOf(property),
    broken: (value) => {
      const limit = value.model[property];
      return limit === undefined ? undefined : `${measure(value)} ${beyond} ${limit}`;
    },
    says: (model) => words(model[property] ?? 0),
  };
}

/** `minItems` → `min-items` */
function kindOf(property: string): string {
  return property.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Binary fractions are never exact: 0.3 counts as a multiple of 0.1. */
function notMultiple(sql: string, factor: number, sqlType: string): string {
  if (!isBinary(sqlType)) return `${sql} % ${factor} <> 0`;
  return `abs(${sql} / ${factor} - round(${sql} / ${factor})) > 1e-9`;
}

function isBinary(sqlType: string): boolean {
  return /^(DOUBLE|FLOAT)/.test(sqlType);
}

/** A format that nobody knows is told of by `mesh contract lint`, and holds nothing. */
function notFormatted(sql: string, { format = "" }: ValueModel): string | undefined {
  const known = format === "" ? undefined : stringFormat(format);
  if (known === undefined || known === "unknown") return undefined;
  const { pattern, maxLength, castTo } = known;
  return [
    `NOT regexp_full_match(${sql}, ${quoteLiteral(pattern)}, 'i')`,
    ...(maxLength === undefined ? [] : [`length(${sql}) > ${maxLength}`]),
    ...(castTo === undefined ? [] : [`${sql} IS NOT NULL AND TRY_CAST(${sql} AS ${castTo}) IS NULL`]),
  ].join(" OR ");
}

/** The engine's type may hold more than the format; where it does not, there is nothing to look at. */
function outOfRange(sql: string, { format = "", logicalType, sqlType }: ValueModel): string | undefined {
  const range = logicalType === "integer" ? integerRange(format) : undefined;
  const held = integerRange(formatOf[sqlType] ?? "");
  if (range === undefined || held === undefined) return undefined;
  const below = range[0] > held[0] ? [`${sql} < ${range[0]}`] : [];
  const above = range[1] < held[1] ? [`${sql} > ${range[1]}`] : [];
  return [...below, ...above].join(" OR ");
}

const formatOf: Readonly<Record<string, string>> = {
  ...{ TINYINT: "i8", SMALLINT: "i16", INTEGER: "i32", BIGINT: "i64", HUGEINT: "i128" },
  ...{ UTINYINT: "u8", USMALLINT: "u16", UINTEGER: "u32", UBIGINT: "u64", UHUGEINT: "u128" },
};
