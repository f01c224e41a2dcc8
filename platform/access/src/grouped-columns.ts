import { isNumberType, type RoleModel } from "@thoth/contract/access-terms";
import type { ProductModel } from "@thoth/contract/product-model";
import { subjectOf } from "@thoth/contract/roles/subject";
import { type ColumnAccesses, eachColumn } from "./column-access.ts";
import type { Grouping } from "./decision.ts";

/** How people are put together where only groups of them may be seen; null where rows may be, or where nothing groups. */
export function groupingOf(
  { columns }: ProductModel,
  { minGroupSize, groupBy }: RoleModel,
  access: ColumnAccesses,
): Grouping | null {
  const subject = subjectOf(columns);
  const isShown = groupBy.some((name) => access[name] === "clear" || access[name] === "masked");
  if (minGroupSize <= 1 || subject === undefined || !isShown) return null;
  // The cells are those of the role, whichever columns are granted: those of two agreements must not cut each other.
  const dimensions = columns.filter(({ name }) => groupBy.includes(name));
  const types = dimensions.map(({ name, sqlType }) => [name, sqlType]);
  return { subject, dimensions: dimensions.map(({ name }) => name), types: Object.fromEntries(types) };
}

/** Numbers that are granted can be summed up; nothing else than the dimensions is shown. */
export function groupedColumns(
  product: ProductModel,
  access: ColumnAccesses,
  { subject, dimensions }: Grouping,
): ColumnAccesses {
  return eachColumn(product, ({ name, sqlType }) => {
    if (dimensions.includes(name)) return access[name] ?? "denied";
    return name !== subject && access[name] === "clear" && isNumberType(sqlType) ? "aggregated" : "denied";
  });
}

export function groupingWords({ minGroupSize }: RoleModel, { dimensions }: Grouping, columns: ColumnAccesses): string {
  const shown = dimensions.filter((name) => columns[name] !== "denied");
  return `only numbers over groups by ${shown.join(", ")} of at least ${minGroupSize} people`;
}
