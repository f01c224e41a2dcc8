import { askDesk } from "../ask-desk.ts";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { namedProducts } from "../named-products.ts";
import { loadSettings } from "../settings.ts";
import { parseTarget } from "../target.ts";

export const runsRetry: Command = {
  name: "mesh runs retry",
  summary: "Send what was given up again, as a first attempt.",
  usage: "<domain[/product]> | --all",
  details: "A worker carries it out: mesh up, or mesh serve worker. mesh runs tells what was given up, and why.",
  options: { all: { type: "boolean", description: "Everything that was given up." } },
  positionals: [0, 1],
  examples: [
    ["mesh runs retry ontrack-learning/units", "one product"],
    ["mesh runs retry --all", "when the source is back"],
  ],
  run: retry,
};

async function retry(input: CommandInput, effects: Effects): Promise<number> {
  const [only] = input.positionals;
  if ((only === undefined) !== input.flag("all")) throw usage(runsRetry, "mesh runs retry takes a target, or --all");
  const meant = only === undefined ? undefined : parseTarget(runsRetry, only);
  const targets = only === undefined ? await allDead(effects) : [only];
  for (const target of targets) {
    const { sent } = await askDesk({ name: "revive", argument: target }, effects);
    if (!sent) await namedProducts((await loadSettings(effects.cwd, effects.env)).root, meant);
    if (!sent) throw cliError["nothing-given-up"]({ target });
  }
  if (input.json) effects.out(`${JSON.stringify({ sent: targets })}\n`);
  else
    effects.out(
      targets.length === 0 ? "nothing has been given up\n" : targets.map((name) => `sent ${name} again\n`).join(""),
    );
  return 0;
}

async function allDead(effects: Effects): Promise<string[]> {
  const dead = await askDesk({ name: "dead" }, effects);
  return [...new Set(dead.map(({ request }) => request.target))];
}
