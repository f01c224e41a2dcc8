import type { CredentialLimits } from "../decision.ts";
import { accessError } from "../errors.ts";
import type { AgreementRules } from "./agreement-rules.ts";

/**
 * A credential that is limited to what there is not would open nothing.
 * @throws MeshError `access/limit-unknown`
 */
export function checkLimits(
  { products = [], purposes = [] }: CredentialLimits,
  rules: Pick<AgreementRules, "products" | "purposes">,
): void {
  const ids = [...new Set(rules.products.map(({ model }) => model.id))];
  requireKnown("product", products, ids);
  requireKnown(
    "purpose",
    purposes,
    rules.purposes.map(({ id }) => id),
  );
}

function requireKnown(what: "product" | "purpose", names: readonly string[], known: readonly string[]): void {
  const name = names.find((one) => !known.includes(one));
  if (name !== undefined) throw accessError["limit-unknown"]({ what, name, known });
}
