import { isMeshError } from "@thoth/kernel/mesh-error";
import { quoteIdentifier, quoteList } from "@thoth/warehouse/sql-text";
import {
  type ColumnSpecs,
  type DeclaredColumn,
  declareColumns,
  landedValue,
  searchOf,
  selectColumn,
} from "./column-spec.ts";
import type { ReadContext, RelationData, Stream, StreamColumn } from "./connector.ts";
import { explainReadFailure } from "./engine-failure.ts";
import { ingestError } from "./errors.ts";
import { placeOfFiles, type SourceFile } from "./file-set.ts";
import { type FileStreamOptions, fileStream } from "./file-stream.ts";
import { castValue, isNested, siftRows } from "./sifted-rows.ts";
import { sourceColumn } from "./source-column.ts";
import { isJudged, strictRows } from "./strict-rows.ts";
import { withoutSecrets } from "./without-secrets.ts";

export interface ParquetOptions extends FileStreamOptions {
  readonly columns: ColumnSpecs;
}

/** Parquet files. Columns are found by name and cast to the declared type. */
export function parquetFiles(options: ParquetOptions): Stream {
  const columns = declareColumns(options.columns);
  return fileStream(options, columns, (files, context) => readParquet(files, columns, options, context));
}

async function readParquet(
  files: readonly SourceFile[],
  columns: readonly DeclaredColumn[],
  { name: stream, maxRejectedShare: mostShare }: ParquetOptions,
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
  const select = (items: readonly string[]) => `SELECT ${items.join(", ")}, ${sourceColumn(files)}\nFROM ${relation}`;
  const data = { kind: "relation", seen, explain } as const;
  const typeOf: TypeOf = ({ from }) => seen.find(({ name }) => name === from)?.type;
  const castOf = castValue(typeOf);
  if (mostShare === undefined) {
    const rows = select(columns.map((column) => castColumn(column, typeOf)));
    return { ...data, sql: strictRows(rows, columns, { castOf, typed: true }) };
  }
  const values = select(columns.map((column) => selectValue(column, typeOf)));
  const { fitting, misfits } = siftRows(values, columns, { mostShare, place: "file", castOf, typed: true });
  return { ...data, sql: fitting, misfits };
}

type TypeOf = (column: Pick<StreamColumn, "from">) => string | undefined;

function castColumn(column: DeclaredColumn, typeOf: TypeOf): string {
  const given = typeOf(column);
  if (given === undefined || column.pseudonymise) return selectColumn(column, given !== undefined);
  if (isJudged(column)) return selectValue(column, typeOf);
  const value = isDocument(column)
    ? landedValue(column, `CAST(${quoteIdentifier(column.from)} AS JSON)`)
    : `CAST(${clearedValue(column, given)} AS ${column.type})`;
  return `${value} AS ${quoteIdentifier(column.name)}`;
}

/** Not cast yet; what is to be JSON is a text, because a structure is written otherwise as one. */
function selectValue(column: DeclaredColumn, typeOf: TypeOf): string {
  const given = typeOf(column);
  if (given === undefined || column.pseudonymise) return selectColumn(column, given !== undefined);
  const target = quoteIdentifier(column.name);
  if (!isDocument(column)) return `${clearedValue(column, given)} AS ${target}`;
  const source = quoteIdentifier(column.from);
  const text = `coalesce(TRY_CAST(${source} AS JSON)::VARCHAR, ${source}::VARCHAR)`;
  return `${landedValue({ ...column, type: "VARCHAR" }, text)} AS ${target}`;
}

function isDocument({ type, search }: DeclaredColumn): boolean {
  return search === "json" && !isNested(type);
}

/** Of a type that can hold no secrets, the source may have something that does: it is not cast yet. */
function clearedValue({ from, type, search }: DeclaredColumn, given: string): string {
  const value = quoteIdentifier(from);
  const isSaidHarmless = search === undefined && searchOf(type).search !== undefined;
  return isSaidHarmless ? value : withoutSecrets(value, given);
}
