import { isMeshError } from "@thoth/kernel/mesh-error";
import { quoteIdentifier, quoteList } from "@thoth/warehouse/sql-text";
import { type ColumnSpecs, type DeclaredColumn, declareColumns, selectColumn } from "./column-spec.ts";
import type { ReadContext, RelationData, Stream } from "./connector.ts";
import { explainReadFailure } from "./engine-failure.ts";
import { ingestError } from "./errors.ts";
import { placeOfFiles, type SourceFile } from "./file-set.ts";
import { type FileStreamOptions, fileStream } from "./file-stream.ts";
import { sourceColumn } from "./source-column.ts";

export interface ParquetOptions extends FileStreamOptions {
  readonly columns: ColumnSpecs;
}

/** Parquet files. Columns are found by name and cast to the declared type. */
export function parquetFiles(options: ParquetOptions): Stream {
  const columns = declareColumns(options.columns);
  return fileStream(options, columns, (files, context) => readParquet(files, columns, options.name, context));
}

async function readParquet(
  files: readonly SourceFile[],
  columns: readonly DeclaredColumn[],
  stream: string,
  { engine }: ReadContext,
): Promise<RelationData> {
  const relation = `read_parquet(${quoteList(files.map((file) => file.path))}, filename = true, union_by_name = true)`;
  const at = { file: files[0]?.path ?? stream };
  const unreadable = () => ingestError["malformed-file"]({ detail: "it is not a readable Parquet file" }, { at });
  const described = await engine.query(`DESCRIBE SELECT * FROM ${relation}`).catch(() => Promise.reject(unreadable()));
  const seen = described
    .map((row) => ({ name: String(row.column_name), type: String(row.column_type) }))
    .filter(({ name }) => name !== "filename");
  const found = seen.map(({ name }) => name);
  const missing = columns.find((column) => !column.optional && !found.includes(column.from));
  if (missing !== undefined) throw ingestError["missing-column"]({ column: missing.from, stream, found }, { at });
  const explainCast = explainReadFailure(columns, placeOfFiles(files));
  const explain = (failure: unknown) => {
    const explained = explainCast(failure);
    return isMeshError(explained) ? explained : unreadable();
  };
  const typed = columns.map((column) => castColumn(column, found.includes(column.from)));
  return {
    kind: "relation",
    sql: `SELECT ${typed.join(", ")}, ${sourceColumn(files)}\nFROM ${relation}`,
    seen,
    explain,
  };
}

function castColumn(column: DeclaredColumn, present: boolean): string {
  if (!present || column.pseudonymise) return selectColumn(column, present);
  return `CAST(${quoteIdentifier(column.from)} AS ${column.type}) AS ${quoteIdentifier(column.name)}`;
}
