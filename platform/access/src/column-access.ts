import type { Mask, RoleModel } from "@thoth/contract/access-terms";
import type { Classification, ColumnModel, ProductModel } from "@thoth/contract/product-model";
import type { Agreement } from "./agreement.ts";
import type { ColumnAccess, Principal } from "./decision.ts";
import { likeness } from "./likeness.ts";

/** Column name → what may be seen of it. */
export type ColumnAccesses = Readonly<Record<string, ColumnAccess>>;

export function eachColumn({ columns }: ProductModel, access: (column: ColumnModel) => ColumnAccess): ColumnAccesses {
  return Object.fromEntries(columns.map((column): [string, ColumnAccess] => [column.name, access(column)]));
}

/** Columns that are open to a principal without any agreement. */
export function openColumns(product: ProductModel, principal: Principal): ColumnAccesses {
  return eachColumn(product, (column) => (isOpen(column, principal) ? "clear" : "denied"));
}

/** Columns of an agreement as its role shows them, beside those that are open. */
export function grantedColumns(
  product: ProductModel,
  principal: Principal,
  { agreement, role }: { readonly agreement: Agreement; readonly role: RoleModel },
): ColumnAccesses {
  return eachColumn(product, (column) => {
    if (!isOpen(column, principal) && !isGranted(column, agreement)) return "denied";
    return Object.hasOwn(role.masks, column.name) ? "masked" : "clear";
  });
}

/** Whether rows can be told apart: by keys as they are, or by their hashes. */
export function isKeyVisible(
  { key }: ProductModel,
  columns: ColumnAccesses,
  masks: Readonly<Record<string, Mask>>,
): boolean {
  return key.every((name) => columns[name] === "clear" || (columns[name] === "masked" && masks[name]?.kind === "hash"));
}

/** As what is restricted is granted, whoever wrote the agreement down. */
export function isByTwoPeople({ approvals }: Agreement): boolean {
  const first = approvals.filter(({ level }) => level === 1).map(({ by }) => likeness(by));
  return approvals.some(({ level, by }) => level === 2 && first.some((other) => other !== likeness(by)));
}

function isOpen({ classification }: ColumnModel, principal: Principal): boolean {
  return openClasses(principal).includes(classification);
}

function openClasses({ kind }: Principal): readonly Classification[] {
  return kind === "anonymous" ? ["public"] : ["public", "internal"];
}

function isGranted({ name, classification }: ColumnModel, agreement: Agreement): boolean {
  if (agreement.columns !== null && !agreement.columns.includes(name)) return false;
  return classification !== "restricted" || isByTwoPeople(agreement);
}
