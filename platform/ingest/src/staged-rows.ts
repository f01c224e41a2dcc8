import type { Hash } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { quoteIdentifier, quoteList, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { DeclaredColumn } from "./column-spec.ts";
import type { RelationData } from "./connector.ts";
import { ingestError } from "./errors.ts";

/** A folder for rows on their way from another system into the engine, gone with them when disposed. */
export interface Staging extends AsyncDisposable {
  /** Name of a file that does not exist yet. */
  nextFile(): string;
}

/**
 * The folder lies beside the write file, readable by its owner alone, under a name that the stream alone uses: what a
 * killed process left there is removed by the next run.
 */
export async function openStaging(engine: WriteSide, stream: string): Promise<Staging> {
  const folder = join(`${engine.file}.staged`, encodeURIComponent(stream));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  let files = 0;
  return {
    nextFile: () => join(folder, `${++files}.csv`),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

export interface StagedRows {
  readonly files: readonly string[];
  /** In the order of the files' fields. */
  readonly columns: readonly DeclaredColumn[];
  /** What lands in `_source`, and what a wrong value's place begins with; it shows no secret. */
  readonly place: string;
  /** How many rows were written into the files. */
  readonly written: number;
  /** Condition on the declared columns, which are visible as `staged.<name>`. */
  readonly where?: string;
}

/** Longest row that is read, bytes. */
const longestRow = 64 * 1024 * 1024;

/**
 * Rows staged as CSV without a header: a field without anything is null, `""` is the empty text, lists and structures
 * are JSON, BLOBs are hexadecimal. One thread reads, because a text may hold what looks like the beginning of a row.
 */
export function stagedRelation({ files, columns, place, written, where }: StagedRows): RelationData {
  const fields = columns.map((column) => `${quoteLiteral(column.name)}: ${quoteLiteral(fieldType(column))}`);
  // A row of one null would be an empty line, which readers of CSV skip.
  if (columns.length === 1) fields.push(`${quoteLiteral(fillerName)}: 'VARCHAR'`);
  const settings = [
    "header = false",
    "auto_detect = false",
    "delim = ','",
    `quote = '"'`,
    `escape = '"'`,
    "nullstr = ''",
    "allow_quoted_nulls = false",
    "parallel = false",
    `max_line_size = ${longestRow}`,
    `columns = {${fields.join(", ")}}`,
  ];
  const items = columns.map((column) => `${readField(column)} AS ${quoteIdentifier(column.name)}`);
  const rows = `SELECT ${items.join(", ")}\nFROM read_csv(${quoteList(files)}, ${settings.join(", ")})`;
  const filter = where === undefined ? "" : `\nWHERE ${where}`;
  const sql = `SELECT staged.*, ${quoteLiteral(place)} AS _source FROM (${rows}) AS staged${filter}`;
  const countSql = where === undefined ? {} : { countSql: `SELECT count(*) AS count FROM (${rows})` };
  return { kind: "relation", sql, handed: { rows: written, ...countSql }, explain: explainStaged(columns, place) };
}

const fillerName = "_filler";

/** One row for {@link stagedRelation}, with the line's end. */
export function stagedLine(fields: readonly (string | null)[]): string {
  const texts = fields.map((field) => (field === null ? "" : `"${field.replaceAll('"', '""')}"`));
  if (fields.length === 1) texts.push("");
  return `${texts.join(",")}\n`;
}

/** Written as JSON among texts. */
export function isNested(type: string): boolean {
  return /\]$|^(STRUCT|MAP|UNION)\b/i.test(type);
}

/** Staged as hexadecimal digits. */
export function isBytes({ type }: Pick<DeclaredColumn, "type">): boolean {
  return /^(BLOB|BYTEA|BINARY|VARBINARY)$/i.test(type);
}

function fieldType({ type, pseudonymise }: DeclaredColumn): string {
  if (pseudonymise || isBytes({ type })) return "VARCHAR";
  return isNested(type) ? "JSON" : type;
}

function readField({ name, type, pseudonymise }: DeclaredColumn): string {
  const field = quoteIdentifier(name);
  if (pseudonymise) return `pseudonym(${field})`;
  if (isNested(type)) return `CAST(${field} AS ${type})`;
  return isBytes({ type }) ? `unhex(${field})` : field;
}

/** Tells whether a whole stream has changed. Keyed like a pseudonym, because a digest of few possible values can be guessed. */
export async function keyedDigest(engine: WriteSide, columns: readonly DeclaredColumn[], rows: Hash): Promise<string> {
  rows.update(JSON.stringify(columns));
  const [row] = await engine.query("SELECT pseudonym($1) AS digest", [rows.digest("hex")]);
  return String(row?.digest);
}

const shownCharacters = 40;

/** The engine's own text is not passed on: it quotes the whole row and the name of a file that is gone. */
function explainStaged(columns: readonly DeclaredColumn[], place: string): RelationData["explain"] {
  return (failure) => {
    if (!(failure instanceof Error)) return failure;
    const cast = /converting column "(.*?)"\. Could not convert string "([\s\S]*?)" to '(.*?)'/.exec(failure.message);
    if (cast === null) return explainOther(failure, place);
    const [, name = "", value = "", type = ""] = cast;
    const column = columns.find((declared) => declared.name === name)?.from ?? name;
    const shown = JSON.stringify(value.length > shownCharacters ? `${value.slice(0, shownCharacters)}…` : value);
    return ingestError["wrong-type"]({ column, type, value: shown }, { at: { path: `${place}.${column}` } });
  };
}

function explainOther(failure: Error, place: string): unknown {
  if (/maximum_line_size|Maximum line size|buffer size/i.test(failure.message)) {
    return ingestError["row-too-long"]({ limitBytes: longestRow }, { at: { path: place } });
  }
  const engineText = failure.cause instanceof Error ? failure.cause.message : "";
  if (/CSV Error|Conversion|Invalid Input/i.test(failure.message + engineText)) {
    return ingestError["wrong-type"](
      { column: "(one of the declared columns)", type: "value of the declared type", value: "a value" },
      { at: { path: place } },
    );
  }
  return failure;
}
