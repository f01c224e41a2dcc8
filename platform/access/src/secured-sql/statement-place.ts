import type { Place } from "@thoth/kernel/mesh-error";
import { placeAt } from "@thoth/warehouse/sql-place";

/** What errors name as the place of a statement that stands in no file. */
export const statementFile = "statement";

/** @param offset bytes from the start of the text; the start when the engine does not say */
export function placeIn(sql: string, offset: number | undefined): Place {
  return { file: statementFile, ...(offset === undefined ? { line: 1, column: 1 } : placeAt(sql, offset)) };
}
