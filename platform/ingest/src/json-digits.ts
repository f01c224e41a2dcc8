import { quoteIdentifier, quoteList, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import { type DeclaredColumn, landedValue } from "./column-spec.ts";
import { digitsBehindPoint } from "./exact-number.ts";
import type { SourceFile } from "./file-set.ts";
import { sourceColumn } from "./source-column.ts";

/**
 * The engine makes binary numbers of those in JSON with a point or an exponent, whatever they are to become. Up to so many
 * characters none of them loses a digit by that.
 */
const safeCharacters = 15;
const longNumber = `-?[0-9][-+.0-9eE]{${safeCharacters},}`;

export interface JsonFormat {
  readonly format: "newline_delimited" | "array";
  readonly maximumObjectBytes: number;
}

/** Whether a column of numbers holds one with more digits than the engine would keep. */
export async function hasLongNumbers(
  engine: WriteSide,
  files: readonly SourceFile[],
  { columns, ...format }: JsonFormat & { readonly columns: readonly DeclaredColumn[] },
): Promise<boolean> {
  const numbers = columns.filter(isNumber);
  if (numbers.length === 0) return false;
  const members = numbers.map(({ from }) => memberPattern(from)).join("|");
  const found = await engine.query(
    `SELECT 1 FROM ${readObjects(files, format)} WHERE regexp_matches(json::VARCHAR, ${quoteLiteral(`(?:${members})${longNumber}`)}) LIMIT 1`,
  );
  return found.length > 0;
}

/** SELECT of the columns as texts, with every digit of numbers, and `_source`. */
export function exactTexts(
  files: readonly SourceFile[],
  columns: readonly DeclaredColumn[],
  format: JsonFormat,
): string {
  const items = columns.map((column) => {
    const json = isNumber(column) ? withNumbersAsTexts(column.from) : "json";
    const text = `json_extract_string(${json}, ${quoteLiteral(`$."${column.from.replaceAll('"', '\\"')}"`)})`;
    return `${landedValue({ ...column, type: "VARCHAR" }, text)} AS ${quoteIdentifier(column.name)}`;
  });
  return `SELECT ${items.join(", ")}, ${sourceColumn(files)}
FROM (SELECT json::VARCHAR AS json, filename FROM ${readObjects(files, format)})`;
}

function isNumber({ type, pseudonymise }: DeclaredColumn): boolean {
  return !pseudonymise && digitsBehindPoint(type) !== undefined;
}

/** Objects as they are written. */
function readObjects(files: readonly SourceFile[], { format, maximumObjectBytes }: JsonFormat): string {
  const names = quoteList(files.map((file) => file.path));
  return `read_json_objects(${names}, format = '${format}', maximum_object_size = ${maximumObjectBytes}, filename = true)`;
}

/** Behind a brace or a comma no text can be taken for it: within a text its quotes would be escaped. */
function memberPattern(key: string): string {
  return `[{,]\\s*${JSON.stringify(key).replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")}\\s*:\\s*`;
}

function withNumbersAsTexts(key: string): string {
  return `regexp_replace(json, ${quoteLiteral(`(${memberPattern(key)})(${longNumber})`)}, '\\1"\\2"', 'g')`;
}
