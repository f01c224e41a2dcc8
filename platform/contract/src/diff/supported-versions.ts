import { majorOf } from "@thoth/kernel/major-names";
import { promiseWord } from "../describe-promises.ts";
import type { DataContract } from "../generated/odcs.ts";

export interface SupportOptions {
  /** Epoch ms; without it no end has come. */
  readonly now?: number;
  /** The major versions that are served beside the newest one. */
  readonly servedMajors?: readonly number[];
}

/**
 * The published versions that a new one must not break: those of the newest major that are not past their end, and of
 * each earlier major that is still served the newest. The newest of all is always among them.
 * @param published of one product, lowest first
 */
export function supportedVersions(published: readonly DataContract[], options: SupportOptions = {}): DataContract[] {
  const newest = published.at(-1);
  if (newest === undefined) return [];
  const { now, servedMajors = [] } = options;
  const newestOf = new Map(published.map((contract) => [majorOf(contract.version), contract]));
  const counts = (contract: DataContract) => {
    if (contract === newest) return true;
    if (hasEnded(contract, now)) return false;
    const major = majorOf(contract.version);
    return major === majorOf(newest.version) || (servedMajors.includes(major) && newestOf.get(major) === contract);
  };
  return published.filter(counts);
}

/** Retired, or past the end of support or life that it named itself. */
function hasEnded({ status, slaProperties = [] }: DataContract, now = Number.NEGATIVE_INFINITY): boolean {
  const ends = slaProperties.filter(({ property }) => ["endOfSupport", "endOfLife"].includes(promiseWord(property)));
  return status === "retired" || ends.some(({ value }) => Date.parse(String(value)) <= now);
}
