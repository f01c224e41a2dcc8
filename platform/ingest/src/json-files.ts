import { quoteList, quoteLiteral } from "@thoth/warehouse/sql-text";
import { type ColumnSpecs, type DeclaredColumn, declareColumns, selectColumn } from "./column-spec.ts";
import type { RelationData, Stream } from "./connector.ts";
import { explainReadFailure } from "./engine-failure.ts";
import { placeOfFiles, type SourceFile } from "./file-set.ts";
import { type FileStreamOptions, fileStream } from "./file-stream.ts";
import { readJsonKeys } from "./json-keys.ts";
import { siftRows } from "./sifted-rows.ts";
import { sourceColumn } from "./source-column.ts";

export interface JsonOptions extends FileStreamOptions {
  readonly columns: ColumnSpecs;
}

/** Files with one JSON object a line. A key that a line lacks is null. */
export function ndjsonFiles(options: JsonOptions): Stream {
  return jsonStream(options, "newline_delimited");
}

/** Files that hold one JSON array of objects, or one object. */
export function jsonFiles(options: JsonOptions): Stream {
  return jsonStream(options, "array");
}

function jsonStream(options: JsonOptions, format: "newline_delimited" | "array"): Stream {
  const columns = declareColumns(options.columns);
  const { maxRejectedShare } = options;
  return fileStream(options, columns, async (files, context) => {
    const explain = explainReadFailure(columns, placeOfFiles(files));
    const seen = await readJsonKeys(files, format, context).catch((failure) => Promise.reject(explain(failure)));
    if (maxRejectedShare === undefined) return { ...readJson(files, columns, format), seen };
    const texts = readJson(
      files,
      columns.map((column) => ({ ...column, type: "VARCHAR" })),
      format,
    );
    const { fitting, misfits } = siftRows(texts.sql, columns, { mostShare: maxRejectedShare, place: "file" });
    return { ...texts, seen, sql: fitting, misfits };
  });
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
