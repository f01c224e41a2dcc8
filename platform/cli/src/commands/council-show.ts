import { gateOf } from "@thoth/contract/council/gate";
import { judgeReview } from "@thoth/contract/council/judge-review";
import { readCouncil } from "@thoth/contract/council/read-council";
import { readReview } from "@thoth/contract/council/read-review";
import { reviewSummary } from "@thoth/contract/council/review-summary";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import { councilJson } from "../council-json.ts";
import type { Effects } from "../effects.ts";
import { loadSettings } from "../settings.ts";
import { shownLines } from "../shown-text.ts";

export const councilShow: Command = {
  name: "mesh council show",
  summary: "Show one changeset: what it changes, whom it breaks, who said what, and what is missing.",
  usage: "<changeset>",
  options: {},
  positionals: [1, 1],
  examples: [["mesh council show unit-code-renamed", "what the council decides about"]],
  run: show,
};

async function show(input: CommandInput, effects: Effects): Promise<number> {
  const { root } = await loadSettings(effects.cwd, effects.env);
  const [name = ""] = input.positionals;
  const { review } = readReview(root, name);
  const council = readCouncil(root);
  const now = effects.now();
  if (input.json) {
    const verdict = judgeReview(review, council, now);
    effects.out(councilJson({ ...review, gate: gateOf(review, council), verdict }));
  } else effects.out(`${shownLines(reviewSummary(review, council, now))}\n`);
  return 0;
}
