import type { AuditEntry } from "./audit-entry.ts";

/** What the trail keeps of an entry. What does not apply is left out. */
export function contentOf(entry: AuditEntry, times: number): Readonly<Record<string, unknown>> {
  const { at, event, requestId, actor } = entry;
  return {
    at: new Date(at).toISOString(),
    event,
    request_id: shortText(requestId),
    principal: shortText(actor.name),
    principal_kind: actor.kind,
    roles: actor.roles.slice(0, mostRoles).map(shortText),
    authenticated: actor.authenticated,
    ...aboutOf(entry),
    ...(times > 1 && { times }),
  };
}

function aboutOf(entry: AuditEntry): Readonly<Record<string, unknown>> {
  switch (entry.event) {
    case "read":
      return {
        port: entry.port,
        product: entry.product,
        version: entry.version,
        columns: entry.columns,
        ...present({
          purpose: entry.purpose,
          agreement: entry.agreement,
          rows: entry.rows,
          snapshot: entry.snapshot,
          code: entry.code,
        }),
        fingerprint: entry.fingerprint,
        outcome: entry.outcome,
      };
    case "refusal":
      return { port: entry.port, ...present({ purpose: entry.purpose }), outcome: "refused", code: entry.code };
    default:
      return {
        subject: shortText(entry.subject),
        ...present({ product: entry.product, purpose: entry.purpose }),
        outcome: "allowed",
      };
  }
}

function present(values: Readonly<Record<string, string | number | null | undefined>>) {
  const said = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(said.map(([name, value]) => [name, typeof value === "string" ? shortText(value) : value]));
}

const mostRoles = 50;
/** Characters that are kept of what callers say themselves, which may be of any length. */
const longest = 200;

function shortText(text: string): string {
  return text.length > longest ? `${text.slice(0, longest - 1).toWellFormed()}…` : text.toWellFormed();
}
