import { deprecationText } from "@thoth/contract/lifecycle/describe-deprecation";
import type { ColumnModel, ProductModel } from "@thoth/contract/product-model";

/** What the catalog says of a column, for the SDL: meaning, unit, classification. */
export function describeColumn(column: ColumnModel): string {
  const facts = [
    ...(column.unit === undefined ? [] : [`Unit: ${column.unit}.`]),
    `Classification: ${column.classification}.`,
    ...(column.required ? ["Never missing."] : []),
  ];
  return [column.description.trim(), facts.join(" ")].filter((text) => text !== "").join("\n\n");
}

export function describeProduct(model: ProductModel): string {
  const parts = [
    model.deprecation === undefined ? "" : `Deprecated: ${deprecationText(model.deprecation)}`,
    model.title,
    model.purpose,
    model.limitations && `Limitations: ${model.limitations}`,
    model.usage && `Usage: ${model.usage}`,
  ];
  return parts
    .map((part) => part.trim())
    .filter((part, index, all) => part !== "" && all.indexOf(part) === index)
    .join("\n\n");
}

/** What a field that leads to rows of the product is marked with while the product is on its way out. */
export function deprecationOf({ deprecation }: ProductModel): { readonly deprecationReason?: string } {
  return deprecation === undefined ? {} : { deprecationReason: deprecationText(deprecation) };
}
