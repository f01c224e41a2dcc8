import { askDesk } from "../ask-desk.ts";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";

export const scheduleFire: Command = {
  name: "mesh schedule fire",
  summary: "Start everything whose schedule waits for an event of this name.",
  usage: "<event>",
  details: "A schedule names its events in onEvent. A worker carries it out: mesh up, or mesh serve worker.",
  options: {},
  positionals: [1, 1],
  examples: [["mesh schedule fire semester-started", "what a hook of another system calls"]],
  run: fire,
};

async function fire({ positionals: [event = ""], json }: CommandInput, effects: Effects): Promise<number> {
  const { sent } = await askDesk({ name: "fire", argument: event }, effects);
  if (json) effects.out(`${JSON.stringify({ event, sent })}\n`);
  else effects.out(sent.map((target) => `sent ${target}\n`).join(""));
  return 0;
}
