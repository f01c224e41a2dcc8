import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { judgeReview } from "../council/judge-review.ts";
import { readCouncil } from "../council/read-council.ts";
import type { ReviewDocument } from "../council/read-review.ts";
import { withRelease } from "../council/review-text.ts";
import { contractError } from "../errors.ts";
import { textDigest } from "./content-digest.ts";
import type { PlannedFile } from "./file-plan.ts";
import { judgeRelease } from "./judge-release.ts";
import { findOpenChanges, isOpen, readReviews } from "./open-change.ts";
import { majorLeft, mappingFile } from "./previous-major.ts";
import type { ProductChange, ReleaseOptions } from "./product-change.ts";
import { readRegister, registerVersion } from "./register.ts";
import { mappingNow } from "./report-changes.ts";
import { raisedContract } from "./stage-major.ts";
import { removedElements } from "./taken-elements.ts";
import { withVersion } from "./version-text.ts";

/** What a release will write, in the order in which it is safe to be interrupted: reviews last. */
export interface VersionPlan {
  readonly releases: readonly ProductRelease[];
  readonly files: readonly PlannedFile[];
}

export interface ProductRelease {
  readonly product: string;
  /** Absent for a first version. */
  readonly from?: string;
  readonly to: string;
  readonly changeset: string;
  readonly emergency: boolean;
}

/**
 * Raises the versions of all contracts in changesets and publishes them. Nothing is written here; whoever writes the plan
 * and is interrupted plans again and writes the rest.
 * @throws MeshError `contract/not-releasable` with everything that stands against it, `contract/published-is-final`, `contract/no-mapping`, …
 */
export async function planVersion(root: string, options: ReleaseOptions): Promise<VersionPlan> {
  const { now } = options;
  const findings = (await judgeRelease(root, options)).filter(({ severity }) => severity === "error");
  const [first] = findings;
  if (first !== undefined) {
    const { file, line, column } = first;
    throw contractError["not-releasable"]({ findings }, { at: { file, line, column } });
  }
  const reviews = readReviews(root).filter(isOpen);
  const changes = await findOpenChanges(root, { reviews, ...options });
  const plans = await Promise.all(reviews.map((document) => planReview(root, { document, changes, now })));
  return {
    releases: plans.flatMap(({ releases }) => releases),
    files: [...plans.flatMap(({ files }) => files), ...plans.flatMap(({ review }) => review)],
  };
}

interface Subject {
  readonly document: ReviewDocument;
  readonly changes: Awaited<ReturnType<typeof findOpenChanges>>;
  readonly now: number;
}

async function planReview(root: string, { document, changes, now }: Subject) {
  const { review, file, text } = document;
  const own = changes.filter(({ reviews }) => reviews.some((one) => one.file === file)).map(({ change }) => change);
  const verdict = judgeReview(review, readCouncil(root), now);
  const emergency = verdict.kind === "releasable" && verdict.by === "emergency";
  const release = { at: now, ...(emergency && { emergency }) };
  const files = await Promise.all(own.map((change) => planProduct(root, change, { changeset: review.changeset, now })));
  return {
    releases: own.map(
      ({ product, before, to }): ProductRelease => ({
        product,
        ...(before && { from: before.version }),
        to,
        changeset: review.changeset,
        emergency,
      }),
    ),
    files: files.flat(),
    review: [{ file, text: withRelease(text, release) }],
  };
}

interface Circumstances {
  readonly changeset: string;
  readonly now: number;
}

/** In the order in which a release that is cut short can go on: nothing is published that is not registered. */
async function planProduct(root: string, change: ProductChange, circumstances: Circumstances): Promise<PlannedFile[]> {
  const { product, file, after, to } = change;
  const text = withVersion(after.text, to);
  return [
    ...planMapping(root, change, circumstances.changeset),
    planRegister(root, change, { ...circumstances, text }),
    planPublished(root, { product, version: to, text, file }),
    ...(await raisedContract(root, change)),
  ];
}

function planMapping(root: string, change: ProductChange, changeset: string): PlannedFile[] {
  const major = majorLeft(change);
  if (major === undefined) return [];
  const file = mappingFile(change.product, major);
  const mapping = mappingNow(root, change, changeset);
  if (mapping === undefined) throw contractError["no-mapping"]({ product: change.product, major, file });
  return [{ file, text: `${mapping}\n` }];
}

interface Publication {
  readonly product: string;
  readonly version: string;
  readonly text: string;
  /** The contract in work. */
  readonly file: string;
}

function planPublished(root: string, { product, version, text, file }: Publication): PlannedFile {
  const published = `contracts/published/${product}/${version}.odcs.yaml`;
  const path = join(root, published);
  if (existsSync(path) && readFileSync(path, "utf8") !== text)
    throw contractError["published-is-final"]({ id: product, version, file: published }, { at: { file } });
  return { file: published, text };
}

function planRegister(
  root: string,
  { product, file, before, after, to }: ProductChange,
  { changeset, now, text }: Circumstances & { readonly text: string },
): PlannedFile {
  const register = readRegister(root, product);
  const published = new Date(now).toISOString().slice(0, 10);
  const entry = { version: to, sha256: textDigest(text), published, changeset };
  if (register.versions.some((one) => one.version === to && one.sha256 !== entry.sha256))
    throw contractError["published-is-final"]({ id: product, version: to, file: register.file }, { at: { file } });
  const removed = before ? removedElements(before.contract, after.contract) : [];
  return { file: register.file, text: registerVersion(register, entry, removed) };
}
