import type { ProductModel } from "@thoth/contract/product-model";
import type { Decision } from "./decision.ts";

/** Whether nothing is told to somebody by how many rows there are, or how large they are. */
export function seesEveryRow({ readable, rowFilter, grouping }: Decision): boolean {
  return readable && rowFilter === null && grouping === null;
}

/**
 * Whether states that were replaced are kept from somebody. People who were in them may have withdrawn their consent, or
 * have been erased since; what they agreed to then is not what they agree to now.
 */
export function seesPresentOnly({ columns }: ProductModel, { agreement }: Decision): boolean {
  return agreement !== null && columns.some(({ personalData = "none" }) => personalData !== "none");
}
