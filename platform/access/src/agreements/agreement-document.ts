import type { Agreement, AgreementStatus } from "../agreement.ts";
import { isoMoment as iso } from "../iso-moment.ts";
import type { ProductTerms } from "./agreement-rules.ts";

/** The kind of document that this is; there is no schema of it to hold it against yet. */
const kind = "AccessAgreement";

const publishedStatus: Readonly<Record<AgreementStatus, string>> = {
  requested: "requested",
  granted: "approved",
  rejected: "rejected",
  revoked: "rejected",
};

export interface DocumentFacts {
  /** Of the product as it is served; undefined when it is served no more. */
  readonly terms: ProductTerms | undefined;
  /** What the purpose is called by people. */
  readonly purposeTitle: string | undefined;
}

/**
 * An agreement as others exchange it. What the draft has no word for stands in `customProperties`.
 * @source Bitol RFC 0056 (Open Access Agreement Standard, draft): `AccessAgreement`
 */
export function describeAgreement(agreement: Agreement, { terms, purposeTitle }: DocumentFacts): object {
  const { id, consumer, product, major, from, until, reassessAt, reason } = agreement;
  const [domain = ""] = product.split("/");
  const title = purposeTitle === undefined ? agreement.purpose : `${purposeTitle} (${agreement.purpose})`;
  const limitations = terms?.model.limitations;
  return {
    kind,
    id,
    name: `${consumer} reads ${product}`,
    version: "1.0.0",
    status: publishedStatus[agreement.status],
    startTimestamp: iso(from),
    endTimestamp: agreement.ended === undefined ? lastMoment(until) : iso(agreement.ended.at),
    ...(reassessAt !== null && { nextReassessmentTimestamp: iso(reassessAt) }),
    description: { purpose: title, usage: reason, ...(limitations && { limitations }) },
    provider: {
      teamId: terms?.owner ?? domain,
      dataProductId: product,
      outputPortId: `${product}/v${major}`,
      ...(terms && { dataContractVersion: terms.model.version }),
    },
    consumer: consumer.startsWith("role:") ? { teamId: consumer.slice("role:".length) } : { userId: consumer },
    roles: [{ role: agreement.role }],
    customProperties: customProperties(agreement),
  };
}

function customProperties({ status, purpose, columns, rows, requestedBy, requestedAt, approvals, ended }: Agreement) {
  const values: Record<string, unknown> = {
    meshStatus: status,
    purposeId: purpose,
    columns: columns ?? "all that the role shows",
    rows,
    requestedBy,
    requestedAt: iso(requestedAt),
    approvals: approvals.map(({ by, level, at }) => ({ by, level, at: iso(at) })),
    ...(ended && { ended: { ...ended, at: iso(ended.at) } }),
  };
  return Object.entries(values).map(([property, value]) => ({ property, value }));
}

const dayMs = 86_400_000;

/** One that ends with a day is to be read as ending on that day. */
function lastMoment(until: number): string {
  return iso(until % dayMs === 0 ? until - 1 : until);
}
