export type RunTrigger = "schedule" | "event" | "backfill" | "manual";
export type RunStatus = "queued" | "running" | "success" | "partial" | "failed" | "aborted" | "skipped";
export type FailureClass = "source" | "schema" | "quality" | "consent" | "policy" | "system" | "timeout";

const unfinished: ReadonlySet<RunStatus> = new Set(["queued", "running"]);

/** True for every status a run ends with; the ledger keeps such a run unchanged. */
export function isFinal(status: RunStatus): boolean {
  return !unfinished.has(status);
}

/** One row of the run ledger. Times are epoch ms; counts are rows; `null` means not known or not applicable. */
export interface Run {
  readonly runId: string;
  readonly parentRunId: string | null;
  readonly domain: string;
  /** Product name; null for runs that serve several products, such as an extraction. */
  readonly product: string | null;
  /** `domain`, `extract/<source>`, `clean/<table>` or `product/<product>`. */
  readonly pipeline: string;
  readonly attempt: number;
  readonly trigger: RunTrigger;
  readonly partitionKey: string | null;
  readonly codeVersion: string;
  readonly contractVersion: string | null;
  readonly status: RunStatus;
  /** Since when it could have begun but for others; of one that nobody sent, when it began. */
  readonly queuedAt: number;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  readonly durationMs: number | null;
  readonly rowsRead: number | null;
  readonly rowsInserted: number | null;
  readonly rowsUpdated: number | null;
  readonly rowsDeleted: number | null;
  readonly rowsRejected: number | null;
  readonly rowCountAfter: number | null;
  readonly bytesIn: number | null;
  readonly bytesOut: number | null;
  readonly checkpointBefore: unknown;
  readonly checkpointAfter: unknown;
  readonly failureClass: FailureClass | null;
  readonly failureStep: string | null;
  readonly failureMessage: string | null;
  readonly rootCauseRunId: string | null;
  readonly checksPassed: number | null;
  readonly checksWarned: number | null;
  readonly checksFailed: number | null;
  readonly watermarkBefore: number | null;
  readonly watermarkAfter: number | null;
  readonly snapshotId: string | null;
}

/** What is known when a run is put on the ledger. */
export type NewRun = Pick<Run, "domain" | "product" | "pipeline" | "trigger" | "codeVersion"> &
  Partial<
    Pick<
      Run,
      | "runId"
      | "parentRunId"
      | "attempt"
      | "partitionKey"
      | "contractVersion"
      | "queuedAt"
      | "checkpointBefore"
      | "watermarkBefore"
    >
  >;

/** What a run reports when it ends; the status must be terminal. */
export type RunOutcome = Pick<Run, "status"> &
  Partial<
    Pick<
      Run,
      | "rowsRead"
      | "rowsInserted"
      | "rowsUpdated"
      | "rowsDeleted"
      | "rowsRejected"
      | "rowCountAfter"
      | "bytesIn"
      | "bytesOut"
      | "checkpointBefore"
      | "checkpointAfter"
      | "failureClass"
      | "failureStep"
      | "failureMessage"
      | "rootCauseRunId"
      | "checksPassed"
      | "checksWarned"
      | "checksFailed"
      | "watermarkBefore"
      | "watermarkAfter"
      | "snapshotId"
    >
  >;
