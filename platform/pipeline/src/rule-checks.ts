import type { ProductModel, QualityRuleModel } from "@thoth/contract/product-model";
import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import { type Check, stagedTable } from "./check.ts";
import { repeatedRows, typedList } from "./column-checks.ts";
import { pipelineError } from "./errors.ts";

/**
 * A rule of type `sql` or `library` as a check.
 * @throws MeshError `pipeline/rule-refused` when it cannot be one
 */
export function ruleChecks(rule: QualityRuleModel, model: ProductModel): Check[] {
  if (rule.type !== "sql" && rule.type !== "library") return [];
  const { operator, threshold } = rule;
  if (operator === undefined || threshold === undefined)
    throw refuseRule(rule, model, "it has no operator", "Add one, such as `mustBe: 0`.");
  return [
    {
      id: `rule:${rule.id}`,
      column: rule.column,
      dimension: rule.dimension ?? "conformity",
      severity: rule.severity,
      measure: rule.type === "sql" ? sqlMeasure(rule, model) : libraryMeasure(rule, model),
      target: { operator, threshold },
      says: rule.name,
      line: rule.line,
    },
  ];
}

export function refuseRule(rule: QualityRuleModel, model: ProductModel, reason: string, hint: string): Error {
  const at = { file: model.file, line: rule.line };
  return pipelineError["rule-refused"]({ rule: rule.id, product: model.id, reason, hint }, { at });
}

/** The standard names the table and the column by placeholders, with and without a dollar sign. */
function sqlMeasure(rule: QualityRuleModel, model: ProductModel): Check["measure"] {
  if (rule.query === undefined) throw refuseRule(rule, model, "it has no query", "Add `query`.");
  const column = /\{(property|column)\}/.test(rule.query) ? columnOf(rule, model) : "";
  const sql = rule.query
    .replaceAll(/\$?\{(object|table)\}/g, () => stagedTable(model))
    .replaceAll(/\$?\{(property|column)\}/g, () => quoteIdentifier(column));
  return { kind: "query", sql };
}

function libraryMeasure(rule: QualityRuleModel, model: ProductModel): Check["measure"] {
  if (rule.metric === "rowCount") return { kind: "aggregate", sql: "count(*)" };
  const failing = failingRows(rule, model);
  const sql = rule.unit === "percent" ? `100.0 * (${failing}) / nullif(count(*), 0)` : failing;
  return { kind: "aggregate", sql };
}

function failingRows(rule: QualityRuleModel, model: ProductModel): string {
  if (rule.metric === "duplicateValues") return repeatedRows(comparedColumns(rule, model));
  const name = quoteIdentifier(columnOf(rule, model));
  if (rule.metric === "nullValues") return count(`${name} IS NULL`);
  if (rule.metric === "missingValues") return count(`${name} IS NULL OR ${name}::VARCHAR IN (${missing(rule)})`);
  if (rule.metric === "invalidValues") return count(invalid(rule, model, name).join(" OR "));
  throw refuseRule(rule, model, `${rule.metric} is no metric`, "Use one of ODCS, or a rule of type sql.");
}

function count(condition: string): string {
  return `count(*) FILTER (WHERE ${condition})`;
}

function comparedColumns(rule: QualityRuleModel, model: ProductModel): readonly string[] {
  if (rule.column !== undefined) return [rule.column];
  const names = texts(rule.arguments?.properties);
  const unknown = names.filter((name) => !model.columns.some((column) => column.name === name));
  if (names.length > 0 && unknown.length === 0) return names;
  const reason = names.length === 0 ? "it does not say which columns" : `there is no column ${unknown.join(", ")}`;
  throw refuseRule(rule, model, reason, "List columns of the product in `arguments: { properties: [..] }`.");
}

function missing(rule: QualityRuleModel): string {
  const listed = texts(rule.arguments?.missingValues);
  return (listed.length === 0 ? [""] : listed).map(quoteLiteral).join(", ");
}

function invalid(rule: QualityRuleModel, model: ProductModel, name: string): string[] {
  const { pattern } = rule.arguments ?? {};
  const valid = texts(rule.arguments?.validValues);
  const type = model.columns.find((column) => column.name === rule.column)?.sqlType ?? "VARCHAR";
  const reasons = [
    ...(valid.length > 0 ? [`${name} NOT IN (${typedList(valid, type)})`] : []),
    ...(typeof pattern === "string" ? [`NOT regexp_matches(${name}::VARCHAR, ${quoteLiteral(pattern)})`] : []),
  ];
  if (reasons.length > 0) return reasons;
  throw refuseRule(rule, model, "it does not say what is valid", "Add `arguments` with `validValues` or `pattern`.");
}

function columnOf(rule: QualityRuleModel, model: ProductModel): string {
  if (rule.column !== undefined) return rule.column;
  throw refuseRule(rule, model, "it is about a column, and stands at none", "Move it to the column's `quality`.");
}

/** Null needs no listing: it is missing anyway, and never a valid value. */
function texts(values: unknown): string[] {
  return Array.isArray(values) ? values.filter((value) => value !== null).map(String) : [];
}
