/** Columns our statements add to the contract's own. Contract names are snake_case, so a `$` cannot collide. */
export const rowColumns = {
  parent: "$parent",
  cursor: "$cursor",
  total: "$total",
  hit: "$hit",
  bucket: "$bucket",
} as const;

/** Column with the texts of some columns: `$key:unit_code,period`. */
export function keyColumn(columns: readonly string[]): string {
  return `$key:${columns.join(",")}`;
}

/** Id of the measure that counts the rows of a group. */
export const rowCountId = "count";

/** A group's value of a column in an aggregate row. */
export function groupColumn(column: string): string {
  return `group:${column}`;
}

/** The same measure or group in the period compared with. */
export function previousColumn(id: string): string {
  return `previous:${id}`;
}

export function measureId(of: string, column: string): string {
  return `${of}:${column}`;
}

export function ratioId(of: string, to: string): string {
  return `ratio:${of}/${to}`;
}
