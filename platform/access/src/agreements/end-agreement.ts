import type { Agreement } from "../agreement.ts";
import { accessError } from "../errors.ts";
import { isSameAccount } from "./accounts.ts";
import { type Actor, type AgreementRules, type ProductTerms, termsOf } from "./agreement-rules.ts";
import { answersFor, approversOf } from "./approvers.ts";
import { soundReason } from "./request-parts.ts";

export interface EndingFacts {
  readonly reason: string;
  readonly rules: AgreementRules;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * Says no to what was asked for, as somebody who could have granted it.
 * @throws MeshError `access/agreement-not-yours`, `access/agreement-closed`, `access/agreement-reason`
 */
export function rejectAgreement(agreement: Agreement, actor: Actor, facts: EndingFacts): Agreement {
  if (agreement.status !== "requested")
    throw accessError["agreement-closed"]({ id: agreement.id, state: agreement.status });
  const terms = termsOf(facts.rules, agreement.product, agreement.major);
  if (!answersFor(agreement, actor, { terms, rules: facts.rules })) throw notYours(agreement, terms);
  return { ...agreement, status: "rejected", ended: ending(actor, facts) };
}

/**
 * Ends an agreement, or takes back what was asked for: by who answers for it, who asked for it or whom it is for.
 * @throws MeshError `access/agreement-not-yours`, `access/agreement-closed`, `access/agreement-reason`
 */
export function revokeAgreement(agreement: Agreement, actor: Actor, facts: EndingFacts): Agreement {
  const { status, requestedBy, consumer } = agreement;
  if (status !== "requested" && status !== "granted")
    throw accessError["agreement-closed"]({ id: agreement.id, state: status });
  const { council } = facts.rules;
  const givesBack = [requestedBy, consumer].some((name) => isSameAccount(actor.name, name, council));
  const terms = facts.rules.products.find(
    ({ model }) => model.id === agreement.product && model.major === agreement.major,
  );
  // What is not served any more can still be given back, and nothing else happens to it.
  const isTheirs = terms !== undefined && answersFor(agreement, actor, { terms, rules: facts.rules });
  if (!givesBack && !isTheirs) throw notYours(agreement, terms);
  return { ...agreement, status: "revoked", ended: ending(actor, facts) };
}

function ending({ name }: Actor, { reason, now }: EndingFacts): NonNullable<Agreement["ended"]> {
  return { by: name, at: now, reason: soundReason(reason) };
}

function notYours({ id, role }: Agreement, terms: ProductTerms | undefined): Error {
  return accessError["agreement-not-yours"]({ id, waitsFor: terms === undefined ? [] : approversOf(terms, role)[1] });
}
