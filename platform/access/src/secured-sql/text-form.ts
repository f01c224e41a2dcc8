import { type DuckDBType, DuckDBTypeId } from "@duckdb/node-api";

/** SQL of a value in the text form of Postgres, null for null. The engine writes it, so that nothing passes through numbers of JavaScript. */
export function textForm(value: string, type: DuckDBType): string {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return `CASE ${value} WHEN TRUE THEN 't' WHEN FALSE THEN 'f' END`;
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return floatForm(value);
    case DuckDBTypeId.DATE:
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ:
    case DuckDBTypeId.TIMESTAMP_S:
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP_NS:
      return `replace(CAST(${value} AS VARCHAR), ' (BC)', ' BC')`;
    case DuckDBTypeId.INTERVAL:
      return `replace(CAST(${value} AS VARCHAR), ' month', ' mon')`;
    case DuckDBTypeId.BLOB:
      return `'\\x' || lower(hex(${value}))`;
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return listForm(value, type.valueType);
    case DuckDBTypeId.STRUCT:
    case DuckDBTypeId.MAP:
    case DuckDBTypeId.UNION:
    case DuckDBTypeId.VARIANT:
      return `CAST(to_json(${value}) AS VARCHAR)`;
    default:
      return `CAST(${value} AS VARCHAR)`;
  }
}

function floatForm(value: string): string {
  const text = `CAST(${value} AS VARCHAR)`;
  const infinite = `CASE WHEN ${value} > 0 THEN 'Infinity' ELSE '-Infinity' END`;
  return `CASE WHEN isnan(${value}) THEN 'NaN' WHEN isinf(${value}) THEN ${infinite} ELSE regexp_replace(${text}, '\\.0$', '') END`;
}

// A word that could be taken for something else is quoted; nested arrays are not.
function listForm(value: string, item: DuckDBType): string {
  const nested = item.typeId === DuckDBTypeId.LIST || item.typeId === DuckDBTypeId.ARRAY;
  const text = textForm("item", item);
  const shown = nested ? text : quotedForm(`(${text})`);
  // Of an array the length is part of the type, which list functions do not take.
  const items = `list_transform(${value}, lambda item: coalesce(${shown}, 'NULL'))`;
  return `CASE WHEN ${value} IS NOT NULL THEN '{' || array_to_string(${items}, ',') || '}' END`;
}

function quotedForm(text: string): string {
  const escaped = `'"' || replace(replace(${text}, '\\', '\\\\'), '"', '\\"') || '"'`;
  const plain = `regexp_full_match(${text}, '[A-Za-z0-9_.:+ -]*[A-Za-z0-9_.:+-]') AND NOT starts_with(${text}, ' ') AND lower(${text}) <> 'null'`;
  return `CASE WHEN ${plain} THEN ${text} WHEN ${text} IS NOT NULL THEN ${escaped} END`;
}
