import { generateRowTypes } from "../row-types.ts";
import { releasedModel } from "./changeset-body.ts";
import type { PlannedFile } from "./file-plan.ts";
import { majorLeft, mappingFile } from "./previous-major.ts";
import type { ProductChange } from "./product-change.ts";
import { withVersion } from "./version-text.ts";

/**
 * Puts a version that breaks readers beside the one before as soon as it is written down: so the branch runs as it will be
 * released, and whoever gets it early still finds the old version. Nothing for a change that breaks nothing.
 * @param mapping the query that gives the old major version
 */
export async function stageMajor(
  root: string,
  change: ProductChange,
  mapping: string | undefined,
): Promise<PlannedFile[]> {
  const major = majorLeft(change);
  if (major === undefined || mapping === undefined) return [];
  return [{ file: mappingFile(change.product, major), text: `${mapping}\n` }, ...(await raisedContract(root, change))];
}

/** The contract as its new version, and the row type it generates. */
export async function raisedContract(root: string, change: ProductChange): Promise<PlannedFile[]> {
  const { file, after, to } = change;
  const rows = await generateRowTypes(releasedModel(root, change));
  return [
    { file: file.replace(/contract\.odcs\.yaml$/, "generated/row.ts"), text: rows },
    { file, text: withVersion(after.text, to) },
  ];
}
