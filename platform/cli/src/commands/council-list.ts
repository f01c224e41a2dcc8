import { readReviews } from "@thoth/contract/changeset/open-change";
import { type Gate, gateOf } from "@thoth/contract/council/gate";
import { judgeReview, type Reason, type ReviewVerdict } from "@thoth/contract/council/judge-review";
import { readCouncil } from "@thoth/contract/council/read-council";
import type { Review } from "@thoth/contract/council/review";
import { stateWord } from "@thoth/contract/council/review-summary";
import { dayOf } from "@thoth/contract/council/review-words";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import { councilJson } from "../council-json.ts";
import type { Effects } from "../effects.ts";
import { loadSettings } from "../settings.ts";
import { formatTable } from "../text-table.ts";

export const councilList: Command = {
  name: "mesh council list",
  summary: "List changesets that the council decides about, and what each one waits for.",
  usage: "",
  options: { all: { type: "boolean", description: "Those that have been released, too." } },
  positionals: [0, 0],
  examples: [
    ["mesh council list", "what is open"],
    ["mesh council list --all --json", "everything, for a program"],
  ],
  run: list,
};

interface Standing {
  readonly review: Review;
  readonly gate: Gate;
  readonly verdict: ReviewVerdict;
}

async function list(input: CommandInput, effects: Effects): Promise<number> {
  const { root } = await loadSettings(effects.cwd, effects.env);
  const council = readCouncil(root);
  const now = effects.now();
  const all = readReviews(root).map(({ review }): Standing => {
    return { review, gate: gateOf(review, council), verdict: judgeReview(review, council, now) };
  });
  const shown = input.flag("all") ? all : all.filter(isUndecided);
  if (input.json) effects.out(councilJson(shown.map(describe)));
  else
    effects.out(
      shown.length === 0 ? "The council has nothing to decide\n" : `${formatTable(shown.map(describeRow))}\n`,
    );
  return 0;
}

/** An emergency release is not over before it has been reviewed. */
function isUndecided({ verdict }: Standing): boolean {
  return verdict.kind !== "released" || verdict.followUp !== undefined;
}

function describe({ review, gate, verdict }: Standing) {
  const products = review.products.map(({ product }) => product);
  return { changeset: review.changeset, products, gravity: gate.gravity, opened: review.opened, verdict };
}

function describeRow({ review, gate, verdict }: Standing) {
  return {
    changeset: review.changeset,
    class: gate.gravity,
    products: review.products.map(({ product }) => product).join(", "),
    opened: dayOf(review.opened),
    state: stateWord(verdict),
    "waits for": reasonsOf(verdict)
      .map(({ message }) => message)
      .join("; "),
  };
}

function reasonsOf(verdict: ReviewVerdict): readonly Reason[] {
  if (verdict.kind === "open" || verdict.kind === "blocked") return verdict.reasons;
  return verdict.kind === "released" ? (verdict.followUp?.reasons ?? []) : [];
}
