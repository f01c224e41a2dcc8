import type { ColumnModel, LogicalType, ProductModel } from "./product-model.ts";

/** JSON Schema, draft 2019-09. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * JSON Schema of one row as the ports serve it in JSON: every column is there, null where the contract allows it.
 * Decimals are texts, and so are integers beyond 2^53 - 1.
 */
export function rowJsonSchema(model: ProductModel): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2019-09/schema",
    $id: `urn:thoth-mesh:row:${model.domain}:${model.product}:${model.version}`,
    title: `${model.typeName}Row`,
    description: model.purpose,
    type: "object",
    additionalProperties: false,
    required: model.columns.map(({ name }) => name),
    properties: Object.fromEntries(model.columns.map((column) => [column.name, columnSchema(column)])),
  };
}

function columnSchema(column: ColumnModel): JsonSchema {
  const { description, required, enumValues } = column;
  const value = { ...typeSchema(column), ...limits(column), ...(enumValues && { enum: enumValues }) };
  const text = description === "" ? {} : { description };
  return required ? { ...text, ...value } : { ...text, anyOf: [value, { type: "null" }] };
}

type Typed = Pick<ColumnModel, "logicalType" | "sqlType">;

function typeSchema({ logicalType, sqlType, items }: Typed & Pick<ColumnModel, "items">): JsonSchema {
  switch (logicalType) {
    case "array":
      return { type: "array", ...(items && { items: { anyOf: [typeSchema(items), { type: "null" }] } }) };
    case "integer":
      return isWide(sqlType) ? { type: ["integer", "string"], pattern: "^-?[0-9]+$" } : { type: "integer" };
    case "number":
      return sqlType.startsWith("DECIMAL") ? { type: "string", pattern: "^-?[0-9]+([.][0-9]+)?$" } : { type: "number" };
    case "object":
      return {};
    default:
      return simple[logicalType];
  }
}

const simple: Readonly<Record<Exclude<LogicalType, "array" | "integer" | "number" | "object">, JsonSchema>> = {
  string: { type: "string" },
  boolean: { type: "boolean" },
  date: { type: "string", format: "date" },
  timestamp: { type: "string", format: "date-time" },
  time: { type: "string", format: "time" },
};

/** Whether a column's integers can leave the range in which a JSON number is exact. */
export function isWide(sqlType: string): boolean {
  return ["BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT"].includes(sqlType);
}

/** Only what JSON Schema can say of the served form: limits of numbers do not reach those served as texts. */
function limits(column: ColumnModel): JsonSchema {
  const { logicalType, sqlType, minLength, maxLength, pattern } = column;
  if (logicalType === "string") return defined({ minLength, maxLength, pattern });
  const asNumber = logicalType === "integer" || (logicalType === "number" && !sqlType.startsWith("DECIMAL"));
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = column;
  return asNumber ? defined({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }) : {};
}

function defined(values: Readonly<Record<string, unknown>>): JsonSchema {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
