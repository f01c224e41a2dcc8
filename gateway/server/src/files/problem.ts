import { randomUUID } from "node:crypto";
import { anonymous, type Principal } from "@thoth/access/decision";
import { findMeshError } from "@thoth/kernel/error-chain";
import type { MeshError } from "@thoth/kernel/mesh-error";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import { resourceFailure } from "@thoth/warehouse/resource-failure";
import { gatewayError } from "../errors.ts";
import { describeForLog } from "../mask-error.ts";

/** A refusal as HTTP tells it. */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly error: MeshError;
}

const statusByCode: Readonly<Record<string, number>> = {
  // Its provider cannot be asked: the same token may be good in a while.
  "access/token-unverifiable": 503,
  "access/product-denied": 403,
  "access/column-denied": 403,
  "access/aggregates-only": 403,
  "access/past-denied": 403,
  "access/audit-unavailable": 503,
  "gateway/no-such-file": 404,
  "gateway/no-such-stream": 404,
  "gateway/unknown-product": 404,
  "gateway/no-such-snapshot": 404,
  "gateway/read-only": 405,
  "gateway/retired": 410,
  "gateway/export-too-large": 413,
  "gateway/rate-exceeded": 429,
  "gateway/too-many-streams": 429,
  "gateway/brown-out": 503,
  "gateway/export-elsewhere": 501,
  "gateway/too-many-files": 503,
  "gateway/file-late": 503,
  "gateway/unexpected": 500,
  "warehouse/no-snapshot": 404,
  "warehouse/too-many-queries": 503,
  "warehouse/out-of-memory": 503,
  "warehouse/disk-full": 507,
};

/** Whatever is wrong with a token, its bearer needs another one. */
const statusByKind: readonly (readonly [RegExp, number])[] = [
  [/^access\/token-/, 401],
  [/^(gateway|subgraph)\//, 400],
];

/** What becomes of a failure. What nobody expects is a reference into the log. */
export function problemOf(failure: unknown, principal: Principal | undefined, log: ServerLog): Problem {
  const known = findMeshError(failure);
  const status = known && statusOf(known, principal);
  if (known !== undefined && status !== undefined)
    return { status, headers: headersOf(known, status), error: resourceFailure(known) ?? known };
  const id = randomUUID();
  log.error("unexpected failure", { id, error: describeForLog(failure) });
  return { status: 500, headers: {}, error: gatewayError.unexpected({ id }) };
}

/** RFC 9457, with the members that every port of the mesh has. */
export function problemText({ status, error }: Problem): string {
  const { code, message, hint, at } = error;
  const place = at?.path === undefined ? {} : { at: { path: at.path } };
  return `${JSON.stringify({ type: "about:blank", title: message, status, code, message, hint, ...place })}\n`;
}

/** Undefined for errors that speak to operators. */
function statusOf({ code }: MeshError, principal: Principal | undefined): number | undefined {
  const status = statusByCode[code] ?? statusByKind.find(([kind]) => kind.test(code))?.[1];
  // Who has not said who they are may be somebody who may.
  return status === 403 && principal?.name === anonymous.name ? 401 : status;
}

function headersOf({ retryAfterMs }: MeshError, status: number): Record<string, string> {
  if (status === 401) return { "www-authenticate": "Bearer" };
  if (status === 405) return { allow: "GET, HEAD, OPTIONS" };
  const waits = status === 503 || status === 429;
  return waits ? { "retry-after": String(Math.max(1, Math.ceil((retryAfterMs ?? 1_000) / 1_000))) } : {};
}
