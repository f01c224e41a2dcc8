import { agreementJson, agreementText } from "../agreement-text.ts";
import { askAccess } from "../ask-access.ts";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { isoTime } from "../iso-times.ts";
import { loadSettings } from "../settings.ts";
import { waitingFor } from "../waiting-for.ts";

export const accessShow: Command = {
  name: "mesh access show",
  summary: "Show one agreement, and who did what about it.",
  usage: "<id>",
  options: {},
  positionals: [1, 1],
  examples: [["mesh access show ag_1f0c33aa90", "all of it"]],
  run: show,
};

async function show(input: CommandInput, effects: Effects): Promise<number> {
  const [id = ""] = input.positionals;
  const { agreement, history } = await askAccess({ do: "show", id }, effects);
  const now = effects.now();
  const waitsFor = await waitingFor(agreement, await loadSettings(effects.cwd, effects.env));
  if (!input.json) effects.out(agreementText(agreement, { history, waitsFor, now }));
  else {
    const told = history.map((event) => ({ ...event, at: isoTime(event.at) }));
    effects.out(`${JSON.stringify({ ...agreementJson(agreement, now), waitsFor, history: told }, null, 2)}\n`);
  }
  return 0;
}
