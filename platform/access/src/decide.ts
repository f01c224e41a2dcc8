import type { Classification, ProductModel } from "@thoth/contract/product-model";
import type { ColumnAccess, Decision, Principal } from "./decision.ts";
import { fingerprint } from "./fingerprint.ts";

/** Without agreements and policies, what a contract calls more than internal is for nobody. */
const access: Readonly<Record<Classification, ColumnAccess>> = {
  public: "clear",
  internal: "clear",
  confidential: "denied",
  restricted: "denied",
};

/**
 * What a principal may see of a product, for one purpose. Depends on the contract's classifications alone.
 * A product whose key may not be seen is not readable at all: its rows could not be told apart, paged or joined.
 */
export function decide(_principal: Principal, product: ProductModel, _purpose?: string): Decision {
  const byClassification = product.columns.map(({ name, classification }) => [name, access[classification]] as const);
  const columns = Object.fromEntries<ColumnAccess>(byClassification);
  const readable = product.key.every((name) => columns[name] === "clear");
  const decided = {
    columns: readable ? columns : Object.fromEntries(byClassification.map(([name]) => [name, "denied" as const])),
    readable,
    rowFilter: null,
    minGroupSize: 1,
    expiresAt: null,
    agreement: null,
  };
  return { ...decided, fingerprint: fingerprint(decided) };
}
