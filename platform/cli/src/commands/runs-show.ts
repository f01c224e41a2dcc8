import { askDesk } from "../ask-desk.ts";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { storyJson, storyText } from "../story-text.ts";

export const runsShow: Command = {
  name: "mesh runs show",
  summary: "Show one run: its steps, checks and log, what it read and made, and the run that failed first.",
  usage: "<run-id>",
  details: "mesh runs lists the ids. A domain's run has its jobs as steps; each of them can be shown by its own id.",
  options: {},
  positionals: [1, 1],
  examples: [
    ["mesh runs show 019aa1b2-6c1d-7f00-8a2b-3c4d5e6f7a8b", "one run"],
    ["mesh runs show 019aa1b2-6c1d-7f00-8a2b-3c4d5e6f7a8b --json", "for programs"],
  ],
  run: show,
};

async function show({ positionals: [runId = ""], json }: CommandInput, effects: Effects): Promise<number> {
  const story = await askDesk({ name: "story", argument: runId }, effects);
  effects.out(json ? `${JSON.stringify(storyJson(story), null, 2)}\n` : `${storyText(story)}\n`);
  return 0;
}
