import { keepsWholeCells, type RoleModel } from "@thoth/contract/access-terms";
import type { Agreement } from "./agreement.ts";

/**
 * A column by which rows are left out of the groups that a role shows, other than in whole cells. Whoever reads under another
 * attribute, or another day, would have other people in the same cell, and the difference of the two would be those people.
 */
export function cuttingColumn(role: RoleModel, { rows }: Pick<Agreement, "rows">): string | undefined {
  const columns = [...role.rows.map(({ column }) => column), ...Object.keys(rows)];
  return columns.find((column) => !keepsWholeCells(role, column));
}

export function cuttingWords({ name, groupBy }: RoleModel, column: string): string {
  return `the role ${name} shows numbers over groups by ${groupBy.join(", ")}, and rows are picked by ${column}, which cuts these groups: from two answers single people could be told`;
}
