import type { DuckDBConnection } from "@duckdb/node-api";
import { quoteIdentifier } from "./sql-text.ts";

/** Where a served catalog shows its products' tables with null in place of NaN and infinity; `product` shows what is stored. */
export const finiteSchema = "finite";

const floating: ReadonlySet<string> = new Set(["FLOAT", "DOUBLE"]);

export interface ShownColumn {
  readonly name: string;
  readonly sqlType: string;
}

/** Columns of what a SELECT yields, in its order. */
export async function columnsOf(connection: DuckDBConnection, select: string): Promise<ShownColumn[]> {
  const described = await connection.runAndReadAll(`describe ${select}`);
  return described.getRows().map(([name, sqlType]) => ({ name: String(name), sqlType: String(sqlType) }));
}

/** SQL that is true when a column holds neither NaN nor infinity; undefined for a type that cannot. */
export function isFiniteSql({ name, sqlType }: ShownColumn): string | undefined {
  return floating.has(sqlType) ? `coalesce(bool_and(isfinite(${quoteIdentifier(name)})), true)` : undefined;
}

/**
 * A SELECT with null in place of NaN and infinity. Looking at every value costs a tenth of summing it up, so columns that
 * are known to be finite are shown as they are.
 * @param known names of columns that hold finite numbers only
 */
export function finiteSelect(
  columns: readonly ShownColumn[],
  { from, known }: { readonly from: string; readonly known: ReadonlySet<string> },
): string {
  const shown = columns.map(({ name, sqlType }) => {
    const column = quoteIdentifier(name);
    return floating.has(sqlType) && !known.has(name)
      ? `CASE WHEN isfinite(${column}) THEN ${column} END AS ${column}`
      : column;
  });
  return `select ${shown.join(", ")} from ${from}`;
}
