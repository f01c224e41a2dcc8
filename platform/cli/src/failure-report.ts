import { findMeshError } from "@thoth/kernel/error-chain";
import { formatMeshError, type MeshError } from "@thoth/kernel/mesh-error";
import type { Effects } from "./effects.ts";
import { cliError } from "./errors.ts";
import { shownLines } from "./shown-text.ts";

/** Exit code of what the user stopped, as shells have it for Ctrl-C. */
export const stoppedExitCode = 130;

/** Failures that say that the command line is wrong, or names what there is not: nothing was tried. */
const wrongUsage: ReadonlySet<string> = new Set([
  "cli/usage",
  "cli/bad-name",
  "cli/already-exists",
  "cli/name-taken",
  "cli/unknown-domain",
  "cli/unknown-product",
  "cli/unknown-source",
  "cli/unknown-version",
  "cli/unknown-table",
  "cli/unknown-column",
  "cli/unknown-key",
  "cli/unknown-lineage",
  "cli/no-such-snapshot",
  "cli/webhook-url",
  "cli/webhook-unknown",
  "pipeline/bad-range",
  "pipeline/unknown-target",
  "pipeline/unknown-event",
  "pipeline/event-is-target",
  "control/unknown-run",
  "control/unknown-snapshot",
  "contract/no-review",
  "access/agreement-product-unknown",
  "access/agreement-purpose-unknown",
  "access/agreement-role-unknown",
  "access/agreement-column-unknown",
  "access/agreement-consumer",
  "access/agreement-empty",
  "access/agreement-time",
  "access/agreement-unknown",
  "access/key-terms",
  "access/key-unknown",
  "access/limit-unknown",
  "access/principal-invalid",
  "gateway/bad-parameter",
  "gateway/unknown-parameter",
  "gateway/unknown-product",
  "gateway/no-such-snapshot",
  "subgraph/unknown-column",
]);

/**
 * Says what went wrong: code, what, where, what to do. For programs as one JSON document on stdout.
 * @returns the exit code
 */
export function reportFailure(failure: unknown, { json }: { json: boolean }, effects: Effects): number {
  const expected = findMeshError(failure);
  if (expected === undefined && effects.signal.aborted) return stoppedExitCode;
  const error = expected ?? cliError.unexpected({ failure });
  if (json) effects.out(`${JSON.stringify({ ok: false, error: describe(error) })}\n`);
  if (expected === undefined) effects.err(`${shownLines(stackOf(failure))}\n`);
  if (!json) effects.err(`${shownLines(formatMeshError(error))}\n`);
  return wrongUsage.has(error.code) ? 2 : 1;
}

function describe({ code, message, hint, at }: MeshError) {
  return { code, message, hint, ...(at === undefined ? {} : { at }) };
}

function stackOf(failure: unknown): string {
  return failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
}
