import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ProductModel } from "../product-model.ts";
import { describeContractFile } from "../read-contract-file.ts";
import { releasedModel } from "./changeset-body.ts";
import { changesetPath } from "./changeset-file.ts";
import { findOpenChanges, type OpenChange, readReviews } from "./open-change.ts";
import { majorLeft } from "./previous-major.ts";
import type { ReleaseOptions } from "./product-change.ts";
import { mappingNow } from "./report-changes.ts";

/** A query of an open changeset, which will give an old major version from the new one. */
export interface PendingMapping {
  readonly product: string;
  /** The changeset, relative to the root. */
  readonly file: string;
  /** On the lines that it has in the file. */
  readonly sql: string;
  /** The old major version, as published. */
  readonly before: ProductModel;
  /** The new one, as it will be released. */
  readonly after: ProductModel;
}

/** @throws MeshError `contract/invalid`, `contract/changeset-invalid` */
export async function pendingMappings(root: string, options: ReleaseOptions): Promise<PendingMapping[]> {
  const changes = await findOpenChanges(root, { reviews: readReviews(root), ...options });
  return changes.flatMap((change) => pendingMapping(root, change));
}

function pendingMapping(root: string, { change, reviews: [document] }: OpenChange): PendingMapping[] {
  const { product, before } = change;
  if (document === undefined || before === undefined || majorLeft(change) === undefined) return [];
  const { changeset } = document.review;
  const file = changesetPath(changeset);
  const mapping = mappingNow(root, change, changeset);
  if (mapping === undefined || !existsSync(join(root, file))) return [];
  const old = `contracts/published/${product}/${before.version}.odcs.yaml`;
  return [
    {
      product,
      file,
      sql: onItsLines(mapping, readFileSync(join(root, file), "utf8")),
      before: describeContractFile(root, old),
      after: releasedModel(root, change),
    },
  ];
}

/** So that errors name the line of the changeset. */
function onItsLines(mapping: string, text: string): string {
  const [title = ""] = mapping.split("\n");
  const above = text.slice(0, Math.max(0, text.indexOf(title))).split("\n").length - 1;
  return `${"\n".repeat(above)}${mapping}\n`;
}
