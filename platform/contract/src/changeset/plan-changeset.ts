import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { affectedDomains } from "../council/gate.ts";
import { type ReviewDocument, reviewFile } from "../council/read-review.ts";
import type { RecordedImpact, ReviewedProduct, ReviewSubject } from "../council/review.ts";
import { reviewText, updatedReviewText } from "../council/review-text.ts";
import { contractError } from "../errors.ts";
import { describeContractFile } from "../read-contract-file.ts";
import { changesetBody } from "./changeset-body.ts";
import { type ChangesetFile, changesetPath, changesetText, mappingsIn, parseChangeset } from "./changeset-file.ts";
import { changesetName } from "./changeset-name.ts";
import { valueDigest } from "./content-digest.ts";
import { packageBumps } from "./domain-package.ts";
import type { PlannedFile } from "./file-plan.ts";
import { findOpenChanges, readReviews } from "./open-change.ts";
import { majorLeft, mappingTitle } from "./previous-major.ts";
import type { ProductChange, ReleaseOptions } from "./product-change.ts";
import { columnOf, reviewedProduct } from "./reviewed-product.ts";
import { coveringReview, selectChanges } from "./select-changes.ts";
import { stageMajor } from "./stage-major.ts";

export interface ChangesetRequest extends ReleaseOptions {
  /** Only these; all that changed when absent. */
  readonly products?: readonly string[];
  readonly name?: string;
  /** What it is about, in the author's words. */
  readonly summary?: string;
  readonly author: string;
  /** Whom the changes reach, in their order. */
  readonly impactsOf: (changes: readonly ProductChange[]) => Promise<readonly (RecordedImpact | undefined)[]>;
}

export interface ChangesetPlan {
  readonly kind: "opened" | "renewed" | "unchanged";
  readonly name: string;
  readonly changes: readonly ProductChange[];
  readonly subject: ReviewSubject;
  /** To be written in this order; of what is recorded already, all but the review. */
  readonly files: readonly PlannedFile[];
}

/**
 * The changeset that says what contracts in work change, and the review that decides about it. Of contracts that an open
 * changeset covers already, that one is recorded again.
 * @returns undefined when nothing differs from what is published
 * @throws MeshError `contract/changeset-overlap`, `contract/changeset-exists`, `contract/change-refused`, `contract/two-mappings`, `contract/invalid`, …
 */
export async function planChangeset(root: string, request: ChangesetRequest): Promise<ChangesetPlan | undefined> {
  const { now, differ } = request;
  const open = await findOpenChanges(root, { reviews: readReviews(root), now, ...(differ && { differ }) });
  const wanted = selectChanges(open, request);
  if (wanted.length === 0) return undefined;
  const document = coveringReview(wanted, request.name);
  const changes = wanted.map(({ change }) => change);
  for (const change of changes) refuseBlocked(change);
  const name = document?.review.changeset ?? request.name ?? changesetName(root, changes);
  const old = readOld(root, name, document);
  return assemble(root, { name, changes, document, old, request });
}

function refuseBlocked({ product, file, diff }: ProductChange): void {
  const refused = (diff?.diffs ?? []).filter(({ blocked }) => blocked === true);
  if (refused.length === 0) return;
  const problems = refused.map(({ rule, message }) => `${rule}: ${message}`);
  throw contractError["change-refused"]({ product, problems }, { at: { file } });
}

function readOld(root: string, name: string, document: ReviewDocument | undefined): ChangesetFile | undefined {
  const path = join(root, changesetPath(name));
  const taken = existsSync(path) || existsSync(join(root, reviewFile(name)));
  if (document === undefined && taken) throw contractError["changeset-exists"]({ name });
  return existsSync(path) ? parseChangeset(readFileSync(path, "utf8"), name) : undefined;
}

interface Draft {
  readonly name: string;
  readonly changes: readonly ProductChange[];
  readonly document: ReviewDocument | undefined;
  readonly old: ChangesetFile | undefined;
  readonly request: ChangesetRequest;
}

async function assemble(root: string, { name, changes, document, old, request }: Draft): Promise<ChangesetPlan> {
  const recorded = new Map((document?.review.products ?? []).map((one) => [one.product, one.mapping ?? ""]));
  const body = changesetBody(root, changes, { old: old?.body ?? "", summary: request.summary, recorded });
  const mappings = mappingsIn(body);
  const impacts = await request.impactsOf(changes);
  const products = changes.map((change, index) => {
    const [mapping, impact] = [mappingOf(change, mappings), impacts[index]];
    return reviewedProduct(change, { ...(mapping !== undefined && { mapping }), ...(impact && { impact }) });
  });
  const bumps = packageBumps(root, changes);
  const text = changesetText([...bumps, ...otherBumps(old, bumps)], body);
  const staged = await Promise.all(changes.map((change) => stageMajor(root, change, mappingOf(change, mappings))));
  const written = [{ file: changesetPath(name), text }, ...staged.flat()];
  const same = document !== undefined && isRecordedAlready(document.review.products, products);
  if (document !== undefined && same)
    return { kind: "unchanged", name, changes, subject: document.review, files: written };
  const subject = subjectOf(root, { name, changes, products, document, request });
  const review = document === undefined ? reviewText(subject) : updatedReviewText(document.text, subject);
  const files = [...written, { file: reviewFile(name), text: review }];
  return { kind: document === undefined ? "opened" : "renewed", name, changes, subject, files };
}

function otherBumps(old: ChangesetFile | undefined, bumps: readonly (readonly [string, string])[]) {
  const own = new Set(bumps.map(([name]) => name));
  return (old?.bumps ?? []).filter((one) => !own.has(one.package)).map((one) => [one.package, one.bump] as const);
}

export function mappingOf(change: ProductChange, mappings: ReadonlyMap<string, string>): string | undefined {
  const major = majorLeft(change);
  return major === undefined ? undefined : mappings.get(mappingTitle(change.product, major));
}

/** Nothing else changes than what is on record, and nobody else is affected. */
function isRecordedAlready(before: readonly ReviewedProduct[], after: readonly ReviewedProduct[]): boolean {
  const asked = new Set(affectedDomains(before));
  return contentOf(before) === contentOf(after) && affectedDomains(after).every((domain) => asked.has(domain));
}

function contentOf(products: readonly ReviewedProduct[]): string {
  return valueDigest(products.map(({ impact, ...content }) => content));
}

interface Subject extends Pick<Draft, "name" | "changes" | "document" | "request"> {
  readonly products: readonly ReviewedProduct[];
}

function subjectOf(root: string, { name, changes, products, document, request }: Subject): ReviewSubject {
  // files keep seconds
  const now = Math.floor(request.now / 1000) * 1000;
  const authors = [...new Set([...(document?.review.authors ?? []), request.author])];
  const told = document !== undefined && breaksNothingMore(document.review.products, products);
  const notice = told ? document.review.notice : Math.min(now, announcedAt(root, changes) ?? now);
  return { changeset: name, authors, opened: now, notice, products };
}

/** Whether everything that breaks was already on record, so that consumers know of it since then. */
function breaksNothingMore(before: readonly ReviewedProduct[], after: readonly ReviewedProduct[]): boolean {
  const breaking = (products: readonly ReviewedProduct[]) =>
    products.flatMap(({ product, mapping, differences }) =>
      differences
        .filter((one) => one.class === "MAJOR")
        .map(({ rule, path, message }) => valueDigest({ product, mapping, rule, path, message })),
    );
  const known = new Set(breaking(before));
  return breaking(after).every((one) => known.has(one));
}

/** When all that breaks was announced to go, the day the last of it was. */
function announcedAt(root: string, changes: readonly ProductChange[]): number | undefined {
  const days = changes.flatMap(({ product, before, diff }) => {
    const breaking = (diff?.diffs ?? []).filter((one) => one.class === "MAJOR");
    if (before === undefined || breaking.length === 0) return [];
    const file = `contracts/published/${product}/${before.version}.odcs.yaml`;
    const { columns, deprecation } = describeContractFile(root, file);
    return breaking.map(({ path }) =>
      path === "/status" ? deprecation?.since : columns.find(({ name }) => name === columnOf(path))?.deprecation?.since,
    );
  });
  const known = days.filter((one) => one !== undefined);
  return days.length === 0 || known.length < days.length ? undefined : Math.max(...known);
}
