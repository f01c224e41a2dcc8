import type { DataContract } from "../generated/odcs.ts";
import { byGravity, type ContractDiff, classOf, type Difference, highestClass, verdictFor } from "./contract-diff.ts";
import { pairContracts } from "./contract-pairs.ts";
import type { DiffContext, DiffOptions, DiffRule } from "./diff-rule.ts";
import { ruleTable } from "./rule-table.ts";
import { declaredBump, nextVersion, requiredBump } from "./version-bump.ts";

/**
 * What the second contract changes for those who rely on the first. Elements are the same by id, then by name. What is
 * inside of something new is new with it.
 */
export function diffContracts(before: DataContract, after: DataContract, options: DiffOptions = {}): ContractDiff {
  const context = { before, after, options };
  const changes = findChanges(context);
  const changeClass = highestClass(changes);
  const required = requiredBump(changeClass, before.version);
  const step = { before: before.version, after: after.version, class: changeClass, required };
  const diffs = [...changes, ...apply(ruleTable.version, [step], context)].sort(byGravity);
  return {
    class: highestClass(diffs),
    dangerous: diffs.some(({ dangerous }) => dangerous),
    blocked: diffs.some(({ blocked }) => blocked === true),
    requiredBump: requiredBump(highestClass(diffs), before.version),
    profile: options.profile ?? "reader",
    version: {
      before: before.version,
      after: after.version,
      declaredBump: declaredBump(before.version, after.version) ?? "backwards",
      lowest: nextVersion(before.version, required),
    },
    diffs,
  };
}

function findChanges(context: DiffContext): Difference[] {
  const { objectList, objects, propertyLists, properties } = pairContracts(context.before, context.after);
  const contracts = { path: "", before: context.before, after: context.after };
  return [
    ...apply(ruleTable.objectList, [objectList], context),
    ...apply(ruleTable.propertyList, propertyLists, context),
    ...apply(ruleTable.object, objects, context),
    ...apply(ruleTable.element, [...objects, ...properties], context),
    ...apply(ruleTable.property, properties, context),
    ...apply(ruleTable.contract, [contracts], context),
  ];
}

function apply<Subject>(
  rules: readonly DiffRule<Subject>[],
  subjects: readonly Subject[],
  context: DiffContext,
): Difference[] {
  return subjects.flatMap((subject) => rules.flatMap((rule) => judge(rule, subject, context)));
}

function judge<Subject>(rule: DiffRule<Subject>, subject: Subject, context: DiffContext): Difference[] {
  return rule.find(subject, context).map(({ outcome: name, path, message }) => {
    const outcome = rule.outcomes[name];
    if (outcome === undefined) throw new Error(`Rule ${rule.row} has no outcome ${name}`);
    const verdict = verdictFor(context.options.profile ?? "reader", outcome);
    const { blocked } = outcome;
    // what is harmless at this port needs no gentler way
    const suggestion = verdict === verdictFor("archive", outcome) ? outcome.suggestion : undefined;
    return {
      rule: outcome.rule,
      class: classOf(verdict),
      dangerous: verdict === "DANGEROUS",
      path,
      message,
      ...(blocked && { blocked }),
      ...(suggestion !== undefined && { suggestion }),
    };
  });
}
