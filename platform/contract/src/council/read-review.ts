import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { contractError } from "../errors.ts";
import type { DocumentPath, Finding } from "../finding.ts";
import { readContractText } from "../read-contract-file.ts";
import { readRecord } from "../read-record.ts";
import type { Position } from "../source-document.ts";
import { shapeValidator } from "../validate-shape.ts";
import type { Ack, Release, Review, ReviewedProduct, Vote } from "./review.ts";

const folder = "contracts/reviews";

export function reviewFile(changeset: string): string {
  return `${folder}/${changeset}.yaml`;
}

/** A review with its text, to add to, and the way back from its parts to their places. */
export interface ReviewDocument {
  readonly file: string;
  readonly text: string;
  readonly review: Review;
  readonly locate: (path: DocumentPath) => Position;
}

type Timed<Value extends { readonly at: number }> = Omit<Value, "at"> & { readonly at: string };

interface Written {
  readonly changeset: string;
  readonly authors: readonly string[];
  readonly opened: string;
  readonly notice: string;
  readonly digest: string;
  readonly products: readonly ReviewedProduct[];
  readonly acks: readonly Timed<Ack>[] | null;
  readonly votes: readonly Timed<Vote>[] | null;
  readonly released?: Timed<Release>;
}

const validate = shapeValidator<Written>("review.schema.json");

/** Names of all reviews, in alphabetical order. */
export function reviewNames(root: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith(".yaml"));
  return names.map((name) => name.slice(0, -".yaml".length)).sort();
}

/** @throws MeshError `contract/no-review`, `contract/review-invalid` */
export function readReview(root: string, changeset: string): ReviewDocument {
  const file = reviewFile(changeset);
  if (!reviewNames(root).includes(changeset)) throw contractError["no-review"]({ changeset, known: reviewNames(root) });
  const { document, findings } = parseReview(readContractText(root, file), file);
  if (document) return document;
  const [first] = findings;
  const at = { file, ...(first && { line: first.line, column: first.column }) };
  throw contractError["review-invalid"]({ findings }, { at });
}

/** Never throws for what the text says. */
export function parseReview(
  text: string,
  file: string,
): { readonly document?: ReviewDocument; readonly findings: readonly Finding[] } {
  const { source, sound, findings: found } = readRecord(text, file, { noun: "review", validate });
  const written = source.value as Written;
  if (sound && reviewFile(written.changeset) !== file)
    source.report(["changeset"], {
      rule: "review-file",
      message: `The review of "${written.changeset}" lies in ${file}`,
      hint: `Call the file ${reviewFile(written.changeset)}.`,
    });
  const findings = found();
  if (findings.length > 0) return { findings };
  return { document: { file, text, review: toReview(written), locate: source.locate }, findings };
}

function toReview({ opened, notice, acks, votes, released, ...rest }: Written): Review {
  return {
    ...rest,
    opened: Date.parse(opened),
    notice: Date.parse(notice),
    acks: (acks ?? []).map((ack) => ({ ...ack, at: Date.parse(ack.at) })),
    votes: (votes ?? []).map((vote) => ({ ...vote, at: Date.parse(vote.at) })),
    ...(released && { released: { ...released, at: Date.parse(released.at) } }),
  };
}
