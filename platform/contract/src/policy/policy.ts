import type { Severity } from "../finding.ts";
import type { ElementKind } from "./policy-elements.ts";

/** What the council asks of every contract. One file each under `contracts/policies/`. */
export interface Policy {
  /** `owner-and-steward`; also the file's name. */
  readonly id: string;
  /** What must be so, in one sentence. */
  readonly title: string;
  readonly why: string;
  readonly severity: Severity;
  /** False for what nobody may be let off; true when absent. */
  readonly waivable?: boolean;
  /** Whether older majors that are still published are warned as well. */
  readonly published?: boolean;
  /** Which contracts it is for; all when absent. */
  readonly when?: Condition;
  readonly rules: readonly PolicyRule[];
  readonly examples: { readonly passing: readonly PolicyExample[]; readonly failing: readonly FailingExample[] };
}

export interface PolicyRule {
  readonly each: ElementKind;
  readonly where?: Condition;
  readonly must: Condition;
  /** The key of the element that findings point at, `team.members`; the spot that fails when absent. */
  readonly at?: string;
  /** Both with placeholders: `Column "{name}" …`. */
  readonly message: string;
  readonly hint: string;
}

/** The words of JSON Schema that `policy.schema.json` allows, and our own of `policy-conditions.ts`. */
export type Condition = Readonly<Record<string, unknown>>;

export interface PolicyExample {
  readonly what: string;
  /** The parts of a contract that the policy looks at. */
  readonly contract: Readonly<Record<string, unknown>>;
  /** `2026-03-31` */
  readonly today?: string;
}

export interface FailingExample extends PolicyExample {
  readonly finds: readonly { readonly at: string; readonly says: string }[];
}
