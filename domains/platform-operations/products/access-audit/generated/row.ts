// Generated from the contract platform-operations/access-audit 1.0.0 by `npm run generate`; changes belong there.

/**
 * Who read which data product, through which port, for which purpose and under which agreement, and what was refused. The audit trail as a data product.
 */
export interface AuditEntryRow {
  /**
   * Chain and number of the record in the trail, where it can be verified.
   */
  record_id: string;
  /**
   * When it happened.
   */
  recorded_at: string;
  /**
   * What happened. `lost` counts open reads that could not be written down while the disk was full.
   */
  audit_event:
    | "read"
    | "refusal"
    | "agreement-requested"
    | "agreement-approved"
    | "agreement-granted"
    | "agreement-rejected"
    | "agreement-revoked"
    | "key-issued"
    | "key-rotated"
    | "key-revoked"
    | "token-issued"
    | "lost";
  /**
   * Whether it was allowed. `begun` is an answer that was being sent when the trail was read or its process ended.
   */
  outcome: "allowed" | "refused" | "begun";
  /**
   * Code of the error that the reader got; null when it was allowed.
   */
  error_code: string | null;
  /**
   * The way by which it was read; null for acts about agreements and keys.
   */
  port: "graphql" | "sql" | "files" | "stream" | "cli" | null;
  /**
   * Product that was read or is meant; null when that was not known yet.
   */
  product: string | null;
  /**
   * Domain of the product.
   */
  product_domain: string | null;
  /**
   * Version of the contract that was served.
   */
  contract_version: string | null;
  /**
   * Columns that the request used in any way, in alphabetical order; empty when only rows were counted.
   */
  columns_read: string | null;
  /**
   * Purpose of the request.
   */
  purpose: string | null;
  /**
   * Agreement that the decision rested on; null for what is open.
   */
  agreement_id: string | null;
  /**
   * Equal decisions about columns, rows, masks and groups have equal fingerprints.
   */
  decision_fingerprint: string | null;
  /**
   * Snapshot that was read; null where it is not known.
   */
  snapshot_id: string | null;
  /**
   * Rows in the whole answer, which may be of several products; null where it is not known.
   */
  rows_returned: bigint | null;
  /**
   * How many equal reads the row stands for.
   */
  times: bigint;
  /**
   * Verified name of the person or service; null when nobody is meant.
   */
  principal: string | null;
  /**
   * Whether a person, a service or nobody in particular asked.
   */
  principal_kind: "anonymous" | "person" | "service";
  /**
   * Roles that the principal held.
   */
  principal_roles: string | null;
  /**
   * How the name was verified; none for nobody.
   */
  authenticated_by: string | null;
  /**
   * The same for all rows of one request; the response told it as x-request-id.
   */
  request_id: string | null;
  /**
   * Id of the agreement or key that an act is about.
   */
  subject: string | null;
}
