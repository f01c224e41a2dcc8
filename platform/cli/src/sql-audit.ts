import { randomUUID } from "node:crypto";
import { type AuditedRead, auditRead, auditRefusal } from "@thoth/access/audit/audit-read";
import type { Principal } from "@thoth/access/decision";
import { isMeshError } from "@thoth/kernel/mesh-error";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import type { Effects } from "./effects.ts";
import { openMeshAudit } from "./mesh-audit.ts";
import type { Settings } from "./settings.ts";

export interface SqlAuditing {
  readonly settings: Settings;
  readonly effects: Effects;
  readonly log: ServerLog;
  readonly purpose?: string | undefined;
  /** Who asked. */
  readonly principal: Principal;
  /** How that is known: by the account of this machine, or by a token. */
  readonly authenticated: "account" | "token";
}

/**
 * Writes a statement of `mesh sql` into the audit trail, before its rows are shown.
 * @throws MeshError `access/audit-unavailable` when what it read is protected and cannot be written down
 */
export async function auditSql(auditing: SqlAuditing, reads: readonly AuditedRead[], rows: number): Promise<void> {
  await using trail = openTrail(auditing);
  await auditRead(trail, { ...requestOf(auditing), reads, rows, outcome: "allowed" });
}

/** A statement that was refused, or failed. @param reads what it asked for, as far as that is known */
export async function auditRefusedSql(
  auditing: SqlAuditing,
  reads: readonly AuditedRead[],
  failure: unknown,
): Promise<void> {
  if (!isMeshError(failure)) return;
  await using trail = openTrail(auditing);
  await auditRefusal(trail, { ...requestOf(auditing), reads, code: failure.code });
}

function openTrail({ settings, effects, log }: SqlAuditing) {
  return openMeshAudit(settings, effects, log);
}

function requestOf({ effects, purpose, principal, authenticated }: SqlAuditing) {
  const asked = { port: "cli", purpose, requestId: randomUUID(), now: effects.now() } as const;
  return { ...asked, principal, authenticated };
}
