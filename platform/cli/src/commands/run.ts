import type { Run } from "@thoth/control/run";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { stoppedExitCode } from "../failure-report.ts";
import { ledgerRow } from "../ledger-row.ts";
import type { RunTarget } from "../operations.ts";
import { findOperator } from "../operator-client.ts";
import { displayProgress } from "../run-display.ts";
import { describeProblems, jobsOf } from "../run-text.ts";
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
  },
  positionals: [0, 1],
  examples: [
    ["mesh run", "all domains"],
    ["mesh run ontrack-learning/units", "one product and what it is made from"],
    ["mesh run splashkit-usage --full", "a domain from scratch"],
  ],
  run: runPipelines,
};

async function runPipelines(input: CommandInput, effects: Effects): Promise<number> {
  const [only] = input.positionals;
  const target = { full: input.flag("full"), ...(only === undefined ? {} : { only }) };
  if (only !== undefined) parseTarget(run, only);
  const settings = await loadSettings(effects.cwd, effects.env);
  const operator = findOperator(settings.home);
  const runs = operator === undefined ? await runHere(target, settings, effects) : await operator.run(target, effects);
  return report(runs, input, effects);
}

async function runHere(target: RunTarget, settings: Settings, effects: Effects): Promise<Run[]> {
  const [{ openMesh }, { ensureSampleData }, { runMesh }] = await Promise.all([
    import("../open-mesh.ts"),
    import("../sample-data.ts"),
    import("@thoth/pipeline/run-mesh"),
  ]);
  await using mesh = await openMesh(settings, effects);
  const wanted = target.only?.split("/")[0];
  const domains = mesh.domains.filter(({ name }) => wanted === undefined || wanted === name);
  await ensureSampleData(domains, mesh.home, { settings, effects });
  const { signal } = effects;
  return await runMesh(mesh, { ...target, trigger: "manual", signal, onProgress: displayProgress(effects) });
}

function report(runs: readonly Run[], input: CommandInput, effects: Effects): number {
  const jobs = jobsOf(runs);
  const ok = jobs.filter((entry) => entry.status === "success").length;
  effects.err(describeProblems(runs) ?? "");
  if (input.json) effects.out(`${JSON.stringify(runs.map(ledgerRow), null, 2)}\n`);
  else effects.out(`${ok} of ${jobs.length} jobs succeeded\n`);
  if (effects.signal.aborted) return stoppedExitCode;
  return ok === jobs.length ? 0 : 1;
}
