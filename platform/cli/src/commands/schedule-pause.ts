import { askDesk } from "../ask-desk.ts";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { parseTarget } from "../target.ts";

export const schedulePause: Command = {
  name: "mesh schedule pause",
  summary: "Let a domain, or one product, start nothing by itself.",
  usage: "<domain[/product]>",
  details:
    "What comes due meanwhile, by the clock, by a publish or as another attempt, is held and runs once when it is resumed.\n" +
    "What runs at this moment goes on, and mesh run still does what it is told.",
  options: {},
  positionals: [1, 1],
  examples: [["mesh schedule pause ontrack-learning", "while its database is being moved"]],
  run: pause,
};

export const scheduleResume: Command = {
  name: "mesh schedule resume",
  summary: "Let a domain or product start by itself again.",
  usage: "<domain[/product]>",
  details: "What came due meanwhile is sent to the queue, each product once.",
  options: {},
  positionals: [1, 1],
  examples: [["mesh schedule resume ontrack-learning", "when its database is back"]],
  run: resume,
};

async function pause({ positionals: [target = ""], json }: CommandInput, effects: Effects): Promise<number> {
  parseTarget(schedulePause, target);
  const { changed } = await askDesk({ name: "pause", argument: target }, effects);
  if (json) effects.out(`${JSON.stringify({ target, changed })}\n`);
  else effects.out(changed ? `${target} is paused\n` : `${target} was paused already\n`);
  return 0;
}

async function resume({ positionals: [target = ""], json }: CommandInput, effects: Effects): Promise<number> {
  parseTarget(scheduleResume, target);
  const { changed, sent } = await askDesk({ name: "resume", argument: target }, effects);
  if (json) effects.out(`${JSON.stringify({ target, changed, sent })}\n`);
  else if (!changed) effects.out(`${target} was not paused\n`);
  else effects.out(`${target} starts by itself again${sent.length === 0 ? "" : `; sent ${sent.join(", ")}`}\n`);
  return 0;
}
