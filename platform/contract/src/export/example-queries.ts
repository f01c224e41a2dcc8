import { camelCase } from "@thoth/kernel/names";
import type { ColumnModel, ProductModel } from "../product-model.ts";

/** How many columns an example shows: enough to see what a product is about. */
const shownColumns = 6;

/** The first rows of a product, with the columns that everybody may read. */
export function exampleGraphql(model: ProductModel): string {
  const fields = readable(model).map(({ name }) => `      ${camelCase(name)}`);
  if (fields.length === 0) return `{\n  dataProduct(id: "${model.id}") {\n    purpose\n  }\n}\n`;
  return `{\n  ${model.fieldName}(first: 10) {\n    nodes {\n${fields.join("\n")}\n    }\n  }\n}\n`;
}

export function exampleSql(model: ProductModel): string {
  const columns = readable(model).map(({ name }) => name);
  const table = `${model.catalogName}.product.${model.tableName}`;
  return `select ${columns.length === 0 ? "count(*)" : columns.join(", ")}\nfrom ${table}\nlimit 10\n`;
}

function readable({ columns }: ProductModel): ColumnModel[] {
  const open = columns.filter(({ classification }) => classification === "public" || classification === "internal");
  return open.slice(0, shownColumns);
}
