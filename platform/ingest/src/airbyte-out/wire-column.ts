import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { Stream } from "../connector.ts";
import { deletedAt } from "../mark-deleted.ts";

/** How one column of a stream is told and written in the protocol. */
export interface WireColumn {
  readonly name: string;
  /** @source Airbyte protocol, data types */
  readonly schema: Readonly<Record<string, unknown>>;
  /** SQL for the value as JSON text, null for null; every digit of a number is kept. */
  readonly json: string;
  /** SQL that is true when JSON has no such value: NaN and the infinities. */
  readonly unwritable?: string;
}

/**
 * The columns of a stream. Marks of deleted rows are left out: whoever reads from state to state cannot be told of them.
 * @param engine spells the declared types
 */
export async function describeWireColumns(engine: WriteSide, stream: Stream): Promise<WireColumn[]> {
  const columns = stream.columns.filter(({ name }) => name !== deletedAt.name);
  const nulls = columns.map(({ name, type }) => `NULL::${type} AS ${quoteIdentifier(name)}`);
  const described = await engine.query(`DESCRIBE SELECT ${nulls.join(", ")}`);
  return described.map((row) => wireColumn(String(row.column_name), String(row.column_type)));
}

/** SQL for the text of one RECORD message with the columns of a table. */
export function recordText(stream: string, columns: readonly WireColumn[], emittedAt: number): string {
  const fields = columns.map(({ name, json }, index) => {
    const key = `${index === 0 ? "" : ","}${JSON.stringify(name)}:`;
    return `${quoteLiteral(key)} || coalesce(${json}, 'null')`;
  });
  const head = `{"type":"RECORD","record":{"stream":${JSON.stringify(stream)},"emitted_at":${emittedAt},"data":{`;
  return `${quoteLiteral(head)} || ${fields.join(" || ")} || '}' || ${changesText(columns)} || '}}'`;
}

const anyJson = ["null", "object", "array", "string", "number", "boolean"];

function wireColumn(name: string, type: string): WireColumn {
  const value = quoteIdentifier(name);
  const text = `to_json(${value}::VARCHAR)::VARCHAR`;
  const as = (schema: object, json: string): WireColumn => ({ name, schema: { ...schema }, json });
  const time = (format: string) => `'"' || strftime(${value}::TIMESTAMP, '${format}') || '"'`;
  if (/\]$|^(STRUCT|MAP|UNION)\b/.test(type)) {
    return as({ type: ["null", type.endsWith("]") ? "array" : "object"] }, `to_json(${value})::VARCHAR`);
  }
  if (type === "JSON")
    return as({ type: anyJson }, `translate(${value}::VARCHAR, chr(10) || chr(13) || chr(9), '   ')`);
  if (type === "BOOLEAN") return as({ type: ["null", "boolean"] }, `${value}::VARCHAR`);
  if (/^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(type)) {
    return as({ type: ["null", "integer"] }, `${value}::VARCHAR`);
  }
  if (type.startsWith("DECIMAL")) return as({ type: ["null", "number"] }, `${value}::VARCHAR`);
  if (type === "DOUBLE" || type === "FLOAT") {
    const number = as({ type: ["null", "number"] }, `CASE WHEN isfinite(${value}) THEN ${value}::VARCHAR END`);
    return { ...number, unwritable: `NOT isfinite(${value})` };
  }
  if (type === "BLOB") {
    return as({ type: ["null", "string"], contentEncoding: "base64" }, `'"' || base64(${value}) || '"'`);
  }
  if (type === "DATE") return as({ type: ["null", "string"], format: "date" }, text);
  if (type === "TIMESTAMP WITH TIME ZONE") {
    return as(dateTime("timestamp_with_timezone"), time("%Y-%m-%dT%H:%M:%S.%fZ"));
  }
  if (type.startsWith("TIMESTAMP")) return as(dateTime("timestamp_without_timezone"), time("%Y-%m-%dT%H:%M:%S.%f"));
  return as({ type: ["null", "string"] }, text);
}

function dateTime(airbyteType: string): object {
  return { type: ["null", "string"], format: "date-time", airbyte_type: airbyteType };
}

/** What was nulled because it cannot be written is said in the record. */
function changesText(columns: readonly WireColumn[]): string {
  const changes = columns.flatMap(({ name, unwritable }) => {
    if (unwritable === undefined) return [];
    const change = { field: name, change: "NULLED", reason: "SOURCE_SERIALIZATION_ERROR" };
    return [`CASE WHEN ${unwritable} THEN ${quoteLiteral(JSON.stringify(change))} END`];
  });
  if (changes.length === 0) return "''";
  const list = `list_filter([${changes.join(", ")}], lambda one: one IS NOT NULL)`;
  return `CASE WHEN len(${list}) = 0 THEN '' ELSE ',"meta":{"changes":[' || array_to_string(${list}, ',') || ']}' END`;
}
