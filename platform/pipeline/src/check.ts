import type { ProductModel } from "@thoth/contract/product-model";
import { qualifiedName } from "@thoth/warehouse/sql-text";
import type { Target } from "./rule-target.ts";

/** One promise of a contract, as a number that the engine measures and a judgement over it. */
export interface Check {
  /** Stable within the product: `required:code`, `rule:calls-not-negative`. */
  readonly id: string;
  readonly column: string | undefined;
  readonly dimension: string;
  readonly severity: "info" | "warning" | "error";
  readonly measure: Measure;
  readonly target: Target;
  /** Which rows are to blame when it does not hold; absent when no row by itself is. */
  readonly rows?: BrokenRows;
  /** It is there for the people in the data: what breaks it is no matter of quality. */
  readonly guards?: "consent";
  /** Its measure holds the rows against the moment of the audit. */
  readonly isAged?: boolean;
  /** In the words of the contract, for messages. */
  readonly says: string;
  /** Line of the contract that makes the promise. */
  readonly line: number;
}

export type Measure =
  /** An expression over the staged table: all of these are one scan. */
  | { readonly kind: "aggregate"; readonly sql: string }
  /** A query that somebody wrote in a contract: it is read before it is run. */
  | { readonly kind: "query"; readonly sql: string }
  /** A query of our own, which may read other products. */
  | { readonly kind: "statement"; readonly sql: string };

/** Rows of the staged table that break a promise. */
export type BrokenRows =
  /** Those for which the condition is true. */
  | { readonly kind: "condition"; readonly sql: string }
  /** All but one of those that have the same values in these columns. */
  | { readonly kind: "repeated"; readonly columns: readonly string[] }
  /** Those whose `rowid` the query yields. */
  | { readonly kind: "query"; readonly sql: string };

/** Where a product stands while it is audited; the only table that its rules may read. */
export function stagedTable({ tableName }: Pick<ProductModel, "tableName">): string {
  return qualifiedName("staging", tableName);
}
