import type { DataContract } from "../generated/odcs.ts";
import type { ContractDiff, Difference } from "./contract-diff.ts";
import { stepsOf, valuesAt } from "./values-at.ts";

/** @source Bitol RFC-0039 (draft), Open Metadata Difference Standard */
export interface MetadataDifference {
  readonly apiVersion: "v1.0.0";
  readonly kind: "MetadataDifference";
  readonly sourceKind: "DataContract";
  readonly source1: SourceReference;
  readonly source2: SourceReference;
  readonly scope: "all";
  readonly impact: { readonly major: number; readonly minor: number; readonly patch: number };
  readonly suggestedVersion: string;
  readonly diffs: readonly DiffEntry[];
  readonly customProperties: readonly CustomValue[];
}

export interface SourceReference {
  readonly id: string;
  readonly version: string;
  readonly canonicalUrl?: string;
}

export interface DiffEntry {
  readonly type: "ADD" | "REMOVE" | "CHANGE";
  readonly section: string;
  readonly field: string;
  readonly path: string;
  readonly value1?: unknown;
  readonly value2?: unknown;
  readonly message: string;
  readonly impactLevel: Difference["class"];
  /** Ours: `ruleId`, `profile`, `dangerous` and, where they apply, `against`, `suggestion`, `blocked`, `consumers`. */
  readonly customProperties: readonly CustomValue[];
}

interface CustomValue {
  readonly property: string;
  readonly value: unknown;
}

export interface DifferenceSources {
  /** The contracts compared with, lowest version first; the last is `source1`. */
  readonly before: readonly DataContract[];
  readonly after: DataContract;
  /** Who is known to read what changes. */
  readonly consumers?: (difference: Difference) => readonly string[];
}

/** Findings about the comparison itself, which no part of a contract stands for. */
const verdicts = ["version-mismatch", "sdl-disagrees"];

export function metadataDifference(diff: ContractDiff, sources: DifferenceSources): MetadataDifference {
  const newest = sources.before.at(-1);
  if (newest === undefined) throw new Error("a difference has two sources");
  const changes = diff.diffs.filter(({ rule }) => !verdicts.includes(rule));
  const count = (level: Difference["class"]) => changes.filter((change) => change.class === level).length;
  const notes = diff.diffs.filter(({ rule }) => verdicts.includes(rule));
  return {
    apiVersion: "v1.0.0",
    kind: "MetadataDifference",
    sourceKind: "DataContract",
    source1: sourceReference(newest),
    source2: sourceReference(sources.after),
    scope: "all",
    impact: { major: count("MAJOR"), minor: count("MINOR"), patch: count("PATCH") },
    suggestedVersion: diff.version.lowest,
    diffs: changes.map((change) => diffEntry(change, diff, sources)),
    customProperties: custom({
      profile: diff.profile,
      class: diff.class,
      dangerous: diff.dangerous,
      blocked: diff.blocked,
      requiredBump: diff.requiredBump,
      declaredBump: diff.version.declaredBump,
      against: diff.against,
      findings: notes.length > 0 ? notes.map(({ rule, message }) => ({ ruleId: rule, message })) : undefined,
    }),
  };
}

function sourceReference({ id, version, authoritativeDefinitions = [] }: DataContract): SourceReference {
  const url = authoritativeDefinitions.find(({ type }) => type === "canonicalUrl")?.url;
  return { id, version, ...(url !== undefined && { canonicalUrl: url }) };
}

function diffEntry(change: Difference, { profile }: ContractDiff, sources: DifferenceSources): DiffEntry {
  const { rule, path, message, dangerous, suggestion, blocked, against } = change;
  const steps = stepsOf(path);
  const { before, after } = valuesAt(path, versionOf(change, sources), sources.after);
  return {
    type: kindOf(rule, before, after),
    section: steps[0]?.key ?? "",
    field: steps.at(-1)?.key ?? "",
    path,
    ...(before !== undefined && { value1: before }),
    ...(after !== undefined && { value2: after }),
    message,
    impactLevel: change.class,
    customProperties: custom({
      ruleId: rule,
      profile,
      dangerous,
      against,
      suggestion,
      blocked,
      consumers: sources.consumers?.(change),
    }),
  };
}

/** The newest of the versions that show the difference. */
function versionOf({ against = [] }: Difference, { before }: DifferenceSources): DataContract {
  const shown = before.findLast(({ version }) => against.includes(version)) ?? before.at(-1);
  if (shown === undefined) throw new Error("a difference has two sources");
  return shown;
}

/** What a key column is by itself, such as unique, is written nowhere; then the rule says which way it went. */
function kindOf(rule: string, before: unknown, after: unknown): DiffEntry["type"] {
  if (before === undefined && after === undefined) {
    if (/-(added|introduced|stated)$/.test(rule)) return "ADD";
    return /-(removed|dropped)$/.test(rule) ? "REMOVE" : "CHANGE";
  }
  if (before === undefined) return "ADD";
  return after === undefined ? "REMOVE" : "CHANGE";
}

function custom(values: Readonly<Record<string, unknown>>): CustomValue[] {
  return Object.entries(values).flatMap(([property, value]) => (value === undefined ? [] : [{ property, value }]));
}
