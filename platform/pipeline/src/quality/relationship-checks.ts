import type { ProductModel, RelationshipModel } from "@thoth/contract/product-model";
import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import { type Check, stagedTable } from "../check.ts";

/** A relationship together with where the rows that it leads to can be read. */
export interface JudgedRelationship {
  readonly relationship: RelationshipModel;
  /** Qualified and quoted. */
  readonly table: string;
}

/**
 * Rows whose reference leads nowhere. Where part of a reference is null there is none, as in SQL's foreign keys. It warns
 * unless the contract says otherwise: rows of another domain come and go at their own time.
 */
export function relationshipChecks(model: ProductModel, judged: readonly JudgedRelationship[]): Check[] {
  return judged.map(({ relationship, table }) => {
    const orphans = orphansOf(relationship, table, model);
    return {
      ...describeRelationship(relationship, model),
      measure: { kind: "statement", sql: `SELECT count(*) FROM ${orphans}` },
      rows: { kind: "query", sql: `SELECT entry.rowid FROM ${orphans}` },
      target: { operator: "mustBe", threshold: 0 },
    };
  });
}

export function describeRelationship(
  { fieldName, from, to, severity = "warning" }: RelationshipModel,
  { columns }: ProductModel,
): Omit<Check, "measure" | "target"> {
  return {
    id: `relationship:${fieldName}`,
    column: from.length === 1 ? from[0] : undefined,
    dimension: "consistency",
    severity,
    says: `${from.join(", ")} must lead to ${to.columns.join(", ")} of ${to.domain}/${to.product}`,
    line: columns.find((column) => column.name === from[0])?.line ?? 1,
  };
}

function orphansOf({ from, to }: RelationshipModel, table: string, model: ProductModel): string {
  const own = from.map((name) => `entry.${quoteIdentifier(name)}`);
  const same = own.map((name, index) => `${name} = target.${quoteIdentifier(to.columns[index] ?? "")}`);
  const given = own.map((name) => `${name} IS NOT NULL`);
  return `${stagedTable(model)} AS entry
WHERE ${given.join(" AND ")} AND NOT EXISTS (SELECT 1 FROM ${table} AS target WHERE ${same.join(" AND ")})`;
}
