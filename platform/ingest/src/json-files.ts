import { quoteList, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import { type ColumnSpecs, type DeclaredColumn, declareColumns, selectColumn } from "./column-spec.ts";
import type { RelationData, Stream, StreamColumn } from "./connector.ts";
import { explainReadFailure } from "./engine-failure.ts";
import { failedLine } from "./failed-line.ts";
import { placeOfFiles, type SourceFile } from "./file-set.ts";
import { type FileStreamOptions, fileStream } from "./file-stream.ts";
import { exactTexts, hasLongNumbers, type JsonFormat } from "./json-digits.ts";
import { readJsonKeys } from "./json-keys.ts";
import { isTextType } from "./nested-type.ts";
import { siftRows } from "./sifted-rows.ts";
import { sourceColumn } from "./source-column.ts";
import { roomily, roomyColumns, strictRows } from "./strict-rows.ts";

export interface JsonOptions extends FileStreamOptions {
  readonly columns: ColumnSpecs;
}

/** Files with one JSON object a line. A key that a line lacks is null. */
export function ndjsonFiles(options: JsonOptions): Stream {
  return jsonStream(options, "newline_delimited");
}

/** Files that hold one JSON array of objects. */
export function jsonFiles(options: JsonOptions): Stream {
  return jsonStream(options, "array");
}

function jsonStream(options: JsonOptions, format: "newline_delimited" | "array"): Stream {
  const columns = declareColumns(options.columns);
  const { maxRejectedShare } = options;
  return fileStream(options, columns, async (files, context) => {
    const explain = explainReadFailure(columns, placeOfFiles(files));
    const seen = await readJsonKeys(files, format, context).catch((failure) => Promise.reject(explain(failure)));
    const shape = { format, maximumObjectBytes };
    const isLong = await hasLongNumbers(context.engine, files, { columns, ...shape }).catch((failure) =>
      Promise.reject(explain(failure)),
    );
    if (isLong) await requireObjects(files, columns, { format, explain, engine: context.engine });
    if (maxRejectedShare === undefined && isLong) {
      const sql = strictRows(exactTexts(files, columns, shape), columns, { judges: (column) => !isText(column) });
      return { kind: "relation", explain, seen, sql };
    }
    if (maxRejectedShare === undefined) {
      const read = readJson(files, roomyColumns(columns), format);
      const locate = failedLine(context.engine, readJson(files, columns, format).sql, explain);
      return { ...read, explain, seen, sql: strictRows(read.sql, columns, roomily), locate };
    }
    const texts = readJson(
      files,
      columns.map((column) => ({ ...column, type: "VARCHAR" })),
      format,
    );
    const rows = isLong ? exactTexts(files, columns, shape) : texts.sql;
    const { fitting, misfits } = siftRows(rows, columns, { mostShare: maxRejectedShare, place: "file" });
    return { ...texts, seen, sql: fitting, misfits };
  });
}

function isText({ type, pseudonymise }: StreamColumn): boolean {
  return pseudonymise === true || isTextType(type);
}

/** What is no object, or has a key twice, is seen by the engine's reader of columns alone. */
async function requireObjects(
  files: readonly SourceFile[],
  columns: readonly DeclaredColumn[],
  {
    format,
    explain,
    engine,
  }: Pick<RelationData, "explain"> & { readonly format: JsonFormat["format"]; readonly engine: WriteSide },
): Promise<void> {
  const texts = columns.map((column) => ({ ...column, type: "VARCHAR" }));
  try {
    await engine.query(`SELECT max(hash(texts)) FROM (${readJson(files, texts, format).sql}) AS texts`);
  } catch (failure) {
    throw explain(failure);
  }
}

/** Largest single JSON value that is read, bytes. */
const maximumObjectBytes = 64 * 1024 * 1024;

/** @param broken what is made of lines that are no JSON: `refuse` unless said otherwise, `null` makes a row of nulls of each */
export function readJson(
  files: readonly SourceFile[],
  columns: readonly DeclaredColumn[],
  format: "newline_delimited" | "array" | "unstructured",
  broken: "refuse" | "null" = "refuse",
): RelationData {
  const types = columns.map((column) => `${quoteLiteral(column.from)}: ${quoteLiteral(column.type)}`);
  const settings = [
    `format = '${format}'`,
    // Otherwise a single column would take in what is no object as a whole.
    "records = true",
    `columns = {${[...new Set(types)].join(", ")}}`,
    `maximum_object_size = ${maximumObjectBytes}`,
    "filename = true",
    ...(broken === "null" ? ["ignore_errors = true"] : []),
  ];
  const items = columns.map((column) => selectColumn(column, true));
  const names = quoteList(files.map((file) => file.path));
  const sql = `SELECT ${items.join(", ")}, ${sourceColumn(files)}\nFROM read_json(${names}, ${settings.join(", ")})`;
  return { kind: "relation", sql, explain: explainReadFailure(columns) };
}
