import { parseCustomCheck } from "@thoth/contract/custom-check";
import type { ProductModel, QualityRuleModel } from "@thoth/contract/product-model";
import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import { type Check, type Measure, stagedTable } from "./check.ts";
import { libraryMeasure } from "./library-metrics.ts";
import { columnOf, refuseRule, requireColumn } from "./refuse-rule.ts";
import { type Target, wantsNone } from "./rule-target.ts";

/**
 * A rule as a check. Rules of type `text` are for people, and anomalies are judged by the product's history: neither is
 * measured here.
 * @throws MeshError `pipeline/rule-refused` when it cannot be one
 */
export function ruleChecks(rule: QualityRuleModel, model: ProductModel): Check[] {
  if (rule.type === "text") return [];
  if (rule.type === "custom") return customChecks(rule, model);
  const target = targetOf(rule, model);
  if (rule.type === "sql") return [{ ...describeRule(rule), measure: sqlMeasure(rule, model), target }];
  const { sql, rows } = libraryMeasure(rule, model);
  const blamed = rows !== undefined && wantsNone(target) ? { rows } : {};
  return [{ ...describeRule(rule), measure: { kind: "aggregate", sql }, target, ...blamed }];
}

/** What all checks that come from a rule have in common. */
export function describeRule(rule: QualityRuleModel): Omit<Check, "measure" | "target"> {
  return {
    id: `rule:${rule.id}`,
    column: rule.column,
    dimension: rule.dimension ?? "conformity",
    severity: rule.severity,
    says: rule.name,
    line: rule.line,
  };
}

function targetOf(rule: QualityRuleModel, model: ProductModel): Target {
  const { operator, threshold } = rule;
  if (operator === undefined || threshold === undefined)
    throw refuseRule(rule, model, "it has no operator", "Add one, such as `mustBe: 0`.");
  return { operator, threshold };
}

const none: Target = { operator: "mustBe", threshold: 0 };

function customChecks(rule: QualityRuleModel, model: ProductModel): Check[] {
  const check = parseCustomCheck(rule);
  if ("problem" in check) throw refuseRule(rule, model, check.problem, check.hint);
  if ("column" in check && check.column !== undefined) requireColumn(check.column, rule, model);
  if (check.kind === "anomaly") return [];
  if (check.kind === "rows") {
    const sql = `SELECT count(*) FROM ${stagedTable(model)} WHERE NOT (${check.where})`;
    const target = rule.operator === undefined ? none : targetOf(rule, model);
    return [{ ...describeRule(rule), measure: { kind: "query", sql }, target }];
  }
  const newest = `max(${quoteIdentifier(check.column)})::TIMESTAMP`;
  // The time of the audit stands in a variable of the session, so that checks are the same for every run.
  const sql = `CASE WHEN ${newest} IS NOT NULL THEN greatest(0, epoch(${auditedAt} - ${newest}) / 3600) END`;
  const target = { operator: "mustBeLessOrEqualTo", threshold: check.maxLagHours } as const;
  return [{ ...describeRule(rule), measure: { kind: "aggregate", sql }, target, isAged: true }];
}

/** SQL for the moment of the audit, a TIMESTAMP in UTC; `auditContract` sets the variable. */
const auditedAt = "make_timestamp(getvariable('audited_at')::BIGINT * 1000)";

/** The standard names the table and the column by placeholders, with and without a dollar sign. */
function sqlMeasure(rule: QualityRuleModel, model: ProductModel): Measure {
  if (rule.query === undefined) throw refuseRule(rule, model, "it has no query", "Add `query`.");
  const column = /\{(property|column)\}/.test(rule.query) ? columnOf(rule, model) : "";
  const sql = rule.query
    .replaceAll(/\$?\{(object|table)\}/g, () => stagedTable(model))
    .replaceAll(/\$?\{(property|column)\}/g, () => quoteIdentifier(column));
  return { kind: "query", sql };
}
