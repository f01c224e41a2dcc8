import type { Run } from "@thoth/control/run";
import { countOf, formatCount } from "./count-text.ts";
import { shownLines } from "./shown-text.ts";

/** `success, 1,204 rows (+12 −3), 41 ms` */
export function describeRun(run: Run): string {
  const time = run.durationMs === null ? "" : `, ${formatDuration(run.durationMs)}`;
  if (!isPublished(run) || run.rowCountAfter === null) return `${run.status}${time}`;
  const held = run.status === "partial" ? `, ${formatCount(run.rowsRejected ?? 0)} held back` : "";
  return `${run.status}, ${countOf(run.rowCountAfter, "row")}${describeChanges(run)}${held}${time}`;
}

/** Runs that failed of themselves, and not because another one of these did. */
export function failuresOf(runs: readonly Run[]): Run[] {
  const ids = new Set(runs.map(({ runId }) => runId));
  return runs.filter((run) => run.status === "failed" && !ids.has(run.rootCauseRunId ?? ""));
}

/** Whether a job did its work: what is published in part, as its contract allows, is published. */
export function isPublished({ status, pipeline }: Run): boolean {
  return status === "success" || (status === "partial" && pipeline !== "domain");
}

/** What did not go well, for a person: each failure with what the ledger knows, then how many jobs it held up. */
export function describeProblems(runs: readonly Run[]): string | undefined {
  const jobs = jobsOf(runs);
  const failures = failuresOf(runs).map(describeFailure);
  const count = (status: Run["status"]) => jobs.filter((run) => run.status === status).length;
  const [skipped, aborted] = [count("skipped"), count("aborted")];
  const rest = [
    ...(skipped === 0 ? [] : [`${wereJobs(skipped)} skipped because of that.`]),
    ...(aborted === 0 ? [] : [`${wereJobs(aborted)} stopped. What was published before is still served.`]),
  ];
  const partial = jobs.filter(({ status }) => status === "partial").map(describePartial);
  const lines = [...failures, ...partial, ...rest];
  return lines.length === 0 ? undefined : `\n${lines.join("\n\n")}\n`;
}

/** The runs without those that only stand for a whole domain. */
export function jobsOf(runs: readonly Run[]): Run[] {
  return runs.filter((run) => run.pipeline !== "domain");
}

export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function describeFailure({ domain, pipeline, status, failureStep, failureMessage }: Run): string {
  const step = failureStep === null ? "" : ` at step ${failureStep}`;
  const what = pipeline === "domain" ? domain : `${domain} ${pipeline}`;
  return `${what} ${status}${step}\n${shownLines(failureMessage ?? "")}`.trimEnd();
}

function describePartial({ domain, product, rowsRejected }: Run): string {
  const held = `${countOf(rowsRejected ?? 0, "row")} of ${domain}/${product} broke the contract and were held back`;
  return `${held}; the others are published.\nmesh quality ${domain}/${product} --rejected shows them.`;
}

function wereJobs(count: number): string {
  return `${countOf(count, "job")} ${count === 1 ? "was" : "were"}`;
}

function describeChanges({ rowsInserted, rowsUpdated, rowsDeleted }: Run): string {
  const parts = [
    [rowsInserted, "+"],
    [rowsUpdated, "~"],
    [rowsDeleted, "−"],
  ] as const;
  const shown = parts.flatMap(([count, sign]) => (count ? [`${sign}${formatCount(count)}`] : []));
  return shown.length === 0 ? " (unchanged)" : ` (${shown.join(" ")})`;
}
