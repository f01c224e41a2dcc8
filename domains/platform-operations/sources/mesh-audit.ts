import { auditTrail } from "@thoth/ingest/audit-trail";

/** What happened before this run began; what this run reads of other products is no read of a consumer. */
export const meshAudit = auditTrail("mesh-audit");
