import type { ProductModel } from "@thoth/contract/product-model";
import type { Decision, Principal } from "../decision.ts";
import type { AuditActor, AuditOutcome, AuditPort, ReadEntry } from "./audit-entry.ts";
import type { AuditTrail } from "./audit-trail.ts";

/** What one request reads of one product. */
export interface AuditedRead {
  readonly model: ProductModel;
  /** Columns that the request uses in any way, by their names in the contract. */
  readonly columns: readonly string[];
  readonly decision: Decision;
  /** Id of the snapshot that was read, where it is known. */
  readonly snapshot?: string | undefined;
}

/** One request as the trail tells of it. It holds no statement, no token and no value of a row. */
export interface AuditedRequest {
  readonly principal: Principal;
  /** How the principal was verified; `token` for people, `service-key` for services, unless said otherwise. */
  readonly authenticated?: string | undefined;
  readonly port: AuditPort;
  readonly reads: readonly AuditedRead[];
  /** Rows in the answer; null while it is not known. */
  readonly rows: number | null;
  readonly purpose: string | undefined;
  /** The same for all entries of one request. */
  readonly requestId: string;
  /** `{ refused: code }` with the code of the error that its reader gets. */
  readonly outcome: Exclude<AuditOutcome, "refused"> | { readonly refused: string };
  /** Epoch ms. */
  readonly now: number;
}

/**
 * Writes a request into the trail. Call it before the answer leaves, and wait for what it returns: reads under an
 * agreement, reads of confidential or restricted columns and all refusals are on disk by then; for others there is nothing
 * to wait for. An answer that is streamed is told of twice: as `begun`, without rows, before its first byte, and as
 * `allowed`, with its rows, behind its last one.
 * @throws MeshError `access/audit-unavailable` when a protected read cannot be written down: it must not be answered then
 */
export function auditRead(trail: AuditTrail | undefined, request: AuditedRequest): Promise<void> | undefined {
  if (trail === undefined) return undefined;
  const entries = request.reads.map((read) => entryOf(request, read));
  const isRefused = typeof request.outcome === "object";
  if (!isRefused && !request.reads.some(isProtected)) {
    for (const entry of entries) trail.record(entry);
    return undefined;
  }
  const written = Promise.all(entries.map((entry) => trail.recorded(entry))).then(() => undefined);
  return isRefused ? quietly(written) : written;
}

/** A request that was refused, possibly before it was known what it would read. */
export interface AuditedRefusal
  extends Pick<AuditedRequest, "principal" | "authenticated" | "port" | "requestId" | "now"> {
  /** Of the error that its sender gets. */
  readonly code: string;
  readonly purpose?: string | undefined;
  /** What it asked for, as far as that is known. */
  readonly reads?: readonly AuditedRead[] | undefined;
}

/** Resolves when it is on disk: call it before the answer leaves. Never rejects. */
export async function auditRefusal(trail: AuditTrail | undefined, refusal: AuditedRefusal): Promise<void> {
  const { port, code, requestId, now, purpose, reads = [] } = refusal;
  if (reads.length > 0) return auditRead(trail, { ...refusal, purpose, reads, rows: 0, outcome: { refused: code } });
  const entry = { event: "refusal", at: now, actor: actorOf(refusal), requestId, port, code, purpose } as const;
  await quietly(trail?.recorded(entry));
}

/** What is refused stays refused, whether or not that could be written down. The trail itself tells the log. */
async function quietly(written: Promise<void> | undefined): Promise<void> {
  await written?.catch(() => undefined);
}

/** Whether a read must be on disk before it is answered. */
export function isProtected({ model, columns, decision }: AuditedRead): boolean {
  if (decision.agreement !== null) return true;
  const read = new Set(columns);
  return model.columns.some(({ name, classification }) => read.has(name) && protectedClasses.has(classification));
}

const protectedClasses: ReadonlySet<string> = new Set(["confidential", "restricted"]);

function entryOf(request: AuditedRequest, { model, columns, decision, snapshot }: AuditedRead): ReadEntry {
  const { outcome } = request;
  const isRefused = typeof outcome === "object";
  return {
    event: "read",
    at: request.now,
    actor: actorOf(request),
    requestId: request.requestId,
    port: request.port,
    product: model.id,
    version: model.version,
    columns: [...columns].toSorted(),
    purpose: decision.purpose ?? request.purpose ?? null,
    agreement: decision.agreement,
    fingerprint: decision.fingerprint,
    rows: request.rows,
    snapshot: snapshot ?? null,
    outcome: isRefused ? "refused" : outcome,
    code: isRefused ? outcome.refused : null,
  };
}

function actorOf({ principal, authenticated }: Pick<AuditedRequest, "principal" | "authenticated">): AuditActor {
  const { name, kind = "person", roles, attributes } = principal;
  return { name, kind, roles, authenticated: authenticated ?? credentials[kind], domain: attributes.domain };
}

const credentials = { anonymous: "none", person: "token", service: "service-key" } as const;
