import type { Profile, Verdict } from "./diff-rule.ts";
import type { Bump } from "./version-bump.ts";

export type ChangeClass = "MAJOR" | "MINOR" | "PATCH" | "NONE";

/** What a new version of a contract changes, and what version number that asks for. Printed by `mesh contract diff --json`. */
export interface ContractDiff {
  readonly class: ChangeClass;
  /** Some change may surprise consumers although the class does not say so. */
  readonly dangerous: boolean;
  /** Some change is a mistake whatever the version. */
  readonly blocked: boolean;
  readonly requiredBump: Bump;
  readonly profile: Profile;
  readonly version: {
    readonly before: string;
    readonly after: string;
    /** The step that the contract itself declares. */
    readonly declaredBump: Bump | "backwards";
    /** The lowest version that tells the truth about the changes. */
    readonly lowest: string;
  };
  /** The published versions compared with, lowest first; absent where two contracts were compared. */
  readonly against?: readonly string[];
  /** The gravest first. */
  readonly diffs: readonly Difference[];
}

export interface Difference {
  readonly rule: string;
  readonly class: Exclude<ChangeClass, "NONE">;
  readonly dangerous: boolean;
  readonly path: string;
  readonly message: string;
  readonly blocked?: true;
  readonly suggestion?: string;
  /** The published versions it was found against, lowest first. */
  readonly against?: readonly string[];
}

const verdicts: readonly Verdict[] = ["PATCH", "MINOR", "DANGEROUS", "MAJOR"];

/** An archive must be read by everybody and written by everybody, for all time. */
export function verdictFor(
  profile: Profile,
  { reader, writer }: { readonly reader: Verdict; readonly writer: Verdict },
): Verdict {
  if (profile === "archive") return verdicts.indexOf(reader) > verdicts.indexOf(writer) ? reader : writer;
  return profile === "reader" ? reader : writer;
}

export function classOf(verdict: Verdict): Difference["class"] {
  return verdict === "DANGEROUS" ? "MINOR" : verdict;
}

const classes: readonly ChangeClass[] = ["NONE", "PATCH", "MINOR", "MAJOR"];

export function highestClass(diffs: readonly Difference[]): ChangeClass {
  return classes[Math.max(0, ...diffs.map((difference) => classes.indexOf(difference.class)))] ?? "NONE";
}

/** The gravest first; what may surprise before what may not. */
export function byGravity(a: Difference, b: Difference): number {
  return classes.indexOf(b.class) - classes.indexOf(a.class) || Number(b.dangerous) - Number(a.dangerous);
}
