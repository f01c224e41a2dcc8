import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Council } from "../council/council.ts";
import { changedReason, isIntact, judgeReview, type Reason, type ReviewVerdict } from "../council/judge-review.ts";
import { readCouncil } from "../council/read-council.ts";
import { parseReview, type ReviewDocument, reviewFile, reviewNames } from "../council/read-review.ts";
import { reportVotes } from "../council/report-votes.ts";
import type { Review } from "../council/review.ts";
import type { Finding } from "../finding.ts";
import { readContractText } from "../read-contract-file.ts";
import { changesetPath, parseChangeset } from "./changeset-file.ts";
import { findOpenChanges, isOpen } from "./open-change.ts";
import type { ReleaseOptions } from "./product-change.ts";
import { reportChanges } from "./report-changes.ts";
import { reportPublished } from "./report-published.ts";

/**
 * Everything that keeps the contracts of a repository from being released as they are. None: every change is in a
 * changeset, every review has passed its gate, and nothing that is published was touched.
 * @throws MeshError `contract/council-invalid`, `contract/no-council`, `contract/register-invalid`, `contract/changeset-invalid`, `contract/invalid`
 */
export async function judgeRelease(root: string, options: ReleaseOptions): Promise<Finding[]> {
  const { now } = options;
  const { documents, findings } = readAll(root);
  const published = await reportPublished(root, documents);
  if (findings.length > 0) return [...published, ...findings];
  const changes = await findOpenChanges(root, { reviews: documents, ...options });
  const council = documents.length === 0 ? undefined : readCouncil(root);
  const reviews = documents.flatMap((document) => (council ? reportReview(root, document, { council, now }) : []));
  return [...published, ...reportChanges(root, changes, documents.filter(isOpen)), ...reviews];
}

function readAll(root: string): {
  readonly documents: readonly ReviewDocument[];
  readonly findings: readonly Finding[];
} {
  const parsed = reviewNames(root).map((name) =>
    parseReview(readContractText(root, reviewFile(name)), reviewFile(name)),
  );
  return {
    documents: parsed.flatMap(({ document }) => document ?? []),
    findings: parsed.flatMap(({ findings }) => findings),
  };
}

interface Court {
  readonly council: Council;
  readonly now: number;
}

function reportReview(root: string, document: ReviewDocument, { council, now }: Court): Finding[] {
  const { review, file, locate } = document;
  const verdict = judgeReview(review, council, now);
  const late =
    verdict.kind === "released" ? " It was released in an emergency, and the time to review it is over." : "";
  const gate = [...standing(verdict), ...rewritten(review, verdict)].map(
    ({ kind, message, hint }): Finding => ({
      rule: `review-${kind}`,
      severity: "error",
      file,
      ...locate(["digest"]),
      path: "digest",
      message: `${review.changeset}: ${message}.${kind === "changed" ? "" : late}`,
      hint,
    }),
  );
  return [...reportVotes(document, council, now), ...reportChangeset(root, document), ...gate];
}

/** What stands against a review at this moment. */
function standing(verdict: ReviewVerdict): readonly Reason[] {
  if (verdict.kind === "open" || verdict.kind === "blocked") return verdict.reasons;
  if (verdict.kind !== "released" || verdict.followUp?.kind !== "overdue") return [];
  return verdict.followUp.reasons.filter(({ kind }) => kind !== "changed");
}

/** What was decided stays as it was decided. */
function rewritten(review: Review, verdict: ReviewVerdict): readonly Reason[] {
  return verdict.kind === "released" && !isIntact(review) ? [changedReason(review)] : [];
}

/** A review speaks of a changeset that is there until it is released. */
function reportChangeset(root: string, { review, file, locate }: ReviewDocument): Finding[] {
  const path = changesetPath(review.changeset);
  if (review.released !== undefined) return [];
  if (existsSync(join(root, path))) {
    parseChangeset(readFileSync(join(root, path), "utf8"), review.changeset);
    return [];
  }
  return [
    {
      rule: "review-unknown-changeset",
      severity: "error",
      file,
      ...locate(["changeset"]),
      path: "changeset",
      message: `There is no ${path}, which this review is about`,
      hint: `Write it again with mesh contract changeset --name ${review.changeset}, or delete the review with the change.`,
    },
  ];
}
