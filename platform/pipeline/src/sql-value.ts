import type { FieldModel, ItemModel, ValueModel } from "@thoth/contract/product-model";
import { quoteLiteral } from "@thoth/warehouse/sql-text";

/** A value that a contract describes, as SQL over one row. */
export interface SqlValue {
  /** `sqlType` is the type that `sql` has. */
  readonly model: ValueModel;
  /** Of its own type; null as well where it is JSON of another type, which is a promise of its own. */
  readonly sql: string;
  /** The same as JSON, where it lies in JSON. */
  readonly json?: string;
}

/** A column as it is stored. */
export function columnValue(model: ValueModel, name: string): SqlValue {
  return model.sqlType === "JSON" ? { model, sql: name, json: name } : { model, sql: name };
}

/** A field of an object; null where the object has no such field. */
export function fieldValue({ json }: SqlValue, field: FieldModel): SqlValue {
  return jsonValue(field, `json_extract(${json}, ${quoteLiteral(pointer(field.name))})`);
}

/** One item of an array, by the name that a lambda gives it. */
export function itemValue(array: SqlValue, item: ItemModel, name: string): SqlValue {
  const isJson = array.json !== undefined || item.sqlType === "JSON";
  return isJson ? jsonValue(item, name) : { model: item, sql: name };
}

/** The items of an array, JSON or not; null for what is none. */
export function listOf({ model, sql, json }: SqlValue): string {
  if (model.logicalType !== "array" || json === undefined) return sql;
  return `CASE WHEN json_type(${json}) = 'ARRAY' THEN json_extract(${json}, '$[*]') END`;
}

/** Whether there is anything: null in JSON is no value, as null in a column is none. */
export function isAbsent({ sql, json }: SqlValue): string {
  return json === undefined ? `${sql} IS NULL` : `coalesce(json_type(${json}), 'NULL') = 'NULL'`;
}

/** How many fields of an object are there; null for what is none. */
export function countedFields({ json = "NULL" }: SqlValue): string {
  return `CASE WHEN json_type(${json}) = 'OBJECT' THEN len(${presentFields(json)}) END`;
}

/** Condition for what is JSON, and not of the type that is promised. */
export function isOtherType({ model, json }: SqlValue): string | undefined {
  if (json === undefined) return undefined;
  const type = `json_type(${json})`;
  const other = jsonTypes[model.logicalType];
  if (other !== undefined) return `${type} NOT IN (${quoteLiteral(other)}, 'NULL')`;
  const [noNumber, text] = [`${type} IN ('VARCHAR', 'BOOLEAN', 'OBJECT', 'ARRAY')`, textOf(json)];
  const unread = `${type} <> 'NULL' AND TRY_CAST(${text} AS ${readAs(model)}) IS NULL`;
  if (model.logicalType === "number") return `${noNumber} OR ${unread}`;
  if (model.logicalType === "integer") return `${noNumber} OR ${unread} OR TRY_CAST(${text} AS DOUBLE) % 1 <> 0`;
  const noText = `${type} NOT IN ('VARCHAR', 'NULL')`;
  // Days and times that are written in a way of their own are text here; `mesh contract lint` says so.
  return model.format === undefined ? `${noText} OR ${unread}` : noText;
}

const jsonTypes: Readonly<Partial<Record<ValueModel["logicalType"], string>>> = {
  string: "VARCHAR",
  boolean: "BOOLEAN",
  object: "OBJECT",
  array: "ARRAY",
};

/** The items so that equal ones are equal texts, whatever the order of an object's fields. */
export function canonicalItems(array: SqlValue): string {
  const { items } = array.model;
  const list = listOf(array);
  if (items === undefined) return list;
  const item = itemValue(array, items, "item");
  return item.json === undefined ? list : `list_transform(${list}, lambda item: ${canonical(item, 0)})`;
}

function jsonValue(model: ValueModel, json: string): SqlValue {
  const own = { ...model, sqlType: readAs(model) };
  if (model.logicalType === "object" || model.logicalType === "array") return { model: own, sql: json, json };
  const isText = !["integer", "number", "boolean"].includes(model.logicalType);
  const wanted = isText ? `json_type(${json}) = 'VARCHAR'` : `json_type(${json}) NOT IN ('VARCHAR', 'OBJECT', 'ARRAY')`;
  return { model: own, sql: `CASE WHEN ${wanted} THEN TRY_CAST(${textOf(json)} AS ${own.sqlType}) END`, json };
}

/** Whole numbers in JSON are as wide as they are written, unless the contract gives them a width. */
function readAs({ logicalType, sqlType }: ValueModel): string {
  if (logicalType === "array" || logicalType === "object") return "JSON";
  return logicalType === "integer" ? "HUGEINT" : sqlType;
}

function textOf(json: string): string {
  return `json_extract_string(${json}, '$')`;
}

function presentFields(json: string): string {
  return `list_filter(json_keys(${json}), lambda field: json_type(${json}, ${pointerOf("field")}) <> 'NULL')`;
}

/** JSON Pointer of a field: unlike a path, it takes every name. */
function pointer(name: string): string {
  return `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function pointerOf(name: string): string {
  return `'/' || replace(replace(${name}, '~', '~0'), '/', '~1')`;
}

/** A text that two values share when they are equal, as far as the contract describes them; null for none. */
function canonical(value: SqlValue, depth: number): string {
  const { model, json = "NULL", sql } = value;
  const isNull = isAbsent(value);
  const written = `${json}::VARCHAR`;
  if (model.logicalType === "object") return `CASE WHEN NOT ${isNull} THEN ${canonicalFields(value, depth)} END`;
  if (model.logicalType === "array" && model.items !== undefined) {
    const name = `item${depth}`;
    const item = canonical(itemValue(value, model.items, name), depth + 1);
    return `CASE WHEN NOT ${isNull} THEN coalesce(list_transform(${listOf(value)}, lambda ${name}: ${item})::VARCHAR, ${written}) END`;
  }
  return `CASE WHEN NOT ${isNull} THEN coalesce(to_json(${sql})::VARCHAR, ${written}) END`;
}

function canonicalFields(value: SqlValue, depth: number): string {
  const { model, json = "NULL" } = value;
  const name = `field${depth}`;
  const described = (model.properties ?? []).map(
    (field) => `WHEN ${quoteLiteral(field.name)} THEN ${canonical(fieldValue(value, field), depth + 1)}`,
  );
  const plain = `json_extract(${json}, ${pointerOf(name)})::VARCHAR`;
  const content = described.length === 0 ? plain : `CASE ${name} ${described.join(" ")} ELSE ${plain} END`;
  const fields = `list_transform(list_sort(${presentFields(json)}), lambda ${name}: [${name}, ${content}])`;
  return `coalesce(CASE WHEN json_type(${json}) = 'OBJECT' THEN to_json(${fields})::VARCHAR END, ${json}::VARCHAR)`;
}
