import { ownProperties, type Part, qualityRules } from "./contract-parts.ts";
import type { DocumentPath } from "./finding.ts";
import type { QualityRule, SchemaObject } from "./generated/odcs.ts";
import type { QualityOperator, QualityRuleModel } from "./product-model.ts";

const operators: readonly QualityOperator[] = [
  "mustBe",
  "mustNotBe",
  "mustBeGreaterThan",
  "mustBeGreaterOrEqualTo",
  "mustBeLessThan",
  "mustBeLessOrEqualTo",
  "mustBeBetween",
  "mustNotBeBetween",
];

/** The rules of an object, those of the whole object first, then column by column. */
export function describeRules(object: Part<SchemaObject>, lineOf: (path: DocumentPath) => number): QualityRuleModel[] {
  const whole = qualityRules(object).map((rule, index) => describeRule(rule, index, undefined, lineOf));
  const byColumn = ownProperties(object).flatMap((property) =>
    qualityRules(property).map((rule, index) => describeRule(rule, index, property.value.name, lineOf)),
  );
  return [...whole, ...byColumn];
}

function describeRule(
  { path, value: rule }: Part<QualityRule>,
  index: number,
  column: string | undefined,
  lineOf: (path: DocumentPath) => number,
): QualityRuleModel {
  const metric = rule.metric ?? rule.rule;
  const type = rule.type ?? (metric === undefined ? "text" : "library");
  const fallback = [column ?? "rows", metric ?? type, index + 1].join("-");
  return {
    id: rule.id ?? fallback,
    name: rule.name ?? rule.description ?? rule.id ?? fallback,
    ...(column !== undefined && { column }),
    type,
    ...(metric !== undefined && { metric }),
    ...(rule.query !== undefined && { query: rule.query }),
    ...(rule.arguments && { arguments: rule.arguments }),
    ...condition(rule),
    ...(rule.unit !== undefined && { unit: rule.unit }),
    ...(rule.dimension !== undefined && { dimension: rule.dimension }),
    ...(rule.engine !== undefined && { engine: rule.engine }),
    ...(rule.implementation !== undefined && { implementation: rule.implementation }),
    severity: severityOf(rule),
    line: lineOf(path),
  };
}

function condition(rule: QualityRule): Partial<QualityRuleModel> {
  const operator = operators.find((candidate) => rule[candidate] !== undefined);
  if (operator === undefined) return {};
  return { operator, threshold: rule[operator] as NonNullable<QualityRuleModel["threshold"]> };
}

/** A rule that does not say what its failure means is an error: what is promised must hold. */
function severityOf({ severity }: QualityRule): QualityRuleModel["severity"] {
  const plain = severity?.toLowerCase();
  return plain === "info" || plain === "warning" ? plain : "error";
}
