import type { DeadJob } from "@thoth/control/job-queue";
import type { Run, RunStatus } from "@thoth/control/run";
import type { RunFilter } from "@thoth/control/run-ledger";
import { hasControl } from "../ask-desk.ts";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { isoTime } from "../iso-times.ts";
import { ledgerRow } from "../ledger-row.ts";
import { findOperator } from "../operator-client.ts";
import { describeRun } from "../run-text.ts";
import { loadSettings, type Settings } from "../settings.ts";
import { shownLines } from "../shown-text.ts";
import { parseTarget } from "../target.ts";

const statuses = ["queued", "running", "success", "partial", "failed", "aborted", "skipped"] as const;

export const runs: Command = {
  name: "mesh runs",
  summary: "Show the run ledger, newest first.",
  usage: "[domain[/product]]",
  details: "What was given up, after its last attempt or at once, is told below; mesh runs retry sends it again.",
  options: {
    since: { type: "string", value: "<time>", description: "Only runs since then: 2026-03-02, or 90m, 24h, 7d ago." },
    status: { type: "string", value: "<status>", description: `One of ${statuses.join(", ")}.` },
    limit: { type: "string", value: "<n>", description: "Rows at most; 20 unless given." },
    "given-up": { type: "boolean", description: "Instead of runs, what was given up and why." },
  },
  positionals: [0, 1],
  examples: [
    ["mesh runs --status failed", "what went wrong"],
    ["mesh runs --since 24h", "the last day"],
    ["mesh runs ontrack-learning/units --json", "ledger rows of one product, for programs"],
  ],
  run: showRuns,
};

interface Found {
  readonly rows: readonly Run[];
  readonly dead: readonly DeadJob[];
}

async function showRuns(input: CommandInput, effects: Effects): Promise<number> {
  const filter = parseFilter(input, effects.now());
  const settings = await loadSettings(effects.cwd, effects.env);
  const operator = findOperator(settings.home);
  const { rows, dead } =
    operator === undefined
      ? await readHere(filter, settings, effects)
      : { rows: await operator.runs(filter, effects), dead: await operator.desk({ name: "dead" }, effects) };
  if (rows.length === 0) await requireKnown(filter, settings);
  if (input.flag("given-up")) {
    effects.out(input.json ? `${JSON.stringify(dead.map(plainDead), null, 2)}\n` : describeDead(dead) || noneGivenUp);
    return 0;
  }
  if (input.json) effects.out(`${JSON.stringify(rows.map(ledgerRow), null, 2)}\n`);
  else effects.out(rows.length === 0 ? nothingFound(filter) : `${rows.map(describeRow).join("\n")}\n`);
  if (!input.json) effects.err(describeDead(dead));
  return 0;
}

/** The ledger may know domains that are gone; what it does not know should at least be there. */
async function requireKnown({ domain, product }: RunFilter, { root }: Settings): Promise<void> {
  if (domain === undefined) return;
  const { namedProducts } = await import("../named-products.ts");
  await namedProducts(root, product === undefined ? { domain } : { domain, product });
}

const noneGivenUp = "Nothing has been given up.\n";

function plainDead({ jobId, request, since, reason }: DeadJob) {
  return { jobId, ...request, since: isoTime(since), reason };
}

function parseFilter(input: CommandInput, now: number): RunFilter {
  const [target] = input.positionals;
  const status = input.text("status");
  if (status !== undefined && !isStatus(status))
    throw usage(runs, `--status ${status} is none of ${statuses.join(", ")}`);
  return {
    limit: input.wholeNumber("limit", { min: 1, max: 10_000 }) ?? 20,
    ...(target === undefined ? {} : parseTarget(runs, target)),
    ...parseSince(input.text("since"), now),
    ...(status === undefined ? {} : { status }),
  };
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function parseSince(text: string | undefined, now: number): { since?: number } {
  if (text === undefined) return {};
  const [, count, unit = ""] = /^(\d+)([mhd])$/.exec(text) ?? [];
  const since = count === undefined ? Date.parse(text) : now - Number(count) * (unitMs[unit] ?? 0);
  if (Number.isNaN(since)) throw usage(runs, `--since ${text} is no time such as 2026-03-02, 90m, 24h or 7d`);
  return { since };
}

function isStatus(text: string): text is RunStatus {
  return statuses.some((status) => status === text);
}

async function readHere(filter: RunFilter, settings: Settings, effects: Effects): Promise<Found> {
  if (!hasControl(settings)) return { rows: [], dead: [] };
  const [{ openLocalControl }, { openRunLedger }, { readDeadJobs }] = await Promise.all([
    import("../local-control.ts"),
    import("@thoth/control/run-ledger"),
    import("@thoth/control/job-queue-tables"),
  ]);
  await using local = await openLocalControl(settings, effects);
  const rows = await openRunLedger(local.control, effects.now).list(filter);
  return { rows, dead: await readDeadJobs(local.control) };
}

function nothingFound({ domain, status, since }: RunFilter): string {
  const narrowed = domain !== undefined || status !== undefined || since !== undefined;
  return narrowed ? "No run on the ledger is like that.\n" : "No runs yet. mesh run starts one.\n";
}

function describeDead(dead: readonly DeadJob[]): string {
  return dead
    .map(
      ({ request, reason }) =>
        `given up: ${request.target}: ${shownLines(reason, "    ")}; mesh runs retry ${request.target}\n`,
    )
    .join("");
}

function describeRow(run: Run): string {
  const at = new Date(run.startedAt ?? run.queuedAt).toISOString().slice(0, 19).replace("T", " ");
  const attempt = run.attempt > 1 ? ` (attempt ${run.attempt})` : "";
  const part = run.partitionKey === null ? "" : ` ${run.partitionKey}`;
  const message = run.failureMessage === null ? "" : `\n    ${shownLines(run.failureMessage, "    ")}`;
  return `${at}  ${run.runId}  ${run.domain} ${run.pipeline}${part}${attempt}: ${describeRun(run)}${message}`;
}
