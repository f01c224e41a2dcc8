import { openBrownOut } from "@thoth/contract/lifecycle/lifecycle";
import { showDate } from "@thoth/contract/lifecycle/written-date";
import type { ColumnModel, ProductModel } from "@thoth/contract/product-model";
import { tableName } from "@thoth/warehouse/authorise-reads";
import type { Decision } from "../decision.ts";
import { columnAccess } from "../secure-select.ts";
import type { SqlReader } from "./secured-sql.ts";

/** What one reader can have of one version of a product. */
export type Offer =
  | { readonly kind: "readable"; readonly decision: Decision; readonly columns: readonly ColumnModel[] }
  | { readonly kind: "unreadable"; readonly reason: string };

/** A version of a product beside the newest one. */
export interface ServedVersion {
  readonly model: ProductModel;
  readonly current: ProductModel;
}

/** How a version is shown now. */
export type Shown =
  /** @param holds columns that its snapshot has */
  | {
      readonly kind: "shown";
      readonly generation: number;
      readonly holds: ReadonlySet<string>;
      readonly rowCount: number;
    }
  | { readonly kind: "absent"; readonly reason: string };

/** @param current the version that replaces it, or itself */
export function offerOf({ model, current }: ServedVersion, shown: Shown, { decide, now }: SqlReader): Offer {
  const unreadable = (reason: string): Offer => ({ kind: "unreadable", reason });
  const off = model.deprecation && openBrownOut(model.deprecation, now);
  if (off !== undefined) {
    return unreadable(
      `It is on its way out and switched off until ${showDate(off.to)}. Read ${readName(current)} instead.`,
    );
  }
  const decision = decide(model);
  const visible = decision.readable
    ? model.columns.filter(({ name }) => columnAccess(decision, name) !== "denied")
    : [];
  if (visible.length === 0) return unreadable(closedWords(model, decision));
  if (shown.kind === "absent") return unreadable(shown.reason);
  const columns = visible.filter(
    ({ name, deprecation }) =>
      shown.holds.has(name) && (deprecation === undefined || openBrownOut(deprecation, now) === undefined),
  );
  if (columns.length > 0) return { kind: "readable", decision, columns };
  return unreadable(visible.some(({ name }) => shown.holds.has(name)) ? switchedOff : otherColumns(model));
}

export function notYet(product: string): string {
  return `It has not been published yet. The first run of mesh up does that, and may be under way: mesh runs shows it. If none is, mesh run ${product} publishes it.`;
}

const switchedOff = "All of its columns that you may read are switched off for now: they are on their way out.";

function otherColumns({ id }: ProductModel): string {
  return `This state of it was published under another contract, and has none of the columns that you may read today. mesh run ${id} publishes one that has; mesh snapshots ${id} lists those that are kept.`;
}

/** `ontrack_learning.product.units` */
export function readName(model: ProductModel): string {
  return tableName({ catalog: model.catalogName, schema: "product", table: model.tableName });
}

function closedWords({ id }: ProductModel, { reasons, advice }: Decision): string {
  const why = reasons.length === 0 ? `the contract of ${id} opens no column of it` : reasons.join("; ");
  return `You may not read it: ${why}. ${advice ?? `npx mesh access request ${id} asks for access.`}`;
}
