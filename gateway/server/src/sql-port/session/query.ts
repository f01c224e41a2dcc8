import type { SecuredRead } from "@thoth/access/secured-sql/secured-sql";
import type { RowField } from "../protocol/backend-message.ts";
import type { ValueFormat } from "../protocol/frontend-message.ts";
import type { RowBatch } from "../protocol/row-batch.ts";

/** A statement that reads rows, of products or of the catalog, as it was judged for one reader at one moment. */
export interface Query {
  /** Types of `$1`, …, as the client named them, or as the engine takes them. */
  readonly parameters: readonly number[];
  readonly fields: readonly RowField[];
  /** Products that it reads; none for the catalog. */
  readonly reads: readonly SecuredRead[];
  /** What its reader has said that they are for. */
  readonly purpose?: string | undefined;
  /** With one value for each parameter. Leaving the loop early ends the statement. @throws the signal's reason */
  run(values: BoundValues, signal: AbortSignal): AsyncIterable<RowBatch>;
}

/** What a client has bound to a statement. */
export interface BoundValues {
  readonly values: readonly (Buffer | null)[];
  /** One a value. */
  readonly formats: readonly ValueFormat[];
  /** One a column of the result. */
  readonly resultFormats: readonly ValueFormat[];
}

/** Whether the result still has the columns that a client was told of. */
export function sameFields(left: readonly RowField[], right: readonly RowField[]): boolean {
  return (
    left.length === right.length &&
    left.every((field, index) => field.name === right[index]?.name && field.typeOid === right[index]?.typeOid)
  );
}
