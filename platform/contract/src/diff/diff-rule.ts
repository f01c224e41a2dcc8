import type { DataContract } from "../generated/odcs.ts";

/** Who stands at the port: readers of rows, writers into it, or an archive, which must please both for all time. */
export type Profile = "reader" | "writer" | "archive";

/** How one change counts at a port. DANGEROUS asks for a minor version, but nobody may wave it through. */
export type Verdict = "MAJOR" | "DANGEROUS" | "MINOR" | "PATCH";

export interface Outcome {
  /** The rule as differences name it: `nullability-loosened`. */
  readonly rule: string;
  readonly reader: Verdict;
  readonly writer: Verdict;
  /** A mistake as it stands: no version number makes it right. */
  readonly blocked?: true;
  /** The gentler way to the same end. `{name}`, `{becomes}` and `{days}` of notice are filled in. */
  readonly suggestion?: string;
}

/** A change that a rule has seen, and which of the rule's outcomes it is. */
export interface Spot<Name extends string = string> {
  readonly outcome: Name;
  /** `/schema[name=course]/properties[name=fee]/required` */
  readonly path: string;
  readonly message: string;
  /** What takes its place, for the suggestion. */
  readonly becomes?: string;
}

/** One row of the table: what it looks at, what can come out, and how each counts for readers and writers. */
export interface DiffRule<Subject> {
  /** 1 to 45. */
  readonly row: number;
  readonly sees: string;
  readonly outcomes: Readonly<Record<string, Outcome>>;
  readonly find: (subject: Subject, context: DiffContext) => readonly Spot[];
}

export interface DiffContext {
  readonly before: DataContract;
  readonly after: DataContract;
  readonly options: DiffOptions;
}

/** What an element that is gone was, so that nothing else takes its id or name. */
export interface Tombstone {
  readonly id: string;
  readonly name: string;
  readonly logicalType?: string;
}

export interface DiffOptions {
  /** `reader` when absent. */
  readonly profile?: Profile;
  /** Elements that earlier versions have removed. */
  readonly tombstones?: readonly Tombstone[];
  /** Epoch ms. With it, an end of support closer than the notice is refused. */
  readonly now?: number;
  /** 90 days when absent. */
  readonly minimumNoticeMs?: number;
  /** For meshes whose readers list every value of an enum: MAJOR. */
  readonly enumAdditions?: "DANGEROUS" | "MAJOR";
  /** Whether somebody who reads the property now would lose it by the higher classification. */
  readonly losesAccess?: (path: string) => boolean;
  /** The notice is over, nobody has used the product lately, and no agreement is active. */
  readonly retirable?: boolean;
}

interface WrittenRule<Subject, Name extends string> {
  readonly row: number;
  readonly sees: string;
  readonly outcomes: Readonly<Record<Name, Outcome>>;
  readonly find: (subject: Subject, context: DiffContext) => readonly Spot<NoInfer<Name>>[];
}

/** Holds a rule to the outcomes it has. */
export function diffRule<Subject, Name extends string>(rule: WrittenRule<Subject, Name>): DiffRule<Subject> {
  return rule;
}

type Further = Pick<Outcome, "blocked" | "suggestion">;

/** The same for readers and writers. */
export function both(rule: string, verdict: Verdict, further: Further = {}): Outcome {
  return { rule, reader: verdict, writer: verdict, ...further };
}

/** Other for writers than for readers. */
export function mirrored(rule: string, verdicts: Pick<Outcome, "reader" | "writer">, further: Further = {}): Outcome {
  return { rule, ...verdicts, ...further };
}
