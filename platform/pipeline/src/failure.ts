import type { FailureClass, RunOutcome } from "@thoth/control/run";
import { errorChain, findMeshError } from "@thoth/kernel/error-chain";
import { formatMeshError, isMeshError, type MeshError } from "@thoth/kernel/mesh-error";
import { StepFailure } from "./job-context.ts";

/** By code; the codes of a package that are not listed have the class of the package. */
const classes: Readonly<Record<string, FailureClass>> = {
  "contract/": "schema",
  "ingest/": "source",
  "ingest/missing-column": "schema",
  "ingest/wrong-type": "schema",
  "ingest/raw-type-changed": "schema",
  "pipeline/": "schema",
  "pipeline/input-not-published": "source",
  "pipeline/input-withheld": "consent",
  "pipeline/consent-broken": "consent",
  "pipeline/checks-failed": "quality",
  "pipeline/previous-broken": "quality",
  "pipeline/check-not-run": "quality",
  "pipeline/too-many-rejected": "quality",
  "pipeline/anomaly": "quality",
  "pipeline/counts-differ": "quality",
  "ingest/counts-differ": "quality",
  "pipeline/rule-refused": "policy",
  "warehouse/cyclic-dependency": "schema",
  "warehouse/function-refused": "schema",
  "warehouse/mapping-name": "schema",
  "warehouse/mapping-reads": "schema",
  "warehouse/read-refused": "schema",
  "warehouse/sql-not-a-select": "schema",
  "warehouse/sql-several-statements": "schema",
  "warehouse/sql-syntax": "schema",
  "warehouse/value-type": "schema",
};

/** How a failure stands in the ledger. An expected failure keeps its code, place and hint. */
export function describeJobFailure(failure: unknown, signal: AbortSignal): RunOutcome {
  const chain = [...errorChain(failure)];
  const facts = chain.filter((error) => error instanceof FailureFacts).map((error) => error.facts);
  const step = chain.findLast((error) => error instanceof StepFailure)?.step ?? null;
  const expected = findMeshError(failure);
  return {
    ...Object.assign({}, ...facts),
    // Somebody who stops a run wants it to end; a run that takes too long has failed.
    status: signal.aborted && !isTimeout(signal.reason) ? "aborted" : "failed",
    failureClass: classifyFailure(expected, signal),
    failureStep: step,
    failureMessage: describeFailure(failure, signal),
  };
}

/** What was known about a run when it failed: counts, what it had read. */
export class FailureFacts extends Error {
  readonly facts: Omit<Partial<RunOutcome>, "status">;

  constructor(facts: FailureFacts["facts"], cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.facts = facts;
  }
}

/** One line for what nobody expected, more for what has a code. */
function describeFailure(failure: unknown, signal: AbortSignal): string {
  if (signal.aborted) return `stopped: ${describeReason(signal.reason)}`;
  const expected = findMeshError(failure);
  return expected === undefined ? describeUnexpected(unwrap(failure)) : formatMeshError(expected);
}

/** The failure itself, without what was put around it on its way. */
function unwrap(failure: unknown): unknown {
  const wrappers = [StepFailure, FailureFacts, SuppressedError];
  return errorChain(failure).find((error) => !wrappers.some((wrapper) => error instanceof wrapper)) ?? failure;
}

function classifyFailure(expected: MeshError | undefined, signal: AbortSignal): FailureClass {
  if (signal.aborted) return isTimeout(signal.reason) ? "timeout" : "system";
  if (expected === undefined) return "system";
  const { code } = expected;
  return classes[code] ?? classes[code.slice(0, code.indexOf("/") + 1)] ?? "system";
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === "TimeoutError";
}

function describeReason(reason: unknown): string {
  return isMeshError(reason) ? formatMeshError(reason) : describeUnexpected(reason);
}

function describeUnexpected(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
