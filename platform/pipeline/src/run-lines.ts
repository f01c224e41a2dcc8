import type { Run } from "@thoth/control/run";
import type { LogLevel, LogLine } from "@thoth/control/run-log";
import type { Mesh } from "./mesh.ts";

/** Notes how a run ended, in the words that `mesh runs show` tells it with. */
export async function logOutcome(run: Run, { log }: Pick<Mesh, "log">): Promise<void> {
  await log?.write(run.runId, describeOutcome(run));
}

type Line = Omit<LogLine, "at">;

function describeOutcome(run: Run): Line[] {
  const { checksPassed, checksWarned, checksFailed, snapshotId, rowCountAfter } = run;
  const checked = checksPassed !== null || checksFailed !== null;
  const checks = `checks: ${checksPassed} passed, ${checksWarned} warned, ${checksFailed} failed`;
  return [
    ...inputsOf(run).map(([product, snapshot]) => info(`reads ${product} at snapshot ${snapshot}`)),
    ...(run.rowsRead === null ? [] : [info(describeRows(run))]),
    ...(checked ? [{ level: levelOf(run), message: checks }] : []),
    ...(snapshotId === null ? [] : [info(`serves snapshot ${snapshotId}, ${rowCountAfter} rows`)]),
    ...describeTrouble(run),
  ];
}

function info(message: string): Line {
  return { level: "info", message };
}

function describeTrouble({ status, failureStep, failureMessage }: Run): Line[] {
  if (failureMessage === null) return [];
  return [{ level: status === "failed" ? "error" : "warning", message: `${failureStep ?? status}: ${failureMessage}` }];
}

function describeRows({ rowsRead, rowsInserted, rowsUpdated, rowsDeleted, rowsRejected }: Run): string {
  return `rows: ${rowsRead} read, ${rowsInserted} inserted, ${rowsUpdated} updated, ${rowsDeleted} deleted, ${rowsRejected} rejected`;
}

function levelOf({ checksWarned, checksFailed }: Run): LogLevel {
  if (checksFailed) return "error";
  return checksWarned ? "warning" : "info";
}

/** Products that a product's run read, and the snapshots it read them at. */
export function inputsOf({ product, checkpointBefore }: Run): [product: string, snapshot: string][] {
  if (product === null || checkpointBefore === null || typeof checkpointBefore !== "object") return [];
  const { inputs } = checkpointBefore as { inputs?: Readonly<Record<string, string>> };
  return Object.entries(inputs ?? {});
}
