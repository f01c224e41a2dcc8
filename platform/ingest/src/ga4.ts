import { quoteIdentifier, quoteList, quoteLiteral } from "@thoth/warehouse/sql-text";
import { type ColumnSpecs, type DeclaredColumn, declareColumns, landedValue } from "./column-spec.ts";
import type { Stream } from "./connector.ts";
import { csvFiles } from "./csv-files.ts";
import { explainReadFailure } from "./engine-failure.ts";
import { placeOfFiles, type SourceFile } from "./file-set.ts";
import { type FileStreamOptions, fileStream } from "./file-stream.ts";
import { readKeys } from "./json-keys.ts";
import { siftRows } from "./sifted-rows.ts";
import { sourceColumn } from "./source-column.ts";
import { roomily, roomyColumns, strictRows } from "./strict-rows.ts";

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
  const landed = [...columns, { name: "taken_at", type: instant }];
  return fileStream(options, landed, async (files, { engine }) => {
    const explain = explainReadFailure(columns, placeOfFiles(files));
    const keys = (names: string) => `SELECT entry AS json, filename FROM (${entriesOf(names)})`;
    const seen = await readKeys(files, keys, engine).catch((failure) => Promise.reject(explain(failure)));
    const relation = { kind: "relation", seen, explain } as const;
    const { maxRejectedShare: mostShare } = options;
    if (mostShare === undefined)
      return { ...relation, sql: strictRows(readReports(files, roomyColumns(columns)), columns, roomily) };
    const { fitting, misfits } = siftRows(
      readReports(
        files,
        columns.map((column) => ({ ...column, type: "VARCHAR" })),
      ),
      landed,
      {
        mostShare,
        place: "file",
      },
    );
    return { ...relation, sql: fitting, misfits };
  });
}

const instant = "TIMESTAMP WITH TIME ZONE";

function entryText(key: string): string {
  return `(entry ->> ${quoteLiteral(`$."${key}"`)})`;
}

function readEntry(column: DeclaredColumn): string {
  const text = entryText(column.from);
  if (column.pseudonymise) return landedValue(column, text);
  return `CAST(${landedValue({ ...column, type: "VARCHAR" }, text)} AS ${column.type})`;
}

function readReports(files: readonly SourceFile[], columns: readonly DeclaredColumn[]): string {
  const items = columns.map((column) => `${readEntry(column)} AS ${quoteIdentifier(column.name)}`);
  return `SELECT ${items.join(", ")}, taken_at, ${sourceColumn(files)}
FROM (${entriesOf(quoteList(files.map((file) => file.path)))})`;
}

function entriesOf(names: string): string {
  const report = `columns = {'data': 'JSON[]', 'taken_at': '${instant}'}`;
  return `SELECT unnest(data) AS entry, taken_at, filename
FROM read_json(${names}, format = 'unstructured', ${report}, maximum_object_size = 268435456, filename = true)`;
}
