import { snakeCase } from "@thoth/kernel/names";
import type { CleanColumn } from "./clean-columns.ts";

/** A column of a new product: what the contract promises of it, and how the query yields it. */
export interface ProductColumn {
  /** Its name in the contract. */
  readonly name: string;
  /** 1-based; 0 when it is not part of the key. */
  readonly keyPosition: number;
  /** Its property in the contract, in YAML without indentation. */
  readonly property: readonly string[];
  /** Its entry in the SELECT list. */
  readonly select: string;
}

/**
 * The columns of a cleaned table as a new product publishes them. Everything starts as `internal`: opening up is a
 * decision, and so is closing.
 * @param key columns of the cleaned table, in key order
 */
export function productColumns(columns: readonly CleanColumn[], key: readonly string[]): ProductColumn[] {
  return columns.map((column) => {
    const name = promisedName(column.name);
    const { types, cast } = promisedType(column.type);
    const value = cast === undefined ? column.sqlName : cast(column.sqlName);
    const keyPosition = key.indexOf(column.name) + 1;
    return {
      name,
      keyPosition,
      property: propertyLines(name, types, keyPosition),
      select: value === name ? name : `${value} as ${name}`,
    };
  });
}

/** Filters in GraphQL combine conditions under these names. */
const taken = new Set(["and", "or", "not"]);

function promisedName(name: string): string {
  const plain = snakeCase(name);
  return taken.has(plain) || !/^[a-z]/.test(plain) ? `value_${plain}` : plain;
}

function propertyLines(name: string, types: readonly string[], keyPosition: number): string[] {
  return [
    `- id: ${name}`,
    `  name: ${name}`,
    ...types.map((line) => `  ${line}`),
    `  description: Say here what ${name} is${keyPosition === 0 ? ", its unit, and what null stands for" : ""}.`,
    ...(keyPosition === 0 ? [] : ["  primaryKey: true", `  primaryKeyPosition: ${keyPosition}`, "  required: true"]),
    "  classification: internal",
  ];
}

interface PromisedType {
  readonly types: readonly string[];
  /** For types that a contract cannot promise: what is published in their place. */
  readonly cast?: (value: string) => string;
}

const promised: readonly (readonly [RegExp, PromisedType])[] = [
  [/^(TINYINT|SMALLINT|INTEGER|UTINYINT|USMALLINT)$/, { types: ["logicalType: integer"] }],
  [/^(BIGINT|UINTEGER)$/, { types: ["logicalType: integer", "logicalTypeOptions: { format: i64 }"] }],
  [/^(HUGEINT|UBIGINT)$/, { types: ["logicalType: integer", "logicalTypeOptions: { format: i128 }"] }],
  [/^UHUGEINT$/, { types: ["logicalType: integer", "logicalTypeOptions: { format: u128 }"] }],
  [/^(DOUBLE|FLOAT)$/, { types: ["logicalType: number"] }],
  [/^BOOLEAN$/, { types: ["logicalType: boolean"] }],
  [/^DATE$/, { types: ["logicalType: date"] }],
  [/^TIME$/, { types: ["logicalType: time"] }],
  [/^TIMESTAMP WITH TIME ZONE$/, { types: ["logicalType: timestamp"] }],
  [/^TIMESTAMP$/, { types: ["logicalType: timestamp", "physicalType: TIMESTAMP"] }],
  [/^(VARCHAR|UUID)$/, { types: ["logicalType: string"] }],
  [/^JSON$/, { types: ["logicalType: object"] }],
  [/^(STRUCT|MAP|UNION)/, { types: ["logicalType: object"], cast: (value) => `to_json(${value})` }],
];

function promisedType(type: string): PromisedType {
  if (type.startsWith("DECIMAL")) return { types: ["logicalType: number", `physicalType: "${type}"`] };
  const item = type.endsWith("[]") ? promisedType(type.slice(0, -2)) : undefined;
  if (item !== undefined && item.cast === undefined && !item.types.includes("logicalType: array"))
    return { types: ["logicalType: array", "items:", ...item.types.map((line) => `  ${line}`)] };
  if (item !== undefined) return { types: ["logicalType: object"], cast: (value) => `to_json(${value})` };
  const known = promised.find(([pattern]) => pattern.test(type));
  return known?.[1] ?? { types: ["logicalType: string"], cast: (value) => `${value}::varchar` };
}
