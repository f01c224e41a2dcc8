import { classOf, type Difference, verdictFor } from "./contract-diff.ts";
import type { DiffOptions, Outcome, Spot } from "./diff-rule.ts";
import { noticeDays } from "./notice.ts";

/** How a change that a rule has seen counts at a port, and the gentler way to the same end. */
export function weighSpot(outcome: Outcome, spot: Spot, options: DiffOptions): Difference {
  const verdict = verdictFor(options.profile ?? "reader", outcome);
  const { rule, blocked, suggestion } = outcome;
  // what is harmless at this port needs no gentler way
  const wanted = suggestion !== undefined && verdict === verdictFor("archive", outcome);
  return {
    rule,
    class: classOf(verdict),
    dangerous: verdict === "DANGEROUS",
    path: spot.path,
    message: spot.message,
    ...(blocked && { blocked }),
    ...(wanted && { suggestion: fillIn(suggestion, spot, options) }),
  };
}

/** Speaks of this very element: its name, what takes its place, and the notice in days. */
function fillIn(suggestion: string, { path, becomes = "the new one" }: Spot, options: DiffOptions): string {
  const [, name = "it"] = /^.*\[\w+=([^\]]*)\]/.exec(path) ?? [];
  const words: Readonly<Record<string, string>> = { name, becomes, days: String(noticeDays(options)) };
  return suggestion.replace(/\{(name|becomes|days)\}/g, (_, word: string) => words[word] ?? "");
}
