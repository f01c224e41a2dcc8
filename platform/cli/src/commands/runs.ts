import { existsSync } from "node:fs";
import type { Run, RunStatus } from "@thoth/control/run";
import type { RunFilter } from "@thoth/control/run-ledger";
import { meshHome } from "@thoth/pipeline/mesh-home";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { ledgerRow } from "../ledger-row.ts";
import { findOperator } from "../operator-client.ts";
import { describeRun } from "../run-text.ts";
import { loadSettings, type Settings } from "../settings.ts";
import { parseTarget } from "../target.ts";

const statuses = ["queued", "running", "success", "partial", "failed", "aborted", "skipped"] as const;

export const runs: Command = {
  name: "mesh runs",
  summary: "Show the run ledger, newest first.",
  usage: "[domain[/product]]",
  options: {
    status: { type: "string", value: "<status>", description: `One of ${statuses.join(", ")}.` },
    limit: { type: "string", value: "<n>", description: "Rows at most; 20 unless given." },
  },
  positionals: [0, 1],
  examples: [
    ["mesh runs --status failed", "what went wrong"],
    ["mesh runs ontrack-learning/units --json", "ledger rows of one product, for programs"],
  ],
  run: showRuns,
};

async function showRuns(input: CommandInput, effects: Effects): Promise<number> {
  const filter = parseFilter(input);
  const settings = await loadSettings(effects.cwd, effects.env);
  const operator = findOperator(settings.home);
  const rows =
    operator === undefined ? await readLedger(filter, settings, effects) : await operator.runs(filter, effects);
  if (input.json) effects.out(`${JSON.stringify(rows.map(ledgerRow), null, 2)}\n`);
  else effects.out(rows.length === 0 ? nothingFound(filter) : `${rows.map(describeRow).join("\n")}\n`);
  return 0;
}

function parseFilter(input: CommandInput): RunFilter {
  const [target] = input.positionals;
  const status = input.text("status");
  if (status !== undefined && !isStatus(status))
    throw usage(runs, `--status ${status} is none of ${statuses.join(", ")}`);
  return {
    limit: input.wholeNumber("limit", { min: 1, max: 10_000 }) ?? 20,
    ...(target === undefined ? {} : parseTarget(runs, target)),
    ...(status === undefined ? {} : { status }),
  };
}

function isStatus(text: string): text is RunStatus {
  return statuses.some((status) => status === text);
}

async function readLedger(filter: RunFilter, settings: Settings, effects: Effects): Promise<Run[]> {
  const home = meshHome(settings.home);
  const { controlUrl } = settings;
  if (controlUrl === undefined && !existsSync(home.controlDir)) return [];
  const [{ openControl }, { openRunLedger }, { lockHome }] = await Promise.all([
    import("@thoth/control/open-control"),
    import("@thoth/control/run-ledger"),
    import("@thoth/control/home-lock"),
  ]);
  using _lock = controlUrl === undefined ? lockHome(home.home, { now: effects.now(), pid: effects.pid }) : undefined;
  await using control = await openControl(
    controlUrl === undefined ? { dataDir: home.controlDir } : { url: controlUrl },
  );
  return await openRunLedger(control, effects.now).list(filter);
}

function nothingFound({ domain, status }: RunFilter): string {
  const narrowed = domain !== undefined || status !== undefined;
  return narrowed ? "No run on the ledger is like that.\n" : "No runs yet. mesh run starts one.\n";
}

function describeRow(run: Run): string {
  const at = new Date(run.queuedAt).toISOString().slice(0, 19).replace("T", " ");
  const message = run.failureMessage === null ? "" : `\n    ${run.failureMessage.replaceAll("\n", "\n    ")}`;
  return `${at}  ${run.runId}  ${run.domain} ${run.pipeline}: ${describeRun(run)}${message}`;
}
