import { schemaObjects } from "../contract-parts.ts";
import type { RecordedImpact, ReviewedDifference, ReviewedProduct } from "../council/review.ts";
import type { Difference } from "../diff/contract-diff.ts";
import type { DataContract, Property } from "../generated/odcs.ts";
import { textDigest } from "./content-digest.ts";
import type { ProductChange } from "./product-change.ts";
import { withoutVersion } from "./version-text.ts";

export interface Recorded {
  /** The query that gives the old major version, when the change leaves one behind. */
  readonly mapping?: string;
  readonly impact?: RecordedImpact;
}

/** What a review says about one product. */
export function reviewedProduct(change: ProductChange, { mapping, impact }: Recorded): ReviewedProduct {
  const { product, before, to, diff } = change;
  const privacy = privacyReasons(change);
  const sensitive = sensitiveColumns(change);
  return {
    product,
    ...(before && { from: before.version }),
    to,
    class: diff === undefined ? "MINOR" : diff.class === "NONE" ? "PATCH" : diff.class,
    dangerous: diff?.dangerous ?? false,
    ...contentDigests(change, mapping),
    ...(privacy.length > 0 && { privacy }),
    ...(sensitive.length > 0 && { sensitive }),
    differences: (diff?.diffs ?? []).map(recordDifference),
    ...(impact && { impact }),
  };
}

export type ContentDigests = Pick<ReviewedProduct, "published" | "contract" | "mapping">;

export function contentDigests({ before, after }: ProductChange, mapping: string | undefined): ContentDigests {
  return {
    ...(before && { published: textDigest(before.text) }),
    contract: textDigest(withoutVersion(after.text)),
    ...(mapping !== undefined && { mapping: textDigest(mapping) }),
  };
}

function recordDifference({ rule, class: changeClass, dangerous, path, message }: Difference): ReviewedDifference {
  return { rule, class: changeClass, ...(dangerous && { dangerous }), path, message };
}

/** Rows 24 and 35 of the table: protected data that more people see, and personal data that is kept longer. */
function privacyReasons({ diff }: ProductChange): string[] {
  const touches = ({ rule, path, dangerous }: Difference) =>
    rule === "classification-lowered" || (rule === "sla-strengthened" && dangerous && path.includes("retention"));
  return (diff?.diffs ?? []).filter(touches).map(({ message }) => message);
}

/** Of what breaks. */
function sensitiveColumns({ before, after, diff }: ProductChange): string[] {
  const breaking = (diff?.diffs ?? []).filter((one) => one.class === "MAJOR");
  const names = new Set(breaking.flatMap(({ path }) => columnOf(path) ?? []));
  const columns = [before?.contract, after.contract].flatMap((contract) => (contract ? columnsOf(contract) : []));
  const sensitive = columns.filter((column) => names.has(column.name ?? "") && isSensitive(column));
  return [...new Set(sensitive.map(({ name = "" }) => name))].sort();
}

/** `/schema[name=units]/properties[name=code]/required` → `code` */
export function columnOf(path: string): string | undefined {
  return /^\/schema\[[^\]]*\]\/properties\[name=([^\]]*)\]/.exec(path)?.[1];
}

function columnsOf(contract: DataContract): Property[] {
  return schemaObjects(contract).flatMap(({ value }) => value.properties ?? []);
}

function isSensitive({ classification = "", criticalDataElement }: Property): boolean {
  return criticalDataElement === true || ["confidential", "restricted"].includes(classification);
}
