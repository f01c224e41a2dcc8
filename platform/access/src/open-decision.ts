import type { ProductModel } from "@thoth/contract/product-model";
import { eachColumn, isKeyVisible, openColumns } from "./column-access.ts";
import type { Decision, Principal } from "./decision.ts";
import { fingerprint } from "./fingerprint.ts";

/** What somebody sees without an agreement. */
export function openDecision(principal: Principal, product: ProductModel, reasons: readonly string[]): Decision {
  const columns = openColumns(product, principal);
  if (!isKeyVisible(product, columns, {})) return refusedDecision(product, null, reasons);
  return finished({ ...unlimited, columns, readable: true, purpose: null }, reasons);
}

export function refusedDecision(product: ProductModel, purpose: string | null, reasons: readonly string[]): Decision {
  const columns = eachColumn(product, () => "denied");
  return finished({ ...unlimited, columns, readable: false, purpose }, reasons);
}

const unlimited = {
  masks: {},
  rowFilter: null,
  minGroupSize: 1,
  grouping: null,
  salt: "",
  expiresAt: null,
  agreement: null,
};

/** With the fingerprint, by which equal decisions are known. */
export function finished(decided: Omit<Decision, "reasons" | "fingerprint">, reasons: readonly string[]): Decision {
  return { ...decided, reasons, fingerprint: fingerprint(decided) };
}
