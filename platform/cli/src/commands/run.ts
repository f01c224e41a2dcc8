import type { Run } from "@thoth/control/run";
import type { Mesh } from "@thoth/pipeline/mesh";
import { partitionSizes, partitionsOf } from "@thoth/pipeline/orchestrate/partitions";
import type { BackfillOptions } from "@thoth/pipeline/orchestrate/run-backfill";
import { backfillText } from "../backfill-text.ts";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { stoppedExitCode } from "../failure-report.ts";
import { ledgerRow } from "../ledger-row.ts";
import type { RunTarget } from "../operations.ts";
import { findOperator } from "../operator-client.ts";
import { displayProgress } from "../run-display.ts";
import { describeProblems, isPublished, jobsOf } from "../run-text.ts";
import { loadSettings, type Settings } from "../settings.ts";
import { parseTarget } from "../target.ts";

export const run: Command = {
  name: "mesh run",
  summary: "Run pipelines: extract, clean, audit against the contract, publish.",
  usage: "[domain[/product]]",
  details:
    "Without a target everything runs, in dependency order. Only what changed is loaded and computed. A product that\n" +
    "breaks its contract is not published; its last good snapshot goes on serving. While mesh up runs, it does the work.",
  options: {
    full: { type: "boolean", description: "Forget checkpoints: load and compute everything again." },
    backfill: {
      type: "string",
      value: "<first..last day>",
      description:
        "Load only this part of event time again, then compute what is made from it; goes on where it was cut short.",
    },
    by: {
      type: "string",
      value: "<size>",
      description: `Size of the parts: ${partitionSizes.join(", ")}; month unless given.`,
    },
  },
  positionals: [0, 1],
  examples: [
    ["mesh run", "all domains"],
    ["mesh run ontrack-learning/units", "one product and what it is made from"],
    ["mesh run splashkit-usage --full", "a domain from scratch"],
    ["mesh run splashkit-usage --backfill 2026-01-01..2026-03-31 --by week", "a quarter again, week by week"],
  ],
  run: runPipelines,
};

async function runPipelines(input: CommandInput, effects: Effects): Promise<number> {
  const [only] = input.positionals;
  const backfill = parseBackfill(input);
  const target = { full: input.flag("full"), ...(only !== undefined && { only }), ...(backfill && { backfill }) };
  if (only !== undefined) parseTarget(run, only);
  const settings = await loadSettings(effects.cwd, effects.env);
  const operator = findOperator(settings.home);
  const runs = operator === undefined ? await runHere(target, settings, effects) : await operator.run(target, effects);
  return report(runs, input, effects);
}

/** @throws MeshError `cli/usage`, `pipeline/bad-range` */
function parseBackfill(input: CommandInput): RunTarget["backfill"] {
  const range = input.text("backfill");
  const size = input.text("by") ?? "month";
  const by = partitionSizes.find((known) => known === size);
  if (by === undefined) throw usage(run, `--by ${size} is none of ${partitionSizes.join(", ")}`);
  if (range === undefined) {
    if (input.text("by") !== undefined) throw usage(run, "--by goes with --backfill");
    return undefined;
  }
  if (input.positionals.length === 0) throw usage(run, "--backfill needs a domain or product");
  if (input.flag("full")) throw usage(run, "--full loads everything again, --backfill a part: choose one");
  partitionsOf(range, by);
  return { range, by };
}

async function runHere(target: RunTarget, settings: Settings, effects: Effects): Promise<Run[]> {
  const [{ openMesh }, { ensureSampleData }, { runMesh }, { afterRuns }] = await Promise.all([
    import("../open-mesh.ts"),
    import("../sample-data.ts"),
    import("@thoth/pipeline/run-mesh"),
    import("../after-runs.ts"),
  ]);
  const wanted = target.only?.split("/")[0];
  await using mesh = await openMesh(settings, effects, wanted === undefined ? {} : { only: wanted });
  const domains = mesh.domains.filter(({ name }) => wanted === undefined || wanted === name);
  await ensureSampleData(domains, mesh.home, { settings, effects });
  const { signal } = effects;
  const onWait = (domain: string) => effects.err(`waiting for another run of ${domain} to end …\n`);
  const options = { trigger: "manual", signal, onWait, onProgress: displayProgress(effects) } as const;
  const { only, backfill, full } = target;
  const runs =
    backfill === undefined || only === undefined
      ? await runMesh(mesh, { ...(only !== undefined && { only }), full, ...options })
      : await loadAgain(mesh, backfill, { ...options, only }, effects);
  await afterRuns(runs, mesh);
  return runs;
}

async function loadAgain(
  mesh: Mesh,
  backfill: NonNullable<RunTarget["backfill"]>,
  options: BackfillOptions,
  effects: Effects,
): Promise<Run[]> {
  const { runBackfill } = await import("@thoth/pipeline/orchestrate/run-backfill");
  return runBackfill(mesh, backfill, { ...options, onPlan: (plan) => effects.err(backfillText(plan)) });
}

function report(runs: readonly Run[], input: CommandInput, effects: Effects): number {
  const jobs = jobsOf(runs);
  const ok = jobs.filter(isPublished).length;
  effects.err(describeProblems(runs) ?? "");
  if (input.json) effects.out(`${JSON.stringify(runs.map(ledgerRow), null, 2)}\n`);
  else effects.out(`${ok} of ${jobs.length} jobs succeeded\n`);
  if (effects.signal.aborted) return stoppedExitCode;
  return ok === jobs.length ? 0 : 1;
}
