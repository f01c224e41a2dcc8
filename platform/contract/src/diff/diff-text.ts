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

/** What is known beside the two contracts. */
export interface DiffNotes {
  /** What the generated GraphQL schema says: `MAJOR, as the rules say`. */
  readonly graphql?: string;
  /** Who is known to read what changes. */
  readonly consumers?: (difference: Difference) => readonly string[];
}

/** `readers`, `an archive` */
export function describeProfile({ profile }: ContractDiff): string {
  return profile === "archive" ? "an archive" : `${profile}s`;
}

/** The versions that show a difference, where the newest is not among them: it is about those who stayed behind. */
export function olderOnly({ against = [] }: Difference, { version }: ContractDiff): readonly string[] {
  return against.includes(version.before) ? [] : against;
}

/** For a terminal. Ends without a line break. */
export function diffText(title: string, diff: ContractDiff, notes: DiffNotes = {}): string {
  const lines = groupDifferences(diff.diffs).flatMap(([group, says, diffs]) => [
    `${group} (${says})`,
    ...table(diffs, diff, notes),
  ]);
  const { against = [] } = diff;
  return [
    `${title}, for ${describeProfile(diff)}${against.length > 1 ? `, against ${against.join(", ")}` : ""}`,
    ...lines,
    ...(notes.graphql === undefined ? [] : [`GraphQL schema: ${notes.graphql}.`]),
    describeVersion(diff),
  ].join("\n");
}

function table(diffs: readonly Difference[], diff: ContractDiff, { consumers }: DiffNotes): string[] {
  const width = Math.max(...diffs.map(({ rule }) => rule.length));
  const indent = " ".repeat(width + 4);
  return diffs.flatMap((difference) => {
    const { rule, path, message, suggestion, blocked } = difference;
    const [older, readers] = [olderOnly(difference, diff), consumers?.(difference) ?? []];
    const further = [
      path,
      older.length > 0 && `only against ${older.join(", ")}`,
      blocked && rule !== "version-mismatch" && "refused: no version makes this right",
      readers.length > 0 && `read by: ${readers.join(", ")}`,
      suggestion !== undefined && `instead: ${suggestion}`,
    ];
    return [`  ${rule.padEnd(width)}  ${message}`, ...further.flatMap((line) => (line ? [indent + line] : []))];
  });
}
