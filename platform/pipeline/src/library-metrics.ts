import type { ProductModel, QualityRuleModel } from "@thoth/contract/product-model";
import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { BrokenRows } from "./check.ts";
import { repeatedRows } from "./column-checks.ts";
import { columnOf, refuseRule } from "./refuse-rule.ts";
import { typedList } from "./value-rules.ts";

export interface LibraryMeasure {
  /** Aggregate over the staged table. */
  readonly sql: string;
  /** What is counted; absent when all rows are. */
  readonly rows?: BrokenRows;
}

/**
 * The metrics of the standard's library.
 * @throws MeshError `pipeline/rule-refused`
 */
export function libraryMeasure(rule: QualityRuleModel, model: ProductModel): LibraryMeasure {
  if (rule.metric === "rowCount") return { sql: "count(*)" };
  const rows = countedRows(rule, model);
  const counted = rows.kind === "repeated" ? repeatedRows(rows.columns) : `count(*) FILTER (WHERE ${rows.sql})`;
  const sql = rule.unit === "percent" ? `100.0 * (${counted}) / nullif(count(*), 0)` : counted;
  return { sql, rows };
}

function countedRows(rule: QualityRuleModel, model: ProductModel): BrokenRows {
  if (rule.metric === "duplicateValues") return { kind: "repeated", columns: comparedColumns(rule, model) };
  const name = quoteIdentifier(columnOf(rule, model));
  if (rule.metric === "nullValues") return condition(`${name} IS NULL`);
  if (rule.metric === "missingValues") return condition(`${name} IS NULL OR ${name}::VARCHAR IN (${missing(rule)})`);
  if (rule.metric === "invalidValues") return condition(invalid(rule, model, name).join(" OR "));
  throw refuseRule(rule, model, `${rule.metric} is no metric`, "Use one of ODCS, or a rule of type sql.");
}

function condition(sql: string): BrokenRows {
  return { kind: "condition", sql };
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

/** Null needs no listing: it is missing anyway, and never a valid value. */
function texts(values: unknown): string[] {
  return Array.isArray(values) ? values.filter((value) => value !== null).map(String) : [];
}
