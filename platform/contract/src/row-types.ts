import type { JSONSchema } from "json-schema-to-typescript";
import { isWide } from "./json-schema.ts";
import type { ColumnModel, LogicalType, ProductModel } from "./product-model.ts";

/**
 * TypeScript source of one interface, `<TypeName>Row`: a row as the engine hands it over. Wide integers are `bigint`,
 * dates, times and decimals texts, nullable columns `… | null`.
 */
export async function generateRowTypes(model: ProductModel): Promise<string> {
  // loaded when needed: the generator brings a formatter along, and most users of contracts generate nothing
  const { compile } = await import("json-schema-to-typescript");
  return compile(rowSchema(model), `${model.typeName}Row`, {
    additionalProperties: false,
    bannerComment: `// Generated from the contract ${model.id} ${model.version} by \`npm run generate\`; changes belong there.`,
    style: { printWidth: 120 },
  });
}

function rowSchema(model: ProductModel): JSONSchema {
  const properties = model.columns.map((column): [string, JSONSchema] => [column.name, columnSchema(column)]);
  return {
    type: "object",
    description: comment(model.purpose),
    required: model.columns.map(({ name }) => name),
    properties: Object.fromEntries(properties),
  };
}

function columnSchema(column: ColumnModel): JSONSchema {
  const type = column.logicalType === "array" ? `readonly (${arrayItem(column)} | null)[]` : valueType(column);
  const tsType = column.required || type === "unknown" ? type : `${type} | null`;
  return { description: comment(column.description), tsType };
}

function arrayItem({ items }: ColumnModel): string {
  return items ? valueType(items) : "unknown";
}

function valueType(
  column: Pick<ColumnModel, "logicalType" | "sqlType"> & { readonly enumValues?: readonly string[] },
): string {
  const { logicalType, sqlType, enumValues } = column;
  if (enumValues) return enumValues.map((value) => JSON.stringify(value)).join(" | ");
  if (logicalType === "integer" && isWide(sqlType)) return "bigint";
  if (logicalType === "number" && sqlType.startsWith("DECIMAL")) return "string";
  return typeNames[logicalType];
}

const typeNames: Readonly<Record<LogicalType, string>> = {
  string: "string",
  date: "string",
  timestamp: "string",
  time: "string",
  integer: "number",
  number: "number",
  object: "unknown",
  array: "readonly unknown[]",
  boolean: "boolean",
};

/** Keeps a contract's prose from ending the comment it stands in. */
function comment(text: string): string {
  return text.replaceAll("*/", "* /");
}
