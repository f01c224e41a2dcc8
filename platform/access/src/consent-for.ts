import type { ProductModel } from "@thoth/contract/product-model";
import type { Purpose } from "@thoth/contract/read-purposes";
import { consentCondition, type RowConditions } from "./row-filter.ts";

/** The condition under which data about people may be used, or why it may not be used at all. */
export function consentFor(
  { id, columns, consent }: ProductModel,
  purpose: Purpose | undefined,
): RowConditions | string {
  if (purpose === undefined) return "the purpose is not in the council's list any more";
  const isPersonal = columns.some(({ personalData = "none" }) => personalData !== "none");
  if (!isPersonal) return { sql: [], words: [] };
  if (purpose.basis !== consent.basis)
    return `${id} holds data about people on the basis ${consent.basis ?? "of nothing"}, and ${purpose.id} needs ${purpose.basis}`;
  if (consent.basis !== "opt-in") return { sql: [], words: [] };
  const column = consent.columns[purpose.id];
  if (column !== undefined) return consentCondition(column);
  if (consent.purpose === purpose.id) return { sql: [], words: [`it holds only people who agreed to ${purpose.id}`] };
  return `the people in ${id} agreed to ${consent.purpose ?? "nothing"}, not to ${purpose.id}`;
}
