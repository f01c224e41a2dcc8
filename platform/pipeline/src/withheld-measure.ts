import type { ProductModel } from "@thoth/contract/product-model";
import type { Check } from "./check.ts";
import type { Measured } from "./rule-target.ts";

/**
 * What may be told of a measurement. A rule of a team's own may measure a value itself, such as the largest one: that of a
 * confidential column is told nobody, and neither is one of which nobody says the column, where the product has such.
 * Numbers are: of rows, as a rule.
 */
export function withheldMeasure(
  measured: Measured,
  { column }: Pick<Check, "column">,
  { columns }: Pick<ProductModel, "columns">,
): Measured {
  if (typeof measured !== "string") return measured;
  const looked = column === undefined ? columns : columns.filter(({ name }) => name === column);
  const isOpen = looked.every(({ classification = "internal" }) => open.has(classification));
  return isOpen ? measured : "(confidential)";
}

const open: ReadonlySet<string> = new Set(["public", "internal"]);
