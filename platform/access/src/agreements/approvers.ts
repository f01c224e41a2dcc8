import type { ProductModel } from "@thoth/contract/product-model";
import type { Agreement } from "../agreement.ts";
import { accountPrefix } from "../token-claims.ts";
import { accountsOf, actsAs, mayBeOnePerson } from "./accounts.ts";
import type { Actor, AgreementRules, ProductTerms } from "./agreement-rules.ts";

export type ApprovalLevel = 1 | 2;

/** Accounts that may grant as the first and as the second person: as the role says, else those who answer for the domain. */
export function approversOf({ model, owner, stewards }: ProductTerms, role: string): Record<ApprovalLevel, string[]> {
  return approversNamed(model, [...new Set([...stewards, owner])], role);
}

/** @param answering accounts that answer for the domain: they grant where the role names nobody */
export function approversNamed(
  { roles }: ProductModel,
  answering: readonly string[],
  role: string,
): Record<ApprovalLevel, string[]> {
  const { firstLevelApprovers = [], secondLevelApprovers = [] } = roles.find(({ name }) => name === role) ?? {};
  return {
    1: firstLevelApprovers.length > 0 ? [...firstLevelApprovers] : [...answering],
    2: secondLevelApprovers.length > 0 ? [...secondLevelApprovers] : [...answering],
  };
}

/**
 * Restricted columns are granted by two people; one who grants all that a role shows grants those, too, and one who picks
 * rows by such a column tells whose rows they are.
 */
export function needsSecondPerson(
  { model }: Pick<ProductTerms, "model">,
  { columns, rows }: Pick<Agreement, "columns" | "rows">,
): boolean {
  return model.columns.some(
    ({ name, classification }) =>
      classification === "restricted" && (columns === null || columns.includes(name) || Object.hasOwn(rows, name)),
  );
}

/** Whom an agreement still waits for; empty when it waits for nobody. */
export function missingLevels(agreement: Agreement, terms: ProductTerms): readonly ApprovalLevel[] {
  if (agreement.status !== "requested") return [];
  const needed: readonly ApprovalLevel[] = needsSecondPerson(terms, agreement) ? [1, 2] : [1];
  return needed.filter((level) => !agreement.approvals.some((approval) => approval.level === level));
}

/** Whether somebody would grant something to themselves, or to an account that they can act for. */
export function isOwn(agreement: Agreement, actor: Actor, { council }: AgreementRules): boolean {
  const { requestedBy, requestedAs = [], consumer } = agreement;
  const accounts = [requestedBy, ...requestedAs, accountThatReads(consumer)];
  return (
    mayBeOnePerson(accountsOf(actor), accounts, council) || actor.roles.some((role) => consumer === `role:${role}`)
  );
}

/** Those who hold `role:account:steward` are one account with the steward, who need not present that role. */
function accountThatReads(consumer: string): string {
  const prefix = `role:${accountPrefix}`;
  return consumer.startsWith(prefix) ? consumer.slice(prefix.length) : consumer;
}

/** As which of the people it waits for somebody can approve it; undefined when as none. */
export function levelFor(
  agreement: Agreement,
  actor: Actor,
  { terms, rules }: { readonly terms: ProductTerms; readonly rules: AgreementRules },
): ApprovalLevel | undefined {
  const approved = agreement.approvals.flatMap(({ by, as = [] }) => [by, ...as]);
  const hasApproved = mayBeOnePerson(accountsOf(actor), approved, rules.council);
  if (hasApproved || isOwn(agreement, actor, rules)) return undefined;
  const approvers = approversOf(terms, agreement.role);
  return missingLevels(agreement, terms).find((level) => actsAs(actor, approvers[level], rules));
}

/** Whether somebody answers for what is granted: may grant it, or answers for its domain. */
export function answersFor(
  { role }: Agreement,
  actor: Actor,
  { terms, rules }: { readonly terms: ProductTerms; readonly rules: AgreementRules },
): boolean {
  const approvers = approversOf(terms, role);
  return actsAs(actor, [...approvers[1], ...approvers[2], terms.owner, ...terms.stewards], rules);
}
