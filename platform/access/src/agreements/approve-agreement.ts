import { type Agreement, isInForce } from "../agreement.ts";
import { accessError } from "../errors.ts";
import { accountsOf } from "./accounts.ts";
import { type Actor, type AgreementRules, type ProductTerms, termsOf } from "./agreement-rules.ts";
import { answersFor, approversOf, isOwn, levelFor, missingLevels } from "./approvers.ts";
import { checkParts, soundPurpose } from "./request-parts.ts";

export interface ApprovalFacts {
  readonly rules: AgreementRules;
  /** Epoch ms. */
  readonly now: number;
}

/** What became of an agreement that somebody approved: it may wait for a second person. */
export interface Approved {
  readonly agreement: Agreement;
  readonly action: "approved" | "granted" | "reassessed";
}

/**
 * Approves what was asked for as one of the people it waits for; or keeps, by looking at it again, what was due for that.
 * @throws MeshError `access/agreement-own`, `access/agreement-not-yours`, `access/agreement-closed`, and those of asking for
 *   what there is not any more
 */
export function approveAgreement(agreement: Agreement, actor: Actor, { rules, now }: ApprovalFacts): Approved {
  if (isDue(agreement, now)) return reassess(agreement, actor, { rules, now });
  if (agreement.status !== "requested")
    throw accessError["agreement-closed"]({ id: agreement.id, state: agreement.status });
  if (agreement.until <= now) throw accessError["agreement-closed"]({ id: agreement.id, state: "over" });
  const terms = termsOf(rules, agreement.product, agreement.major);
  const waitsFor = missingLevels(agreement, terms).flatMap((missing) => approversOf(terms, agreement.role)[missing]);
  if (isOwn(agreement, actor, rules)) throw accessError["agreement-own"]({ id: agreement.id, waitsFor });
  const level = levelFor(agreement, actor, { terms, rules });
  if (level === undefined) throw accessError["agreement-not-yours"]({ id: agreement.id, waitsFor });
  checkStill(agreement, terms, rules);
  const approval = { by: actor.name, as: accountsOf(actor), level, at: now };
  const approved = { ...agreement, approvals: [...agreement.approvals, approval] };
  if (missingLevels(approved, terms).length > 0) return { agreement: approved, action: "approved" };
  return { agreement: { ...approved, status: "granted" }, action: "granted" };
}

/** What the contract and the council have taken back since it was asked for is not granted: it could come to mean something else. */
function checkStill(agreement: Agreement, terms: ProductTerms, rules: AgreementRules): void {
  checkParts(agreement, terms);
  soundPurpose(agreement.purpose, rules);
}

/** Whether an agreement that is in force should be looked at again. */
export function isDue(agreement: Agreement, now: number): boolean {
  return isInForce(agreement, now) && agreement.reassessAt !== null && agreement.reassessAt <= now;
}

function reassess(agreement: Agreement, actor: Actor, { rules, now }: ApprovalFacts): Approved {
  const terms = termsOf(rules, agreement.product, agreement.major);
  const waitsFor = approversOf(terms, agreement.role)[1];
  if (isOwn(agreement, actor, rules)) throw accessError["agreement-own"]({ id: agreement.id, waitsFor });
  if (!answersFor(agreement, actor, { terms, rules }))
    throw accessError["agreement-not-yours"]({ id: agreement.id, waitsFor });
  checkStill(agreement, terms, rules);
  const days = rules.purposes.find(({ id }) => id === agreement.purpose)?.reassessDays ?? 0;
  const next = now + days * 86_400_000;
  return { agreement: { ...agreement, reassessAt: next < agreement.until ? next : null }, action: "reassessed" };
}
