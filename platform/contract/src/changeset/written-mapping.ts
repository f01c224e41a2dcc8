import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { contractError } from "../errors.ts";
import { textDigest } from "./content-digest.ts";
import { mappingFile } from "./previous-major.ts";
import type { ProductChange } from "./product-change.ts";

/** As it stands in `previous/`, where it runs; undefined when nothing does. */
export function stagedMapping(root: string, product: string, major: number): string | undefined {
  const path = join(root, mappingFile(product, major));
  return existsSync(path) ? readFileSync(path, "utf8").replaceAll("\r\n", "\n").trimEnd() : undefined;
}

/** The two places of a query, and the digest of what both of them were when they were last recorded. */
export interface WrittenMappings {
  readonly changeset: string | undefined;
  readonly recorded: string | undefined;
}

/**
 * The query of an old major version as it was edited last: in the changeset, or where it runs.
 * @throws MeshError `contract/two-mappings` when it was edited in both
 */
export function writtenMapping(
  root: string,
  { product }: Pick<ProductChange, "product">,
  { major, changeset, recorded }: WrittenMappings & { readonly major: number },
): string | undefined {
  const staged = stagedMapping(root, product, major);
  if (staged === undefined || changeset === undefined || staged === changeset) return changeset ?? staged;
  if (textDigest(changeset) === recorded) return staged;
  if (textDigest(staged) === recorded) return changeset;
  throw contractError["two-mappings"]({ product, major }, { at: { file: mappingFile(product, major) } });
}
