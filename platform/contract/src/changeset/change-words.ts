import { groupDifferences } from "../diff/diff-text.ts";
import type { ProductChange } from "./product-change.ts";

const effect = {
  MAJOR: "Breaks consumers",
  DANGEROUS: "May surprise consumers",
  MINOR: "Adds",
  PATCH: "Changes nothing that was promised",
} as const;

/** `ontrack-learning/units 1.0.0 → 2.0.0 (MAJOR)`: also how a section of a changeset begins. */
export function changeTitle({ product, before, to, diff }: ProductChange): string {
  if (before === undefined) return `${product} ${to} (new)`;
  const word = diff?.class === "MINOR" && diff.dangerous ? "DANGEROUS" : (diff?.class ?? "NONE");
  return `${product} ${before.version} → ${to} (${word === "NONE" ? "PATCH" : word})`;
}

/** One Markdown list entry a difference, in the words of the diff, the gravest first. */
export function changeWords({ diff, after }: ProductChange): string {
  if (diff === undefined)
    return `- A new data product: ${plain(after.contract.description?.purpose ?? "no purpose said")}`;
  const lines = groupDifferences(diff.diffs).flatMap(([group, , diffs]) =>
    diffs.map(({ message }) => `- ${effect[group]}: ${plain(message)}.`),
  );
  return lines.length === 0 ? "- Changes the layout of the contract, and nothing that it says." : lines.join("\n");
}

/** On one line, and nothing in it can end a code fence or a heading. */
function plain(text: string): string {
  return text.replace(/\s+/g, " ").replaceAll("```", "'''").trim().replace(/\.$/, "");
}
