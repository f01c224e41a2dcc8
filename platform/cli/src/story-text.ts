import type { QualityResult } from "@thoth/control/quality-record";
import type { Run } from "@thoth/control/run";
import type { RunStory } from "./desk-call.ts";
import { isoTime } from "./iso-times.ts";
import { ledgerRow } from "./ledger-row.ts";
import { describeRun, formatDuration } from "./run-text.ts";
import { shownLines } from "./shown-text.ts";

/** A run's story for programs: ledger rows, with times in ISO 8601. */
export function storyJson({ run, steps, log, checks, inputs, causes, triggered }: RunStory) {
  return {
    run: ledgerRow(run),
    steps: steps.map(ledgerRow),
    checks: checks.map(({ judgedAt, ...check }) => ({ ...check, judgedAt: isoTime(judgedAt) })),
    log: log.map(({ at, ...line }) => ({ at: isoTime(at), ...line })),
    lineage: { inputs, output: outputOf(run) },
    causes: causes.map(ledgerRow),
    triggered: triggered.map(ledgerRow),
  };
}

/** A run's story for a person; what there is nothing to tell of is left out. */
export function storyText(story: RunStory): string {
  const { run, steps, log, checks, inputs, causes, triggered } = story;
  const output = outputOf(run);
  const sections = [
    [title(run), ...factsOf(run)],
    section("Steps", steps.map(stepLine)),
    section(
      "Read",
      inputs.map(({ product, snapshot }) => `${product} at snapshot ${snapshot}`),
    ),
    section("Made", output === null ? [] : [`${output.product} snapshot ${output.snapshot}`]),
    section("Failed first", causes.map(causeLine)),
    section("Led to", triggered.map(stepLine)),
    section("Checks that did not pass", checks.filter(({ status }) => status !== "passed").map(checkLine)),
    section(
      "Log",
      log.map(({ at, level, message }) => `${clockTime(at)} ${level === "info" ? "" : `${level}: `}${message}`),
    ),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function title(run: Run): string {
  return `${run.domain} ${run.pipeline}: ${describeRun(run)}`;
}

function factsOf(run: Run): string[] {
  const facts: readonly (readonly [string, string | number | null])[] = [
    ["run", run.runId],
    ["of", run.parentRunId],
    ["trigger", run.attempt > 1 ? `${run.trigger}, attempt ${run.attempt}` : run.trigger],
    ["partition", run.partitionKey],
    ["version", run.contractVersion === null ? run.codeVersion : `${run.codeVersion}, contract ${run.contractVersion}`],
    ["queued", queuedOf(run)],
    ["started", run.startedAt === null ? null : isoTime(run.startedAt)],
    ["rows", rowsOf(run)],
    ["checks", checksOf(run)],
    ["complete up to", run.watermarkAfter === null ? null : isoTime(run.watermarkAfter)],
    ["failed at", run.failureStep === null ? null : `${run.failureStep} (${run.failureClass})`],
    ["because", run.failureMessage],
  ];
  return facts.flatMap(([name, value]) => (value === null ? [] : indent(`${name.padEnd(15)}${value}`, 17)));
}

/** Of what waited in the queue for its turn. */
function queuedOf({ queuedAt, startedAt }: Run): string | null {
  if (startedAt === null || startedAt <= queuedAt) return null;
  return `${isoTime(queuedAt)}, for ${formatDuration(startedAt - queuedAt)}`;
}

function rowsOf({ rowsRead, rowsInserted, rowsUpdated, rowsDeleted, rowsRejected }: Run): string | null {
  if (rowsRead === null) return null;
  return `${rowsRead} read, ${rowsInserted} inserted, ${rowsUpdated} updated, ${rowsDeleted} deleted, ${rowsRejected} rejected`;
}

function checksOf({ checksPassed, checksWarned, checksFailed }: Run): string | null {
  if (checksPassed === null && checksFailed === null) return null;
  return `${checksPassed} passed, ${checksWarned} warned, ${checksFailed} failed`;
}

function outputOf({ domain, product, snapshotId }: Run): { product: string; snapshot: string } | null {
  return product === null || snapshotId === null ? null : { product: `${domain}/${product}`, snapshot: snapshotId };
}

function section(name: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [name, ...lines.flatMap((line) => indent(line, 4))];
}

/** The lines behind the first stand under it. */
function indent(text: string, deeper: number): string[] {
  return `  ${shownLines(text, " ".repeat(deeper))}`.split("\n");
}

function stepLine(run: Run): string {
  return `${run.runId}  ${run.domain} ${run.pipeline}: ${describeRun(run)}`;
}

function causeLine(run: Run): string {
  const at = isoTime(run.startedAt ?? run.queuedAt);
  const attempt = run.attempt > 1 ? ` (attempt ${run.attempt})` : "";
  const time = run.durationMs === null ? "" : ` after ${formatDuration(run.durationMs)}`;
  return `${run.runId}  ${at}  ${run.domain} ${run.pipeline}${attempt}: ${run.status}${time}\n${run.failureMessage ?? ""}`.trimEnd();
}

function checkLine({ checkId, severity, status, measured, expected, says }: QualityResult): string {
  const found = measured === null ? "" : `: ${measured}${expected === null ? "" : `, where ${expected} is promised`}`;
  return `${checkId} (${severity}) ${status}${found}\n${says}`;
}

function clockTime(at: number): string {
  return isoTime(at).slice(11, 23);
}
