import type { Hash } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { quoteIdentifier, quoteList, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import { type DeclaredColumn, landedValue } from "./column-spec.ts";
import type { RelationData, StreamColumn } from "./connector.ts";
import { castText, siftRows, withBroken } from "./sifted-rows.ts";
import { explainStaged, longestRow, notUtf8 } from "./staged-failure.ts";
import { isJudged, strictRows } from "./strict-rows.ts";

/** A folder for rows on their way from another system into the engine, gone with them when disposed. */
export interface Staging extends AsyncDisposable {
  /** Name of a file that does not exist yet. @param ending of the name: `csv` unless given */
  nextFile(ending?: string): string;
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
    nextFile: (ending = "csv") => join(folder, `${++files}.${ending}`),
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
  /** See {@link MaxRejectedShare}. */
  readonly maxRejectedShare?: number | undefined;
  /** Rows with bytes that are no UTF-8, which no text can hold: here in place of each there is U+FFFD. */
  readonly broken?: BrokenRows | undefined;
}

export interface BrokenRows {
  readonly files: readonly string[];
  readonly rows: number;
}

/**
 * Rows staged as CSV without a header: a field without anything is null, `""` is the empty text, lists and structures
 * are JSON, BLOBs are hexadecimal. One thread reads, because a text may hold what looks like the beginning of a row.
 * @throws MeshError `ingest/wrong-type` where there are broken rows and the stream does without none
 */
export function stagedRelation(staged: StagedRows): RelationData {
  const { columns, place, written, where } = staged;
  const relation = { kind: "relation", explain: explainStaged(columns, place) } as const;
  if (staged.maxRejectedShare !== undefined) return { ...relation, ...siftStaged(staged, staged.maxRejectedShare) };
  if (staged.broken !== undefined) throw notUtf8(place);
  const rows = strictRows(readRows(staged, fieldType, readField), columns);
  const countSql = where === undefined ? {} : { countSql: `SELECT count(*) AS count FROM (${rows})` };
  return { ...relation, sql: filtered(rows, where), handed: { rows: written, ...countSql } };
}

type SiftedData = Pick<RelationData, "sql" | "misfits" | "handed">;

function siftStaged({ where, broken, ...staged }: StagedRows, mostShare: number): SiftedData {
  const textsOf = (files: readonly string[]) => readRows({ ...staged, files }, fieldText, readText);
  const how = { mostShare, place: "path", castOf: castStaged } as const;
  const sifted = siftRows(textsOf(staged.files), staged.columns, how);
  const { fitting } = sifted;
  const misfits =
    broken === undefined ? sifted.misfits : withBroken(sifted.misfits, textsOf(broken.files), staged.columns);
  const handed = { rows: staged.written + (broken?.rows ?? 0), countSql: misfits.countSql };
  if (where === undefined) return { sql: fitting, misfits, handed };
  const countSql = `SELECT (${misfits.countSql}) - count(*) AS count FROM (${fitting}) AS staged WHERE NOT (${where})`;
  return { sql: filtered(fitting, where), misfits: { ...misfits, countSql, comesAgain: true }, handed };
}

/** SELECT of the fields as they were written, and `_source`. */
export function stagedTexts(staged: Pick<StagedRows, "files" | "columns" | "place">): string {
  return readRows(staged, fieldText, ({ name }) => quoteIdentifier(name));
}

function filtered(rows: string, where: string | undefined): string {
  return where === undefined ? rows : `SELECT staged.* FROM (${rows}) AS staged WHERE ${where}`;
}

/** SELECT of the columns and `_source`. */
function readRows(
  { files, columns, place }: Pick<StagedRows, "files" | "columns" | "place">,
  typeOf: (column: DeclaredColumn) => string,
  read: (column: DeclaredColumn) => string,
): string {
  const fields = columns.map((column) => `${quoteLiteral(column.name)}: ${quoteLiteral(typeOf(column))}`);
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
  const items = columns.map((column) => `${read(column)} AS ${quoteIdentifier(column.name)}`);
  return `SELECT ${items.join(", ")}, ${quoteLiteral(place)} AS _source
FROM read_csv(${quoteList(files)}, ${settings.join(", ")})`;
}

const fillerName = "_filler";

/** One row for {@link stagedRelation}, with the line's end. */
export function stagedLine(fields: readonly (string | null)[]): string {
  const texts = fields.map((field) => (field === null ? "" : `"${field.replaceAll('"', '""')}"`));
  if (fields.length === 1) texts.push("");
  return `${texts.join(",")}\n`;
}

/** Staged as hexadecimal digits. */
export function isBytes({ type }: Pick<DeclaredColumn, "type">): boolean {
  return /^(BLOB|BYTEA|BINARY|VARBINARY)$/i.test(type);
}

function fieldType(column: DeclaredColumn): string {
  return column.pseudonymise || isBytes(column) || isJudged(column) ? "VARCHAR" : column.type;
}

function fieldText(): string {
  return "VARCHAR";
}

function readText(column: DeclaredColumn): string {
  return landedValue({ ...column, type: "VARCHAR" }, quoteIdentifier(column.name));
}

function readField(column: DeclaredColumn): string {
  const field = quoteIdentifier(column.name);
  if (isJudged(column)) return readText(column);
  return isBytes(column) ? `unhex(${field})` : landedValue(column, field);
}

/** SQL of the value of a staged text, null where it does not fit. */
export function castStaged(column: StreamColumn): string {
  return isBytes(column) ? `TRY(unhex(${quoteIdentifier(column.name)}))` : castText(column);
}

/** Tells whether a whole stream has changed. Keyed like a pseudonym, because a digest of few possible values can be guessed. */
export async function keyedDigest(engine: WriteSide, columns: readonly DeclaredColumn[], rows: Hash): Promise<string> {
  rows.update(JSON.stringify(columns));
  const [row] = await engine.query("SELECT pseudonym($1) AS digest", [rows.digest("hex")]);
  return String(row?.digest);
}
