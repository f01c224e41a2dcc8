import { findContracts } from "../contract-files.ts";
import { type ReviewDocument, readReview, reviewNames } from "../council/read-review.ts";
import { publishedVersions } from "../read-contract-file.ts";
import { isChanged, type ProductChange, productChange, type ReleaseOptions } from "./product-change.ts";

/** A product whose contract in work is not what is published of it, and the open reviews that speak of it. */
export interface OpenChange {
  readonly change: ProductChange;
  /** One, when everything is in order. */
  readonly reviews: readonly ReviewDocument[];
}

/** @throws MeshError `contract/review-invalid` */
export function readReviews(root: string): ReviewDocument[] {
  return reviewNames(root).map((name) => readReview(root, name));
}

export function isOpen({ review }: ReviewDocument): boolean {
  return review.released === undefined;
}

/** @throws MeshError `contract/unreadable`, `contract/invalid`, `contract/register-invalid` */
export async function findOpenChanges(
  root: string,
  { reviews, ...options }: ReleaseOptions & { readonly reviews: readonly ReviewDocument[] },
): Promise<OpenChange[]> {
  const places = (await findContracts(root)).filter((file) => file.kind === "product");
  const open = reviews.filter(isOpen);
  const found = places.map((place): OpenChange => {
    const id = `${place.domain}/${place.product}`;
    const speaking = open.filter(({ review }) => review.products.some(({ product }) => product === id));
    const change = productChange(root, place, { ...options, ...baseline(root, id, speaking[0]) });
    return { change, reviews: speaking };
  });
  return found.filter(({ change }) => isChanged(change));
}

/** A release that was cut short may have published the new version already; it is still judged against the old one. */
function baseline(root: string, id: string, document: ReviewDocument | undefined): { readonly from?: string | null } {
  const entry = document?.review.products.find(({ product }) => product === id);
  const newest = publishedVersions(root, `contracts/published/${id}`).at(-1);
  return entry !== undefined && newest === entry.to ? { from: entry.from ?? null } : {};
}
