import { diffMarkdown } from "@thoth/contract/diff/diff-markdown";
import { type DiffNotes, diffText } from "@thoth/contract/diff/diff-text";
import { metadataDifference } from "@thoth/contract/diff/metadata-difference";
import type { Comparison } from "./compare-contracts.ts";

/** What a comparison can be printed as. */
export const comparisonForms = ["text", "markdown", "json", "metadata-difference"] as const;
export type ComparisonForm = (typeof comparisonForms)[number];

/** A comparison and, when that was asked for, who was seen reading what changes. */
export interface ToldComparison extends Comparison {
  readonly consumers?: NonNullable<DiffNotes["consumers"]>;
}

/** Ends without a line break. */
export function renderComparison(one: ToldComparison, form: ComparisonForm): string {
  switch (form) {
    case "text":
      return diffText(one.title, one.diff, notesOf(one));
    case "markdown":
      return diffMarkdown(one.title, one.diff, notesOf(one));
    case "json":
      return JSON.stringify(described(one), null, 2);
    case "metadata-difference":
      return JSON.stringify(metadataDifference(one.diff, one), null, 2);
    default:
      return form satisfies never;
  }
}

/** Products that differ from what is published of them. Ends without a line break. */
export function renderComparisons(
  changed: readonly ToldComparison[],
  unpublished: readonly string[],
  form: ComparisonForm,
): string {
  if (form === "metadata-difference")
    return JSON.stringify(
      changed.map((one) => metadataDifference(one.diff, one)),
      null,
      2,
    );
  if (form === "json") {
    const products = changed.map((one) => ({ product: one.title, ...described(one) }));
    return JSON.stringify({ products, unpublished }, null, 2);
  }
  const news = unpublished.map((product) => `${product} has not been published yet`);
  const same = changed.length === 0 ? ["Every published product is as its contract says"] : [];
  return [...changed.map((one) => renderComparison(one, form)), ...news, ...same].join("\n\n");
}

function describeGraphql({ graphql, diff }: Comparison): string {
  if (!graphql.compared) return `not compared: ${graphql.reason}`;
  const verdict = `${graphql.class}${graphql.dangerous && graphql.class !== "MAJOR" ? ", dangerous" : ""}`;
  return diff.diffs.some(({ rule }) => rule === "sdl-disagrees")
    ? `${verdict}, and the rules say otherwise`
    : `${verdict}, which the rules explain`;
}

function notesOf(one: ToldComparison): DiffNotes {
  return { graphql: describeGraphql(one), ...(one.consumers && { consumers: one.consumers }) };
}

function described({ diff, graphql, consumers }: ToldComparison) {
  const diffs = consumers ? diff.diffs.map((one) => ({ ...one, consumers: consumers(one) })) : diff.diffs;
  return { ...diff, diffs, graphql };
}
