import type { Agreement } from "@thoth/access/agreement";
import { approversOf, missingLevels } from "@thoth/access/agreements/approvers";
import { accessRules } from "./access-rules.ts";
import { loadDomains } from "./load-domains.ts";
import type { Settings } from "./settings.ts";

/**
 * Accounts that an agreement waits for: of each person that is missing, those who could be that person.
 * @returns empty when it waits for nobody, or its product is gone
 */
export async function waitingFor(agreement: Agreement, settings: Settings): Promise<readonly (readonly string[])[]> {
  if (agreement.status !== "requested") return [];
  const { products } = accessRules(settings.root, await loadDomains(settings));
  const terms = products.find(({ model }) => model.id === agreement.product && model.major === agreement.major);
  if (terms === undefined) return [];
  const approvers = approversOf(terms, agreement.role);
  return missingLevels(agreement, terms).map((level) => approvers[level]);
}

/** `learning-data-steward, and for ontrack-product-owner or ontrack-team` */
export function waitingWords(people: readonly (readonly string[])[]): string {
  return people.map((accounts) => accounts.join(" or ")).join(", and for ");
}
