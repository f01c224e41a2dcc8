import type { ChangeClass, Difference } from "./contract-diff.ts";
import { both, diffRule, type Spot } from "./diff-rule.ts";
import { type Bump, declaredBump, isEnough, nextVersion } from "./version-bump.ts";
import { weighSpot } from "./weigh-spot.ts";

/** The versions a contract declares, and the step its changes ask for. */
export interface VersionStep {
  readonly before: string;
  readonly after: string;
  readonly class: ChangeClass;
  readonly required: Bump;
}

const words: Readonly<Record<ChangeClass, "major" | "minor" | "patch">> = {
  MAJOR: "major",
  MINOR: "minor",
  PATCH: "patch",
  NONE: "patch",
};

/** As grave as what the version conceals. */
const outcome = (verdict: "MAJOR" | "MINOR" | "PATCH") =>
  both("version-mismatch", verdict, {
    blocked: true,
    suggestion: "Let `mesh contract changeset` and the release raise it, or raise `version` yourself.",
  });

const outcomes = { major: outcome("MAJOR"), minor: outcome("MINOR"), patch: outcome("PATCH") };

export const versionRules = [
  diffRule({
    row: 44,
    sees: "a declared version that is lower than the changes ask for",
    outcomes,
    find: findMismatch,
  }),
];

/** The difference there is when a version conceals what changed. The same at every port. */
export function versionDifferences(step: VersionStep): Difference[] {
  return findMismatch(step).map((spot) => weighSpot(outcomes[spot.outcome], spot, {}));
}

function findMismatch({ before, after, class: changeClass, required }: VersionStep): Spot<keyof typeof outcomes>[] {
  const declared = declaredBump(before, after);
  if (isEnough(declared, required)) return [];
  const step = required === "none" ? "patch" : required;
  const message =
    declared === undefined
      ? `The version goes back: was ${before}, is ${after}`
      : `The changes ask for a ${step} step, ${nextVersion(before, step)} or higher: was ${before}, is ${after}`;
  return [{ outcome: words[changeClass], path: "/version", message }];
}
