import type { ColumnModel } from "@thoth/contract/product-model";
import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import { type ColumnType, columnType } from "./column-type.ts";
import { termsSql } from "./compile-page.ts";
import type { Statement } from "./compile-sql.ts";
import { type FilePart, partRowsSql } from "./file-outline.ts";
import type { FilePlan } from "./file-plan.ts";
import { SqlParameters } from "./sql-parameters.ts";

/** A column of a file that has types: how it is told to readers, and what a statement yields for it. */
export type FileType =
  | { readonly kind: "text" }
  | { readonly kind: "boolean" }
  | { readonly kind: "integer"; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  | { readonly kind: "float"; readonly bits: 32 | 64 }
  | { readonly kind: "decimal"; readonly width: number; readonly scale: number }
  | { readonly kind: "date" }
  /** Since midnight. */
  | { readonly kind: "time" }
  | { readonly kind: "timestamp"; readonly unit: "micro" | "nano"; readonly zoned: boolean }
  | { readonly kind: "list"; readonly item: FileType };

/** Structures are texts of JSON in a file. */
export function fileType(column: ColumnModel): FileType {
  return typeOf(columnType(column));
}

/** All rows of the file as a table with the columns' own types. */
export function tableStatement(plan: FilePlan): Statement {
  const columns = plan.columns.map(
    (column) => `${storedSql(columnType(column), quoteIdentifier(column.name))} AS ${quoteIdentifier(column.name)}`,
  );
  const { sql, params } = select(plan, { isFirst: true, behind: null, upTo: null }, columns);
  return { sql: plan.limit === null ? sql : `${sql} LIMIT ${plan.limit}`, params };
}

/** The same, with texts as BLOB and times as whole numbers since 1970 or midnight: what batches of columns are read from. */
export function batchStatement(plan: FilePlan, part: FilePart): Statement {
  const columns = plan.columns.map((column) => {
    const value = storedSql(columnType(column), quoteIdentifier(column.name));
    return `${plainSql(fileType(column), value)} AS ${quoteIdentifier(column.name)}`;
  });
  return select(plan, part, columns);
}

function select(plan: FilePlan, part: FilePart, columns: readonly string[]): Statement {
  const parameters = new SqlParameters();
  const rows = partRowsSql(plan, part, parameters);
  // Ordered below: an expression of the list may bear the name of the column that it is made of.
  const sql = `SELECT ${columns.join(", ")} FROM (${rows} ORDER BY ${termsSql(plan.order)})`;
  return { sql, params: parameters.values };
}

function typeOf(type: ColumnType): FileType {
  switch (type.kind) {
    case "string":
    case "enum":
    case "json":
      return { kind: "text" };
    case "int":
    case "bigint":
      return integerOf(type);
    case "float":
      return { kind: "float", bits: type.sqlType === "FLOAT" ? 32 : 64 };
    case "decimal":
      return { kind: "decimal", width: type.digits?.[0] ?? 38, scale: type.digits?.[1] ?? 0 };
    case "timestamp":
      return {
        kind: "timestamp",
        unit: type.sqlType === "TIMESTAMP_NS" ? "nano" : "micro",
        zoned: type.zoned === true,
      };
    case "list":
      return { kind: "list", item: type.item === undefined ? { kind: "text" } : typeOf(type.item) };
    default:
      return { kind: type.kind };
  }
}

/** Wider whole numbers than files know are decimals, and the widest of them texts. */
function integerOf({ sqlType }: ColumnType): FileType {
  if (sqlType === "HUGEINT") return { kind: "decimal", width: 38, scale: 0 };
  const name = /^(U?)(TINYINT|SMALLINT|INTEGER|BIGINT)$/.exec(sqlType);
  if (name === null) return { kind: "text" };
  const bits = ({ TINYINT: 8, SMALLINT: 16, INTEGER: 32, BIGINT: 64 } as const)[name[2] as "TINYINT"];
  return { kind: "integer", bits, signed: name[1] === "" };
}

/** Infinite times are missing, as infinite numbers are. */
function storedSql(type: ColumnType, value: string): string {
  switch (type.kind) {
    case "date":
    case "timestamp":
      return `CASE WHEN isfinite(${value}) THEN ${value} END`;
    case "json":
      return `CAST(to_json(${value}) AS VARCHAR)`;
    case "bigint":
      return wideSql(type, value);
    case "list":
      return listSql(type, value);
    default:
      return value;
  }
}

function wideSql({ sqlType }: ColumnType, value: string): string {
  if (sqlType === "HUGEINT") return `CAST(${value} AS DECIMAL(38,0))`;
  return sqlType === "UHUGEINT" ? `CAST(${value} AS VARCHAR)` : value;
}

function listSql({ item, sqlType }: ColumnType, value: string): string {
  const list = `CAST(${value} AS ${sqlType})`;
  const each = item === undefined ? "item" : storedSql(item, "item");
  return each === "item" ? list : `list_transform(${list}, lambda item: ${each})`;
}

function plainSql(type: FileType, value: string): string {
  switch (type.kind) {
    case "text":
      return `encode(CAST(${value} AS VARCHAR))`;
    case "time":
      return `epoch_us(${value})`;
    case "timestamp":
      return type.unit === "nano" ? `epoch_ns(${value})` : `epoch_us(${value})`;
    case "list": {
      const each = plainSql(type.item, "item");
      return each === "item" ? value : `list_transform(${value}, lambda item: ${each})`;
    }
    default:
      return value;
  }
}
