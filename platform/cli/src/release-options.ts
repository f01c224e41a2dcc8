import type { ReleaseOptions } from "@thoth/contract/changeset/product-change";
import { compareVersions } from "./compare-contracts.ts";

/**
 * Judges releases as `mesh contract diff` judges changes: by the contracts, by the GraphQL schemas they make, and by who
 * may read what.
 * @param now epoch ms
 */
export function releaseOptions(now: number): ReleaseOptions {
  return {
    now,
    differ: ({ root, product, tombstones, ...versions }) =>
      compareVersions(root, product, versions, { tombstones, now }).diff,
  };
}
