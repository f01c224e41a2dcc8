import { quoteIdentifier, quoteList, quoteLiteral } from "@thoth/warehouse/sql-text";
import { type ColumnSpecs, type DeclaredColumn, declareColumns, landedValue, selectColumn } from "./column-spec.ts";
import type { ReadContext, RelationData, Stream, StreamColumn } from "./connector.ts";
import { readCsvHeader } from "./csv-header.ts";
import { hasMixedLineEnds } from "./csv-line-ends.ts";
import { explainReadFailure } from "./engine-failure.ts";
import { ingestError } from "./errors.ts";
import { failedLine } from "./failed-line.ts";
import { placeOfFiles, type SourceFile } from "./file-set.ts";
import { type FileStreamOptions, fileStream } from "./file-stream.ts";
import { isTextType } from "./nested-type.ts";
import { isNested, siftRows } from "./sifted-rows.ts";
import { sourceColumn } from "./source-column.ts";
import { roomily, roomyColumns, strictRows } from "./strict-rows.ts";
import { isZonedTime } from "./zoned-time.ts";

export interface CsvOptions extends FileStreamOptions {
  readonly columns: ColumnSpecs;
  /** One character; `,` by default. */
  readonly delimiter?: string;
  /** Texts that mean null besides the empty field, such as `\N` or `NULL`, in quotes as well. */
  readonly nullTexts?: readonly string[];
}

/** CSV files with a header line. Columns are found by name; columns that are not declared are left unread. */
export function csvFiles(options: CsvOptions): Stream {
  const columns = declareColumns(options.columns);
  return fileStream(options, columns, (files, context) => readCsv(files, columns, { ...options, ...context }));
}

async function readCsv(
  files: readonly SourceFile[],
  columns: readonly DeclaredColumn[],
  options: CsvOptions & Pick<ReadContext, "engine">,
): Promise<RelationData> {
  const layouts = await groupByHeader(files, options.delimiter ?? ",");
  const seen = layouts.at(-1)?.header.map((name) => ({ name })) ?? [];
  const { maxRejectedShare } = options;
  const select = (as: readonly DeclaredColumn[], cast: "reader" | "afterwards" = "afterwards") => {
    const item = selectField({ declared: columns, cast, nullTexts: options.nullTexts ?? [] });
    const reading = { ...options, columns: as, item, cast };
    return layouts.map((layout) => selectFiles(layout, reading)).join("\nUNION ALL BY NAME\n");
  };
  const explain = explainReadFailure(columns, placeOfFiles(files));
  const relation = { kind: "relation", seen, explain } as const;
  if (maxRejectedShare === undefined) {
    const locate = failedLine(options.engine, select(columns, "reader"), explain);
    const texts = roomyColumns(columns).map((column) =>
      isNested(column.type) ? column : { ...column, type: "VARCHAR" },
    );
    const judges = ({ type, pseudonymise }: StreamColumn) => !pseudonymise && !isTextType(type);
    return { ...relation, sql: strictRows(select(texts), columns, { ...roomily, judges }), locate };
  }
  const texts = columns.map((column) => ({ ...column, type: "VARCHAR" }));
  const { fitting, misfits } = siftRows(select(texts), columns, { mostShare: maxRejectedShare, place: "file" });
  return { ...relation, sql: fitting, misfits };
}

interface Layout {
  readonly header: readonly string[];
  /** Lines end in more than one way. */
  readonly mixed: boolean;
  readonly files: SourceFile[];
}

/** Exports change over the years: files with the same header are read together, others beside them; so are line ends. */
async function groupByHeader(files: readonly SourceFile[], delimiter: string): Promise<Layout[]> {
  const layouts = new Map<string, Layout>();
  for (const file of files) {
    const header = await readCsvHeader(file.path, delimiter);
    if (header === undefined) {
      throw ingestError["malformed-file"]({ detail: "it has no header line" }, { at: { file: file.path, line: 1 } });
    }
    const mixed = await hasMixedLineEnds(file, delimiter);
    const key = JSON.stringify([header, mixed]);
    const layout = layouts.get(key) ?? { header, mixed, files: [] };
    layout.files.push(file);
    layouts.set(key, layout);
  }
  return [...layouts.values()];
}

interface Reading extends Pick<CsvOptions, "name" | "files" | "delimiter" | "nullTexts"> {
  readonly columns: readonly DeclaredColumn[];
  readonly item: (column: DeclaredColumn) => string;
  readonly cast: "reader" | "afterwards";
}

function selectFiles({ header, mixed, files }: Layout, { columns, item, cast, ...options }: Reading): string {
  const missing = columns.find((column) => !column.optional && !header.includes(column.from));
  if (missing !== undefined) {
    const place = { at: { file: files[0]?.path ?? options.files, line: 1 } };
    throw ingestError["missing-column"]({ column: missing.from, stream: options.name, found: header }, place);
  }
  const items = columns.map((column) => (header.includes(column.from) ? item(column) : selectColumn(column, false)));
  const typeOf = (name: string) => (cast === "reader" ? fileType(name, columns) : "VARCHAR");
  const types = header.map((name) => `${quoteLiteral(name)}: ${quoteLiteral(typeOf(name))}`);
  const settings = [
    "header = true",
    "auto_detect = false",
    `delim = ${quoteLiteral(options.delimiter ?? ",")}`,
    `quote = '"'`,
    `escape = '"'`,
    `nullstr = ${quoteList(["", ...(options.nullTexts ?? [])])}`,
    `allow_quoted_nulls = ${cast === "reader"}`,
    "filename = true",
    // One thread, because a text may hold what looks like the beginning of a row.
    ...(mixed ? ["strict_mode = false", "parallel = false"] : []),
    `columns = {${types.join(", ")}}`,
  ];
  const names = quoteList(files.map((file) => file.path));
  return `SELECT ${items.join(", ")}, ${sourceColumn(files)}\nFROM read_csv(${names}, ${settings.join(", ")})`;
}

/** The reader would make null of a zoned time that is none. */
function fileType(name: string, columns: readonly DeclaredColumn[]): string {
  const type = columns.find((column) => column.from === name && !column.pseudonymise)?.type ?? "VARCHAR";
  return isZonedTime(type) ? "VARCHAR" : type;
}

/**
 * `""` is the empty text where the column holds texts, and nothing where it cannot hold any; so is a text that means null.
 * Who has no name has no pseudonym either: one for all of them would be a person.
 */
function selectField({
  declared,
  cast,
  nullTexts,
}: {
  readonly declared: readonly DeclaredColumn[];
  readonly cast: Reading["cast"];
  readonly nullTexts: readonly string[];
}): Reading["item"] {
  const texts = new Set(
    declared.filter(({ type, pseudonymise }) => isTextType(type) && !pseudonymise).map(({ name }) => name),
  );
  return (column) => {
    if (cast === "reader") return selectColumn(column, true);
    const nulls = [...(texts.has(column.name) ? [] : [""]), ...nullTexts];
    const field = quoteIdentifier(column.from);
    const text =
      nulls.length === 0
        ? field
        : `CASE WHEN ${field} NOT IN (${nulls.map(quoteLiteral).join(", ")}) THEN ${field} END`;
    const value =
      isTextType(column.type) || column.type.toUpperCase() === "JSON" ? text : `CAST(${text} AS ${column.type})`;
    return `${landedValue(column, value)} AS ${quoteIdentifier(column.name)}`;
  };
}
