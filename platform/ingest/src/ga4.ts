import { quoteIdentifier, quoteList, quoteLiteral } from "@thoth/warehouse/sql-text";
import { type ColumnSpecs, type DeclaredColumn, declareColumns } from "./column-spec.ts";
import type { RelationData, Stream } from "./connector.ts";
import { csvFiles } from "./csv-files.ts";
import { explainReadFailure } from "./engine-failure.ts";
import { placeOfFiles, type SourceFile } from "./file-set.ts";
import { type FileStreamOptions, fileStream } from "./file-stream.ts";
import { sourceColumn } from "./source-column.ts";

export interface Ga4Options extends FileStreamOptions {
  /** `csv`: one row a line. `json`: one report a file, with `query`, `meta`, `data`, `totals`, `taken_at`. */
  readonly format: "csv" | "json";
  /** The report's dimensions and metrics. Google writes all of them as text; they are cast here. */
  readonly columns: ColumnSpecs;
}

/** A report exported from Google Analytics 4. JSON reports also land `taken_at`, the moment of the export. */
export function ga4Export(options: Ga4Options): Stream {
  if (options.format === "csv") return csvFiles(options);
  const columns = declareColumns(options.columns);
  const landed = [...columns, { name: "taken_at", type: "TIMESTAMP WITH TIME ZONE" }];
  return fileStream(options, landed, async (files) => readReports(files, columns));
}

function readReports(files: readonly SourceFile[], columns: readonly DeclaredColumn[]): RelationData {
  const report = "columns = {'data': 'JSON[]', 'taken_at': 'TIMESTAMP WITH TIME ZONE'}";
  const items = columns.map((column) => {
    const text = `(entry ->> ${quoteLiteral(`$."${column.from}"`)})`;
    const value = column.pseudonymise ? `pseudonym(${text})` : `CAST(${text} AS ${column.type})`;
    return `${value} AS ${quoteIdentifier(column.name)}`;
  });
  const names = quoteList(files.map((file) => file.path));
  const sql = `SELECT ${items.join(", ")}, taken_at, ${sourceColumn(files)}
FROM (SELECT unnest(data) AS entry, taken_at, filename
      FROM read_json(${names}, format = 'unstructured', ${report}, maximum_object_size = 268435456, filename = true))`;
  return { kind: "relation", sql, explain: explainReadFailure(columns, placeOfFiles(files)) };
}
