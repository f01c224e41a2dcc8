import type { ProductModel } from "@thoth/contract/product-model";
import type { Decision } from "./decision.ts";

/** Whether nothing is told to somebody by how many rows there are, or how large they are. */
export function seesEveryRow({ readable, rowFilter, grouping }: Decision): boolean {
  return readable && rowFilter === null && grouping === null;
}

/** Fewer rows than this are not told apart by what they cost. */
const fewRows = 1_024;

/**
 * Rows of a product as what a question costs may tell them to somebody from whom some are hidden: a power of two, so that
 * one person more or less makes no difference, but where it is passed.
 */
export function roughRows(rowCount: number): number {
  return Math.max(fewRows, 2 ** Math.ceil(Math.log2(Math.max(1, rowCount))));
}

/**
 * Whether states that were replaced are kept from somebody. People who were in them may have withdrawn their consent, or
 * have been erased since; what they agreed to then is not what they agree to now.
 */
export function seesPresentOnly({ columns }: ProductModel, { agreement }: Decision): boolean {
  return agreement !== null && columns.some(({ personalData = "none" }) => personalData !== "none");
}
