import { isDeepStrictEqual } from "node:util";
import type { Property, QualityRule, SchemaObject } from "../generated/odcs.ts";
import { demandOf, letsMorePass } from "./acceptance.ts";
import type { ElementPair } from "./contract-pairs.ts";
import { both, diffRule } from "./diff-rule.ts";
import { type MatchedList, matchLists } from "./match-lists.ts";
import { show, wasIs } from "./show-value.ts";

type Owner = ElementPair<SchemaObject | Property>;

/** The rules of an element before and after: the same by id, by name, or by what they measure. */
export function matchQuality({ before, after }: Owner): MatchedList<QualityRule> {
  return matchLists(before.quality ?? [], after.quality ?? [], [
    ({ id }) => id,
    ({ name }) => name,
    (rule) => JSON.stringify(rule),
    (rule) => JSON.stringify([kindOf(rule), metricOf(rule), rule.query, rule.implementation]),
  ]);
}

export function qualityPath(path: string, rule: QualityRule): string {
  return `${path}/quality[name=${qualityName(rule)}]`;
}

/** A rule without a name goes by what it measures. */
export function qualityName(rule: QualityRule): string {
  return rule.name ?? rule.id ?? metricOf(rule) ?? kindOf(rule);
}

function metricOf({ metric, rule }: QualityRule): string | undefined {
  return metric ?? rule;
}

function kindOf(rule: QualityRule): string {
  return rule.type ?? (metricOf(rule) === undefined ? "text" : "library");
}

const levels = ["info", "warning", "error"];

/** A rule that does not say is an error, except where it is only a sentence. */
function severityOf(rule: QualityRule): string {
  const plain = rule.severity?.toLowerCase();
  if (plain !== undefined && levels.includes(plain)) return plain;
  return kindOf(rule) === "text" ? "info" : "error";
}

const isPromise = (rule: QualityRule) => severityOf(rule) === "error";

const describeRule = (rule: QualityRule) => ({ ...demandOf(rule), severity: severityOf(rule) });

/** From error to warning as well as from 1 to 5 missing values: less is promised. */
function isLooser(rule: QualityRule, than: QualityRule): boolean {
  return letsMorePass(rule, than) || levels.indexOf(severityOf(rule)) < levels.indexOf(severityOf(than));
}

const removal =
  "Keep the rule with its severity and threshold for this major version, announce the change for {days} days, and make it with the next.";

const dropped = diffRule({
  row: 31,
  sees: "a quality rule that is gone or asks for less",
  outcomes: {
    removed: both("quality-removed", "MAJOR", { suggestion: removal }),
    "removed advice": both("quality-removed", "DANGEROUS"),
    relaxed: both("quality-relaxed", "MAJOR", { suggestion: removal }),
    "relaxed advice": both("quality-relaxed", "DANGEROUS"),
  },
  find: (owner: Owner) => {
    const { removed, pairs } = matchQuality(owner);
    return [
      ...removed.map((rule) => ({
        outcome: isPromise(rule) ? ("removed" as const) : ("removed advice" as const),
        path: qualityPath(owner.path, rule),
        message: `The quality rule ${show(qualityName(rule))} of ${show(owner.before.name)} is gone: ${wasIs(describeRule(rule), undefined)}`,
      })),
      ...pairs
        .filter(({ before, after }) => isLooser(after, before))
        .map(({ before, after }) => ({
          outcome: isPromise(before) ? ("relaxed" as const) : ("relaxed advice" as const),
          path: qualityPath(owner.path, before),
          message: `The quality rule ${show(qualityName(before))} asks for less: ${wasIs(describeRule(before), describeRule(after))}`,
        })),
    ];
  },
});

const tightened = diffRule({
  row: 32,
  sees: "a quality rule that is new or asks for more; the rows there are must keep it",
  outcomes: { added: both("quality-added", "MINOR"), tightened: both("quality-tightened", "MINOR") },
  find: (owner: Owner) => {
    const { added, pairs } = matchQuality(owner);
    return [
      ...added.map((rule) => ({
        outcome: "added" as const,
        path: qualityPath(owner.path, rule),
        message: `The quality rule ${show(qualityName(rule))} of ${show(owner.before.name)} is new: ${wasIs(undefined, describeRule(rule))}`,
      })),
      ...pairs
        .filter(({ before, after }) => isLooser(before, after))
        .map(({ before, after }) => ({
          outcome: "tightened" as const,
          path: qualityPath(owner.path, before),
          message: `The quality rule ${show(qualityName(before))} asks for more: ${wasIs(describeRule(before), describeRule(after))}`,
        })),
    ];
  },
});

const rewritten = diffRule({
  row: 33,
  sees: "a quality rule that measures something else than before",
  outcomes: { rewritten: both("quality-rewritten", "DANGEROUS") },
  find: (owner: Owner) =>
    matchQuality(owner)
      .pairs.filter(({ before, after }) => !isDeepStrictEqual(measure(before), measure(after)))
      .map(({ before, after }) => ({
        outcome: "rewritten" as const,
        path: qualityPath(owner.path, before),
        message: `The quality rule ${show(qualityName(before))} measures otherwise: ${wasIs(measure(before), measure(after))}`,
      })),
});

function measure(rule: QualityRule): Readonly<Record<string, unknown>> {
  // the values of a closed set are compared one by one, as those of an enum are
  const { validValues: _, ...given } = rule.arguments ?? {};
  const { engine, implementation, unit } = rule;
  const query = rule.query?.replace(/\s+/g, " ").trim();
  const parts = { type: kindOf(rule), metric: metricOf(rule), arguments: given, query, engine, implementation, unit };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}

export const qualityRules = [dropped, tightened, rewritten];
