import type { SqlRow } from "@thoth/warehouse/query-engine";
import { type CursorPlace, encodeCursor, orderFingerprint } from "./cursor.ts";
import type { PagePlan } from "./query-plan.ts";
import { rowColumns } from "./row-columns.ts";

/** One page as the connection type shows it. */
export interface Page {
  readonly rows: readonly SqlRow[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** Rows that pass the filter, on all pages; undefined when it was not asked for. */
  readonly total: unknown;
  readonly fingerprint: string;
}

/** @param answer of the plan's statement; one row more than the page when there is a next one */
export function pageOf(product: string, plan: PagePlan, answer: readonly SqlRow[]): Page {
  const rows = plan.rows ? answer.filter((row) => !plan.total || row[rowColumns.hit] === true) : [];
  return {
    rows: rows.slice(0, plan.first),
    hasNextPage: rows.length > plan.first,
    hasPreviousPage: plan.after !== null,
    total: plan.total ? (answer[0]?.[rowColumns.total] ?? 0) : undefined,
    fingerprint: orderFingerprint(product, plan.order),
  };
}

export function cursorOf(page: Page, row: SqlRow): string {
  return encodeCursor(page.fingerprint, row[rowColumns.cursor] as CursorPlace);
}
