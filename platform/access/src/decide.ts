import type { ProductModel } from "@thoth/contract/product-model";
import type { Purpose } from "@thoth/contract/read-purposes";
import { type AdviceFacts, adviceFor, needsAgreement, type Obstacle } from "./advice.ts";
import { agreedDecision } from "./agreed-decision.ts";
import type { Agreement } from "./agreement.ts";
import { consentFor } from "./consent-for.ts";
import type { Decision, Principal } from "./decision.ts";
import { findAgreement } from "./find-agreement.ts";
import { openDecision, refusedDecision } from "./open-decision.ts";
import { isKnownPurpose, unknownPurposeWords } from "./purpose-words.ts";

/** What a decision rests on besides who asks for what. */
export interface AccessFacts {
  /** Any agreements: only those that are in force and about this consumer and product count. */
  readonly agreements: readonly Agreement[];
  readonly purposes: readonly Purpose[];
  /** Epoch ms. */
  readonly now: number;
}

const noFacts: AccessFacts = { agreements: [], purposes: [], now: 0 };

/**
 * What a principal may see of a product, for one purpose. Pure: the same question has the same answer.
 *
 * Who gives no credential sees public columns, everybody else internal ones too. Confidential and restricted columns are
 * seen under an agreement: in the way its role shows them, in the rows that role, agreement and people's consent leave.
 * A product whose key can be seen in no way is not readable by rows: they could not be told apart, paged or joined.
 * Who says a purpose that there is not sees nothing: what they asked for cannot be what they mean.
 * @param purpose the one that the reader named; when absent, the only one that the reader has agreements for
 */
export function decide(
  principal: Principal,
  product: ProductModel,
  purpose?: string,
  facts: AccessFacts = noFacts,
): Decision {
  // An empty text names no purpose.
  const said = purpose === "" ? undefined : purpose;
  const asked = { ...facts, principal, product, purpose: said };
  const excluded = excludedBy(principal, product, said);
  if (excluded !== undefined)
    return advised(refusedDecision(product, null, [excluded]), { kind: "limited-credential" }, asked);
  if (said !== undefined && !isKnownPurpose(said, facts.purposes)) {
    const reasons = [unknownPurposeWords(said, facts.purposes)];
    return advised(refusedDecision(product, null, reasons), { kind: "purpose-unknown" }, asked);
  }
  const found = findAgreement(principal, product, said, facts);
  if (found.kind === "none") return advised(openDecision(principal, product, found.reasons), found.obstacle, asked);
  return advised(agreedDecision(principal, product, found, facts.now), { kind: "no-agreement" }, asked);
}

function excludedBy(
  { limits = {} }: Principal,
  product: ProductModel,
  purpose: string | undefined,
): string | undefined {
  if (limits.products !== undefined && !limits.products.includes(product.id))
    return `your credential is limited to ${limits.products.join(", ")}`;
  if (purpose !== undefined && limits.purposes !== undefined && !limits.purposes.includes(purpose))
    return `your credential is limited to the purposes ${limits.purposes.join(", ")}`;
  return undefined;
}

/** Tells how to see more, where there is more. */
function advised(
  decision: Decision,
  obstacle: Obstacle,
  { purposes, ...asked }: Pick<AccessFacts, "purposes"> & Omit<AdviceFacts, "fitting">,
): Decision {
  const { product } = asked;
  if (!Object.values(decision.columns).includes("denied")) return decision;
  if (obstacle.kind === "no-agreement" && !needsAgreement(product)) return decision;
  const fitting = purposes.filter((purpose) => typeof consentFor(product, purpose) !== "string");
  return { ...decision, advice: adviceFor(obstacle, { ...asked, fitting }) };
}
