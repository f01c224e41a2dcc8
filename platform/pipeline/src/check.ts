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
  /** SQL expression over the staged table, or a whole query of its own. */
  readonly measure:
    | { readonly kind: "aggregate"; readonly sql: string }
    | { readonly kind: "query"; readonly sql: string };
  readonly target: Target;
  /** In the words of the contract, for messages. */
  readonly says: string;
  /** Line of the contract that makes the promise. */
  readonly line: number;
}

/** Where a product stands while it is audited; the only table that its rules may read. */
export function stagedTable({ tableName }: Pick<ProductModel, "tableName">): string {
  return qualifiedName("staging", tableName);
}
