import type { ReleaseOptions } from "@thoth/contract/changeset/product-change";
import { compareVersions } from "./compare-contracts.ts";
import { isRetirementRecorded, type Retirable } from "./retirement.ts";

/**
 * Judges releases as `mesh contract diff` judges changes: by the contracts, by the GraphQL schemas they make, and by who
 * may read what.
 * @param now epoch ms
 * @param retirable what nothing keeps from being retired; absent: what an open review says so of
 */
export function releaseOptions(now: number, retirable?: Retirable): ReleaseOptions {
  return {
    now,
    differ: ({ root, product, tombstones, ...versions }) => {
      const isRetirable = () => retirable?.has(product) ?? isRetirementRecorded(root, product, now);
      const retires = versions.working.contract.status === "retired" && isRetirable();
      return compareVersions(root, product, versions, { tombstones, now, retirable: retires }).diff;
    },
  };
}
