import { auditRead, auditRefusal } from "@thoth/access/audit/audit-read";
import type { AuditTrail } from "@thoth/access/audit/audit-trail";
import { anonymous } from "@thoth/access/decision";
import { isMeshError } from "@thoth/kernel/mesh-error";
import type { GatewayOptions, RunningServer } from "@thoth/subgraph/served-graph";
import type { SqlSource } from "@thoth/subgraph/served-sql";
import type { RateLimits } from "../rate-limits.ts";
import type { Decide } from "../server-settings.ts";
import { serveSqlPort } from "./serve-sql-port.ts";
import type { SqlPortOptions } from "./sql-port-options.ts";

type GatewayParts = Pick<GatewayOptions, "authenticate" | "clock" | "log"> & {
  readonly decide: Decide;
  /** Where reads and refusals are written down. */
  readonly audit: AuditTrail | undefined;
  /** What each consumer may ask on all ports together. */
  readonly rates: RateLimits;
};

/**
 * The SQL port beside the gateway's HTTP port, under the same decisions and in the same audit trail.
 * @returns undefined when its port is taken and it is not needed
 * @throws MeshError `gateway/sql-port-in-use`, `gateway/cannot-listen`, `gateway/sql-tls-files`
 */
export async function openSqlPort(source: SqlSource, parts: GatewayParts): Promise<RunningServer | undefined> {
  const { isOptional, scramLogin, ...rest } = source;
  const { authenticate, decide, clock, audit, log, rates } = parts;
  const credentials = { authenticate, scramLogin };
  try {
    return await serveSqlPort({ ...rest, credentials, decide, clock, log, rates, ...tell(audit) });
  } catch (failure) {
    if (!isOptional || !isMeshError(failure) || failure.code !== "gateway/sql-port-in-use") throw failure;
    log.error("SQL is not served", { reason: failure.message, hint: failure.hint });
    return undefined;
  }
}

function tell(audit: AuditTrail | undefined): Pick<SqlPortOptions, "onRead" | "onRefused"> {
  return {
    onRead: (read) => auditRead(audit, { ...read, port: "sql" }),
    onRefused: ({ principal = anonymous, ...refusal }) => auditRefusal(audit, { ...refusal, principal, port: "sql" }),
  };
}
