import type { ReviewDocument } from "../council/read-review.ts";
import { contractError } from "../errors.ts";
import type { OpenChange } from "./open-change.ts";
import type { ProductChange } from "./product-change.ts";

export interface Selection {
  readonly products?: readonly string[];
  /** Of a changeset. */
  readonly name?: string;
}

/**
 * What was named, or whatever no changeset speaks of yet; when all is spoken of, the one changeset that does. Recording a
 * changeset again takes all of its products.
 */
export function selectChanges(open: readonly OpenChange[], { products, name }: Selection): OpenChange[] {
  const isNamed = ({ change }: OpenChange) => products?.includes(change.product) ?? false;
  const drawn = new Set(open.filter(isNamed).flatMap(({ reviews }) => reviews.map(({ file }) => file)));
  for (const { reviews } of open)
    for (const { file, review } of reviews) if (review.changeset === name) drawn.add(file);
  const chosen = open.filter((one) => isNamed(one) || one.reviews.some(({ file }) => drawn.has(file)));
  if (chosen.length > 0 || products !== undefined) return chosen;
  const unspoken = open.filter(({ change, reviews }) => reviews.length === 0 && !isDraft(change));
  if (unspoken.length > 0) return unspoken;
  const spoken = open.filter(({ reviews }) => reviews.length > 0);
  const names = [...new Set(spoken.flatMap(({ reviews }) => reviews.map(({ review }) => review.changeset)))];
  if (names.length > 1) throw contractError["changeset-which"]({ names });
  return spoken;
}

/** Nobody relies on a draft that was never published; it is in a changeset when somebody names it. */
function isDraft({ before, after }: ProductChange): boolean {
  return before === undefined && ["draft", "proposed"].includes(after.contract.status ?? "active");
}

/** The one open review of these changes, if there is any. */
export function coveringReview(wanted: readonly OpenChange[], name: string | undefined): ReviewDocument | undefined {
  const covering = new Map(wanted.flatMap(({ reviews }) => reviews.map((one) => [one.file, one] as const)));
  const [first, ...others] = [...covering.values()];
  const names = [...covering.values()].map(({ review }) => review.changeset);
  const product = wanted.find(({ reviews }) => reviews.length > 0)?.change.product ?? "";
  if (others.length > 0) throw contractError["changeset-overlap"]({ product, names });
  if (first !== undefined && name !== undefined && name !== first.review.changeset)
    throw contractError["changeset-overlap"]({ product, names });
  return first;
}
