import type { Difference } from "./contract-diff.ts";
import { type ContractPairs, pairContracts } from "./contract-pairs.ts";
import { both, type DiffContext, type DiffRule } from "./diff-rule.ts";
import { findRestatements } from "./restatements.ts";
import { ruleTable } from "./rule-table.ts";
import { weighSpot } from "./weigh-spot.ts";

/** All that rules see between two contracts, apart from the version they declare. In the order of the rules. */
export function findChanges(context: DiffContext): Difference[] {
  const pairs = pairContracts(context.before, context.after);
  const found = applyAll(pairs, context);
  const paths = found.map(({ path }) => path);
  const rest = findRestatements(context, pairs, paths).map((spot) =>
    weighSpot(restated, { outcome: "restated", ...spot }, context.options),
  );
  return [...found, ...rest];
}

/** Whoever publishes other words publishes another version, even when they mean the same. */
const restated = both("docs", "PATCH");

function applyAll(
  { objectList, objects, propertyLists, properties }: ContractPairs,
  context: DiffContext,
): Difference[] {
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
  return rule.find(subject, context).map((spot) => {
    const outcome = rule.outcomes[spot.outcome];
    if (outcome === undefined) throw new Error(`Rule ${rule.row} has no outcome ${spot.outcome}`);
    return weighSpot(outcome, spot, context.options);
  });
}
