import { quoteLiteral } from "@thoth/warehouse/sql-text";

/** One field of a JSON object and the SQL of its value. */
export type JsonField = readonly [key: string, sql: string];

/** An SQL value that `to_json` writes as an object with these keys in this order. */
export function objectSql(fields: readonly JsonField[]): string {
  if (fields.length === 0) return "CAST('{}' AS JSON)";
  const pairs = fields.map(([key, sql]) => [quoteLiteral(key), sql] as const);
  // Keys of the engine's structures are equal whatever their case; those of JSON are not.
  const distinct = new Set(fields.map(([key]) => key.toLowerCase())).size === fields.length;
  if (distinct) return `{${pairs.map(([key, sql]) => `${key}: ${sql}`).join(", ")}}`;
  return `json_object(${pairs.flat().join(", ")})`;
}

/** SQL of the text of a JSON object whose fields are JSON texts already. */
export function objectTextSql(fields: readonly JsonField[]): string {
  return fields.length === 0 ? "'{}'" : `concat('{', ${fieldsTextSql(fields)}, '}')`;
}

/** The same without the braces, for at least one field. */
export function fieldsTextSql(fields: readonly JsonField[]): string {
  const parts = fields.flatMap(([key, sql], index) => [
    quoteLiteral(`${index === 0 ? "" : ","}${JSON.stringify(key)}:`),
    sql,
  ]);
  return `concat(${parts.join(", ")})`;
}

/** SQL of a value's JSON text; `null` when there is no value. */
export function textSql(value: string): string {
  return `coalesce(CAST(to_json(${value}) AS VARCHAR), 'null')`;
}

/** A text of ours as an SQL value: the engine would take a bare one for any type. */
export function quoteText(text: string): string {
  return `CAST(${quoteLiteral(text)} AS VARCHAR)`;
}
