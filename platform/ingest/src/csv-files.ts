import { quoteIdentifier, quoteList, quoteLiteral } from "@thoth/warehouse/sql-text";
import { type ColumnSpecs, type DeclaredColumn, declareColumns, selectColumn } from "./column-spec.ts";
import type { RelationData, Stream } from "./connector.ts";
import { readCsvHeader } from "./csv-header.ts";
import { explainReadFailure } from "./engine-failure.ts";
import { ingestError } from "./errors.ts";
import { placeOfFiles, type SourceFile } from "./file-set.ts";
import { type FileStreamOptions, fileStream } from "./file-stream.ts";
import { siftRows } from "./sifted-rows.ts";
import { sourceColumn } from "./source-column.ts";
import { castZonedTime, isZonedTime } from "./zoned-time.ts";

export interface CsvOptions extends FileStreamOptions {
  readonly columns: ColumnSpecs;
  /** One character; `,` by default. */
  readonly delimiter?: string;
  /** Texts that mean null besides the empty field, such as `\N` or `NULL`. */
  readonly nullTexts?: readonly string[];
}

/** CSV files with a header line. Columns are found by name; columns that are not declared are left unread. */
export function csvFiles(options: CsvOptions): Stream {
  const columns = declareColumns(options.columns);
  return fileStream(options, columns, (files) => readCsv(files, columns, options));
}

async function readCsv(
  files: readonly SourceFile[],
  columns: readonly DeclaredColumn[],
  options: CsvOptions,
): Promise<RelationData> {
  const layouts = await groupByHeader(files, options.delimiter ?? ",");
  const seen = layouts.at(-1)?.header.map((name) => ({ name })) ?? [];
  const { maxRejectedShare } = options;
  const select = (as: readonly DeclaredColumn[]) =>
    layouts.map(({ header, files: alike }) => selectFiles(alike, header, as, options)).join("\nUNION ALL BY NAME\n");
  const relation = { kind: "relation", seen, explain: explainReadFailure(columns, placeOfFiles(files)) } as const;
  if (maxRejectedShare === undefined) return { ...relation, sql: select(columns) };
  const texts = columns.map((column) => ({ ...column, type: "VARCHAR" }));
  const { fitting, misfits } = siftRows(select(texts), columns, { mostShare: maxRejectedShare, place: "file" });
  return { ...relation, sql: fitting, misfits };
}

interface Layout {
  readonly header: readonly string[];
  readonly files: SourceFile[];
}

/** Exports change over the years: files with the same header are read together, others beside them. */
async function groupByHeader(files: readonly SourceFile[], delimiter: string): Promise<Layout[]> {
  const layouts = new Map<string, Layout>();
  for (const file of files) {
    const header = await readCsvHeader(file.path, delimiter);
    if (header === undefined) {
      throw ingestError["malformed-file"]({ detail: "it has no header line" }, { at: { file: file.path, line: 1 } });
    }
    const key = JSON.stringify(header);
    const layout = layouts.get(key) ?? { header, files: [] };
    layout.files.push(file);
    layouts.set(key, layout);
  }
  return [...layouts.values()];
}

function selectFiles(
  files: readonly SourceFile[],
  header: readonly string[],
  columns: readonly DeclaredColumn[],
  options: CsvOptions,
): string {
  const missing = columns.find((column) => !column.optional && !header.includes(column.from));
  if (missing !== undefined) {
    const place = { at: { file: files[0]?.path ?? options.files, line: 1 } };
    throw ingestError["missing-column"]({ column: missing.from, stream: options.name, found: header }, place);
  }
  const items = columns.map((column) => selectField(column, header.includes(column.from)));
  const types = header.map((name) => `${quoteLiteral(name)}: ${quoteLiteral(fileType(name, columns))}`);
  const settings = [
    "header = true",
    "auto_detect = false",
    `delim = ${quoteLiteral(options.delimiter ?? ",")}`,
    `quote = '"'`,
    `escape = '"'`,
    `nullstr = ${quoteList(["", ...(options.nullTexts ?? [])])}`,
    "filename = true",
    `columns = {${types.join(", ")}}`,
  ];
  const names = quoteList(files.map((file) => file.path));
  return `SELECT ${items.join(", ")}, ${sourceColumn(files)}\nFROM read_csv(${names}, ${settings.join(", ")})`;
}

function selectField(column: DeclaredColumn, present: boolean): string {
  const { type, from, name } = column;
  if (!present || !isZonedTime(type)) return selectColumn(column, present);
  return `${castZonedTime(quoteIdentifier(from), type, from)} AS ${quoteIdentifier(name)}`;
}

function fileType(name: string, columns: readonly DeclaredColumn[]): string {
  const type = columns.find((column) => column.from === name && !column.pseudonymise)?.type ?? "VARCHAR";
  return isZonedTime(type) ? "VARCHAR" : type;
}
