import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ReviewDocument } from "../council/read-review.ts";
import type { ReviewedProduct } from "../council/review.ts";
import { isEnough } from "../diff/version-bump.ts";
import type { Finding } from "../finding.ts";
import { parseContractFile } from "../read-contract-file.ts";
import { changeTitle } from "./change-words.ts";
import { changesetPath, mappingsIn, parseChangeset } from "./changeset-file.ts";
import { valueDigest } from "./content-digest.ts";
import { domainPackage } from "./domain-package.ts";
import type { OpenChange } from "./open-change.ts";
import { mappingOf } from "./plan-changeset.ts";
import { majorLeft, mappingFile } from "./previous-major.ts";
import type { ProductChange } from "./product-change.ts";
import { contentDigests } from "./reviewed-product.ts";
import { stagedMapping } from "./written-mapping.ts";

/**
 * Contracts in work that no changeset speaks of, or another one than the review saw.
 * @param open reviews that are not released
 */
export function reportChanges(
  root: string,
  changes: readonly OpenChange[],
  open: readonly ReviewDocument[],
): Finding[] {
  const found = changes.flatMap((one) => reportChange(root, one));
  return [...found, ...open.flatMap((document) => reportIdle(document, changes))];
}

function reportChange(root: string, { change, reviews }: OpenChange): Finding[] {
  const [document, other] = reviews;
  // a product that was never published is a draft until somebody opens a changeset for it
  if (document === undefined) return change.before === undefined ? [] : [atVersion(root, change, missing(change))];
  if (other !== undefined) return [atVersion(root, change, overlap(change, reviews))];
  const refused = (change.diff?.diffs ?? []).filter(({ blocked }) => blocked === true);
  if (refused.length > 0)
    return refused.map(({ rule, message, suggestion = "" }) =>
      atVersion(root, change, {
        rule,
        message: `${change.product}: ${message}`,
        hint: suggestion || "Undo the change.",
      }),
    );
  const stale = reportStale(root, change, document);
  const bump = reportBump(root, change, document);
  return [...stale, ...bump, ...(stale.length > 0 ? [] : reportMapping(root, change, document))];
}

type Words = Pick<Finding, "rule" | "message" | "hint">;

function missing(change: ProductChange): Words {
  return {
    rule: "changeset-missing",
    message: `${changeTitle(change)}: no changeset says so`,
    hint: `mesh contract changeset ${change.product}`,
  };
}

function overlap({ product }: ProductChange, reviews: readonly ReviewDocument[]): Words {
  const names = reviews.map(({ review }) => review.changeset);
  return {
    rule: "changeset-overlap",
    message: `${product} is part of several open changesets: ${names.join(", ")}`,
    hint: `Keep it in one: delete the other's .changeset/*.md and review, then mesh contract changeset --name ${names[0]}.`,
  };
}

function atVersion(root: string, { file }: ProductChange, words: Words): Finding {
  return { ...words, severity: "error", file, ...parseContractFile(root, file).locate(["version"]), path: "version" };
}

/** The review must have seen what is there now. */
function reportStale(root: string, change: ProductChange, { review, file, locate }: ReviewDocument): Finding[] {
  const index = review.products.findIndex(({ product }) => product === change.product);
  const entry = review.products[index];
  if (entry === undefined || isRecorded(entry, change, mappingNow(root, change, review.changeset))) return [];
  return [
    {
      rule: "review-stale",
      severity: "error",
      file,
      ...locate(["products", index, "contract"]),
      path: `products[${index}]`,
      message: `${change.product} is not what this review records any more (${changeTitle(change)}); votes for what it was are void`,
      hint: `Undo the edit, or record it again: mesh contract changeset --name ${review.changeset}`,
    },
  ];
}

/** Whether a review speaks of exactly this change. */
export function isRecorded(entry: ReviewedProduct, change: ProductChange, mapping: string | undefined): boolean {
  const { diff, before, to } = change;
  const wanted = {
    ...(before && { from: before.version }),
    to,
    class: diff === undefined ? "MINOR" : diff.class === "NONE" ? "PATCH" : diff.class,
    dangerous: diff?.dangerous ?? false,
    ...contentDigests(change, mapping),
  };
  const { from, published, contract, mapping: mapped, dangerous } = entry;
  const recorded = {
    ...(from !== undefined && { from }),
    to: entry.to,
    class: entry.class,
    dangerous,
    ...(published !== undefined && { published }),
    contract,
    ...(mapped !== undefined && { mapping: mapped }),
  };
  return valueDigest(wanted) === valueDigest(recorded);
}

/** As the changeset says it now. */
export function mappingNow(root: string, change: ProductChange, changeset: string): string | undefined {
  const path = join(root, changesetPath(changeset));
  if (!existsSync(path)) return undefined;
  return mappingOf(change, mappingsIn(parseChangeset(readFileSync(path, "utf8"), changeset).body));
}

function reportBump(root: string, change: ProductChange, { review }: ReviewDocument): Finding[] {
  const file = changesetPath(review.changeset);
  const path = join(root, file);
  if (!existsSync(path)) return [];
  const name = domainPackage(root, change.domain);
  const { bumps } = parseChangeset(readFileSync(path, "utf8"), review.changeset);
  const entry = bumps.find((one) => one.package === name);
  const required = change.bump === "none" ? "patch" : change.bump;
  if (entry !== undefined && isEnough(entry.bump, required)) return [];
  const says = entry === undefined ? `does not name ${name}` : `asks for a ${entry.bump} step of ${name}`;
  return [
    {
      rule: "changeset-bump",
      severity: "error",
      file,
      ...(entry?.at ?? { line: 1, column: 1 }),
      path: name,
      message: `The changeset ${says}, but ${changeTitle(change)} asks for ${required}`,
      hint: `Write ${JSON.stringify(name)}: ${required}`,
    },
  ];
}

/** What runs on the branch is what is decided about. */
function reportMapping(root: string, change: ProductChange, { review }: ReviewDocument): Finding[] {
  const major = majorLeft(change);
  const decided = mappingNow(root, change, review.changeset);
  const staged = major === undefined ? undefined : stagedMapping(root, change.product, major);
  if (major === undefined || staged === undefined || decided === undefined || staged === decided) return [];
  return [
    {
      rule: "changeset-mapping",
      severity: "error",
      file: mappingFile(change.product, major),
      line: 1,
      column: 1,
      path: "",
      message: `This is not the query for version ${major} of ${change.product} that ${changesetPath(review.changeset)} proposes`,
      hint: `Undo the edit, or record it again: mesh contract changeset --name ${review.changeset}`,
    },
  ];
}

/** Products of an open review that have not changed at all. */
function reportIdle({ review, file, locate }: ReviewDocument, changes: readonly OpenChange[]): Finding[] {
  const changed = new Set(changes.map(({ change }) => change.product));
  return review.products.flatMap(({ product }, index) =>
    changed.has(product)
      ? []
      : [
          {
            rule: "review-stale",
            severity: "error" as const,
            file,
            ...locate(["products", index, "product"]),
            path: `products[${index}]`,
            message: `${product} is what is published of it, so there is nothing to review`,
            hint: `Delete this review and ${changesetPath(review.changeset)}, or make the change again.`,
          },
        ],
  );
}
