import type { ContractDiff, Difference } from "./contract-diff.ts";

const groups = ["MAJOR", "DANGEROUS", "MINOR", "PATCH"] as const;
type Group = (typeof groups)[number];

const meaning: Readonly<Record<Group, string>> = {
  MAJOR: "breaks consumers",
  DANGEROUS: "a minor step that may surprise consumers",
  MINOR: "adds to what was promised",
  PATCH: "changes nothing that was promised",
};

/** Differences by how grave they are, the gravest first; no empty groups. */
export function groupDifferences(diffs: readonly Difference[]): [group: Group, meaning: string, diffs: Difference[]][] {
  const groupOf = (difference: Difference): Group => (difference.dangerous ? "DANGEROUS" : difference.class);
  return groups
    .map((group): [Group, string, Difference[]] => [
      group,
      meaning[group],
      diffs.filter((one) => groupOf(one) === group),
    ])
    .filter(([, , found]) => found.length > 0);
}

/** What the changes ask for, beside what the contract declares. */
export function describeVersion({ requiredBump, version, diffs }: ContractDiff): string {
  const { before, after, declaredBump, lowest } = version;
  const declared =
    declaredBump === "none" ? `the version is still ${after}` : `declared: ${declaredBump} (${before} → ${after})`;
  if (requiredBump === "none") return `No change that asks for a version; ${declared}.`;
  const missing = diffs.some(({ rule }) => rule === "version-mismatch");
  return `Required: ${requiredBump} (${lowest} or higher); ${declared}${missing ? ", which is not enough" : ""}.`;
}

/** For a terminal. Ends without a line break. */
export function diffText(title: string, diff: ContractDiff): string {
  const lines = groupDifferences(diff.diffs).flatMap(([group, says, diffs]) => [`${group} (${says})`, ...table(diffs)]);
  return [
    `${title}, for ${diff.profile === "archive" ? "an archive" : `${diff.profile}s`}`,
    ...lines,
    describeVersion(diff),
  ].join("\n");
}

function table(diffs: readonly Difference[]): string[] {
  const width = Math.max(...diffs.map(({ rule }) => rule.length));
  const indent = " ".repeat(width + 4);
  return diffs.flatMap(({ rule, path, message, suggestion, blocked }) => [
    `  ${rule.padEnd(width)}  ${message}`,
    `${indent}${path}`,
    ...(blocked ? [`${indent}refused: no version makes this right`] : []).filter(() => rule !== "version-mismatch"),
    ...(suggestion === undefined ? [] : [`${indent}instead: ${suggestion}`]),
  ]);
}
