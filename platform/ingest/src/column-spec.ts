import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { StreamColumn } from "./connector.ts";

/** A declared column: its DuckDB type, or more. What is not declared is never read. */
export type ColumnSpec =
  | string
  | {
      readonly type: string;
      /** Stored as a keyed hash; the value itself never lands. */
      readonly pseudonymise?: boolean;
      /** Name in the file when it differs. */
      readonly from?: string;
      /** Null when a file lacks it. */
      readonly optional?: boolean;
    };

export type ColumnSpecs = Readonly<Record<string, ColumnSpec>>;

export interface DeclaredColumn extends StreamColumn {
  readonly from: string;
  readonly pseudonymise: boolean;
  readonly optional: boolean;
}

export function declareColumns(specs: ColumnSpecs): DeclaredColumn[] {
  return Object.entries(specs).map(([name, spec]) => {
    const full = typeof spec === "string" ? { type: spec } : spec;
    const pseudonymise = full.pseudonymise ?? false;
    return {
      name,
      type: pseudonymise ? "VARCHAR" : full.type,
      from: full.from ?? name,
      pseudonymise,
      optional: full.optional ?? false,
    };
  });
}

/** The select item that turns a file's column into the raw column. */
export function selectColumn(column: DeclaredColumn, present: boolean): string {
  const target = quoteIdentifier(column.name);
  if (!present) return `NULL::${column.type} AS ${target}`;
  const source = quoteIdentifier(column.from);
  return `${column.pseudonymise ? `pseudonym(${source}::VARCHAR)` : source} AS ${target}`;
}
