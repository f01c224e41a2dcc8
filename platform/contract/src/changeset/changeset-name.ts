import { existsSync } from "node:fs";
import { join } from "node:path";
import { reviewFile } from "../council/read-review.ts";
import { changesetPath } from "./changeset-file.ts";
import type { ProductChange } from "./product-change.ts";

/** Lower-case words with hyphens: it is the name of files. */
export const changesetNamePattern = /^[a-z0-9][a-z0-9-]*$/;

/** A name that says what it is about, and that nothing has yet: `units-renamed`, `ontrack-learning-contracts-2`. */
export function changesetName(root: string, changes: readonly ProductChange[]): string {
  const [first] = changes;
  const domains = new Set(changes.map(({ domain }) => domain));
  const product = first?.product.split("/")[1] ?? "contracts";
  const single = `${product}-${first?.diff?.diffs[0]?.rule ?? (first?.before ? "layout" : "new")}`;
  const name = changes.length === 1 ? single : domains.size === 1 ? `${first?.domain}-contracts` : "contracts";
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    if (!existsSync(join(root, changesetPath(candidate))) && !existsSync(join(root, reviewFile(candidate))))
      return candidate;
  }
}
