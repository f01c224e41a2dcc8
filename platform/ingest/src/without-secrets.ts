import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import { type ColumnType, isTextType, parseType } from "./nested-type.ts";
import { isSecretName, isSecretNameSql, withoutSecretMembers, withoutSecretsInText } from "./secret-names.ts";

/**
 * SQL of a value in which what secret names hold is null: keys of maps, fields of structures, members of JSON and of texts
 * that are JSON, within each other and in lists. The value itself where its type can hold none.
 * @param type as the engine spells it
 */
export function withoutSecrets(value: string, type: string): string {
  return clear(value, parseType(type), 0) ?? value;
}

/** @returns undefined where there is nothing to clear */
function clear(value: string, type: ColumnType, depth: number): string | undefined {
  switch (type.kind) {
    case "plain":
      return clearPlain(value, type.name);
    case "list":
      return clearList(value, type.of, depth);
    case "map":
      return clearMap(value, type, depth);
    case "struct":
      return clearStruct(value, type.fields, depth);
    default:
      return type satisfies never;
  }
}

function clearPlain(value: string, type: string): string | undefined {
  if (/^JSON$/i.test(type)) return `(${withoutSecretMembers(`${value}::VARCHAR`)})::JSON`;
  return isTextType(type) ? withoutSecretsInText(value) : undefined;
}

function clearList(value: string, of: ColumnType, depth: number): string | undefined {
  const item = `item${depth}`;
  const cleared = clear(item, of, depth + 1);
  return cleared === undefined ? undefined : `list_transform(${value}, lambda ${item}: ${cleared})`;
}

type MapType = Extract<ColumnType, { kind: "map" }>;

function clearMap(value: string, { key, value: of }: MapType, depth: number): string | undefined {
  const entry = `entry${depth}`;
  const cleared = clear(`${entry}."value"`, of, depth + 1);
  const isNamed = key.kind === "plain" && isTextType(key.name);
  if (!isNamed && cleared === undefined) return undefined;
  const kept = cleared ?? `${entry}."value"`;
  const item = isNamed ? `CASE WHEN NOT ${isSecretNameSql(`${entry}."key"`)} THEN ${kept} END` : kept;
  return `map_from_entries(list_transform(map_entries(${value}), lambda ${entry}: {'key': ${entry}."key", 'value': ${item}}))`;
}

type Fields = Extract<ColumnType, { kind: "struct" }>["fields"];

function clearStruct(value: string, fields: Fields, depth: number): string | undefined {
  const items = fields.map(({ name, type }) => {
    const field = `struct_extract(${value}, ${quoteLiteral(name)})`;
    const secret = isSecretName(name) ? `CASE WHEN false THEN ${field} END` : undefined;
    return { name, field, cleared: secret ?? clear(field, type, depth) };
  });
  if (items.every(({ cleared }) => cleared === undefined)) return undefined;
  const packed = items.map(({ name, field, cleared = field }) => `${quoteIdentifier(name)} := ${cleared}`);
  return `CASE WHEN ${value} IS NOT NULL THEN struct_pack(${packed.join(", ")}) END`;
}
