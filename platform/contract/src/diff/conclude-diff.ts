import { byGravity, type ContractDiff, type Difference, highestClass } from "./contract-diff.ts";
import type { Profile } from "./diff-rule.ts";
import { declaredBump, nextVersion, requiredBump } from "./version-bump.ts";
import { versionDifferences } from "./version-rules.ts";

export interface Conclusion {
  readonly profile: Profile;
  /** The versions compared, and the one the step is counted from; `after` is what the contract in work declares. */
  readonly version: { readonly before: string; readonly after: string };
  /** All versions compared with, lowest first. */
  readonly against?: readonly string[];
}

/** What the changes come to: the gravest decides, and the version must say so. */
export function concludeDiff(changes: readonly Difference[], { profile, version, against }: Conclusion): ContractDiff {
  const changeClass = highestClass(changes);
  const required = requiredBump(changeClass, version.before);
  const mismatch = versionDifferences({ ...version, class: changeClass, required });
  const diffs = [...changes, ...mismatch].sort(byGravity);
  return {
    class: highestClass(diffs),
    dangerous: diffs.some(({ dangerous }) => dangerous),
    blocked: diffs.some(({ blocked }) => blocked === true),
    requiredBump: requiredBump(highestClass(diffs), version.before),
    profile,
    version: {
      ...version,
      declaredBump: declaredBump(version.before, version.after) ?? "backwards",
      lowest: nextVersion(version.before, required),
    },
    ...(against !== undefined && { against }),
    diffs,
  };
}

/** A diff with more to it, such as what only the generated schema shows. */
export function withDifferences(diff: ContractDiff, more: readonly Difference[]): ContractDiff {
  if (more.length === 0) return diff;
  const changes = diff.diffs.filter(({ rule }) => rule !== "version-mismatch");
  return { ...diff, ...concludeDiff([...changes, ...more], diff) };
}
