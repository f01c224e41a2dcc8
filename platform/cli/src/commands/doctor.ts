import { readOwner } from "@thoth/control/home-lock";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { examineHome } from "../examine-home.ts";
import { examineMachine } from "../examine-machine.ts";
import { examineSources } from "../examine-sources.ts";
import { loadSettings } from "../settings.ts";
import type { Symptom } from "../symptom.ts";

export const doctor: Command = {
  name: "mesh doctor",
  summary: "Examine this machine and this mesh's state, and say what to do.",
  usage: "",
  details:
    "Looks at Node, disk space, the port and who holds the home, reads every warehouse and published snapshot from end to\n" +
    "end, verifies the audit trail, and asks every source whether it can be read, connectors for what they make of their configuration. Changes\n" +
    "no data.",
  options: {},
  positionals: [0, 0],
  examples: [["mesh doctor", "when something is odd"]],
  run: examineAll,
};

async function examineAll(input: CommandInput, effects: Effects): Promise<number> {
  const settings = await loadSettings(effects.cwd, effects.env);
  const owner = readOwner(settings.home);
  const symptoms: Symptom[] = [];
  const parts = [
    examineMachine(settings, owner),
    examineHome(settings, owner, effects),
    examineSources(settings, effects),
  ];
  for (const part of parts) {
    for await (const symptom of part) {
      symptoms.push(symptom);
      if (!input.json) effects.out(describe(symptom));
    }
  }
  const ok = symptoms.every((symptom) => symptom.state !== "bad");
  if (input.json) effects.out(`${JSON.stringify({ ok, symptoms }, null, 2)}\n`);
  return ok ? 0 : 1;
}

const marks = { good: "ok  ", note: "note", bad: "FAIL" };

function describe({ state, what, finding, advice }: Symptom): string {
  return `${marks[state]} ${what}: ${finding}\n${advice === undefined ? "" : `     hint ${advice}\n`}`;
}
