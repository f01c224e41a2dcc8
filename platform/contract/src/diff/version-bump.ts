import { compareSemver } from "../semver.ts";
import type { ChangeClass } from "./contract-diff.ts";

export type Bump = "major" | "minor" | "patch" | "none";

const bumps: readonly Bump[] = ["none", "patch", "minor", "major"];

/** The version step a class of change asks for. Before 1.0.0 a breaking change is a minor step. */
export function requiredBump(changeClass: ChangeClass, version: string): Bump {
  if (changeClass === "NONE") return "none";
  if (changeClass === "PATCH") return "patch";
  return changeClass === "MAJOR" && numbers(version)[0] !== 0 ? "major" : "minor";
}

/** The step from one version to another; undefined when it leads backwards. */
export function declaredBump(before: string, after: string): Bump | undefined {
  const order = compareSemver(after, before);
  if (order < 0) return undefined;
  const [from, to] = [numbers(before), numbers(after)];
  const first = to.findIndex((part, index) => part !== from[index]);
  if (first < 0) return order === 0 ? "none" : "patch";
  return (["major", "minor", "patch"] as const)[first] ?? "patch";
}

export function isEnough(declared: Bump | undefined, required: Bump): boolean {
  return declared !== undefined && bumps.indexOf(declared) >= bumps.indexOf(required);
}

export function nextVersion(version: string, bump: Bump): string {
  const [major = 0, minor = 0, patch = 0] = numbers(version);
  if (bump === "major") return `${major + 1}.0.0`;
  if (bump === "minor") return `${major}.${minor + 1}.0`;
  return bump === "patch" ? `${major}.${minor}.${patch + 1}` : version;
}

function numbers(version: string): number[] {
  return (/^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
}
