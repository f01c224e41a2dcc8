import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { StreamColumn } from "./connector.ts";

/** How versions of a row are told apart, by raw columns. */
export interface VersionColumns {
  readonly key: string;
  /** What changes with a row: the time of its last change, or a number. */
  readonly version: string;
}

export interface LandedRows extends VersionColumns {
  /** Qualified and quoted. */
  readonly rawTable: string;
  readonly columns: readonly StreamColumn[];
  /** Condition on `landed`; rows outside of it cannot be among the staged ones. */
  readonly where?: string | undefined;
}

/**
 * Condition that leaves out of the staged rows those that are as they landed last. A time may be as coarse as a second, so
 * rows of one key and one time can be two versions: all declared columns are compared.
 */
export function notLandedYet({ rawTable, columns, key, version, where }: LandedRows): string {
  const same = columns.map(({ name }) => {
    const column = quoteIdentifier(name);
    return `landed.${column} IS NOT DISTINCT FROM staged.${column}`;
  });
  const newest = `SELECT max(landed.rowid) FROM ${rawTable} AS landed${where === undefined ? "" : ` WHERE ${where}`}
GROUP BY landed.${quoteIdentifier(key)}, landed.${quoteIdentifier(version)}`;
  return `NOT EXISTS (SELECT 1 FROM (SELECT * FROM ${rawTable} WHERE rowid IN (${newest})) AS landed
WHERE ${same.join(" AND ")})`;
}
