import { majorOf } from "@thoth/kernel/major-names";
import type { ColumnModel, ProductModel } from "../product-model.ts";
import type { ProductChange } from "./product-change.ts";

/**
 * The major version that a release leaves behind and that goes on being served from the new one; undefined when the
 * release breaks nothing. Majors 0 and 1 share one name, so there is nothing to serve 0 beside 1 as.
 */
export function majorLeft({ before, after, to }: Pick<ProductChange, "before" | "after" | "to">): number | undefined {
  // a product that retires leaves nothing behind
  if (before === undefined || after.contract.status === "retired") return undefined;
  const old = majorOf(before.version);
  return old >= 1 && majorOf(to) > old ? old : undefined;
}

/** `ontrack-learning/units v1`: the first line of the query, as a comment. */
export function mappingTitle(product: string, major: number): string {
  return `${product} v${major}`;
}

export function mappingFile(product: string, major: number): string {
  const [domain, name] = product.split("/");
  return `domains/${domain}/products/${name}/previous/v${major}.sql`;
}

/**
 * A first draft of the query that gives an old major version from the new one: what has the same id is the same, whatever
 * it is called now. Where a person must decide, a comment says so.
 */
export function proposeMapping(before: ProductModel, after: ProductModel, major: number): string {
  const columns = before.columns.map((column) => mapColumn(column, counterpart(column, after)));
  const lines = columns.map(
    ({ sql, remark }, index) =>
      `  ${sql}${index < columns.length - 1 ? "," : ""}${remark === undefined ? "" : ` -- ${remark}`}`,
  );
  const table = `${after.catalogName}.product.${after.tableName}`;
  return [`-- ${mappingTitle(before.id, major)}`, "select", ...lines, `from ${table}`].join("\n");
}

function counterpart(column: ColumnModel, { columns }: ProductModel): ColumnModel | undefined {
  return columns.find(({ id }) => id === column.id) ?? columns.find(({ name }) => name === column.name);
}

interface MappedColumn {
  readonly sql: string;
  readonly remark?: string;
}

function mapColumn(old: ColumnModel, now: ColumnModel | undefined): MappedColumn {
  if (now === undefined) {
    const lost = old.required
      ? "gone, and a value was promised: say how to compute it"
      : "gone: say how to compute it, or leave it null";
    return { sql: `cast(null as ${old.sqlType}) as ${quote(old.name)}`, remark: lost };
  }
  const retyped = old.sqlType !== now.sqlType;
  const value = retyped ? `cast(${quote(now.name)} as ${old.sqlType})` : quote(now.name);
  const sql = now.name === old.name && !retyped ? quote(old.name) : `${value} as ${quote(old.name)}`;
  if (retyped) return { sql, remark: `was ${old.sqlType}, is ${now.sqlType}: check that every value fits` };
  return old.required && !now.required ? { sql, remark: "may be null now: say what stands for null" } : { sql };
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
