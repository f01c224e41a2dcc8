import type { RowRule, RowSpan } from "@thoth/contract/access-terms";
import type { ProductModel } from "@thoth/contract/product-model";
import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { Principal } from "./decision.ts";

/** Conditions that a row must all meet, with what they mean for the one who asks. */
export interface RowConditions {
  readonly sql: readonly string[];
  readonly words: readonly string[];
}

/** The conditions of a role for one principal. @param now epoch ms; counted in whole days, so that a day has one filter */
export function roleConditions(
  rules: readonly RowRule[],
  product: ProductModel,
  { principal, now }: { readonly principal: Principal; readonly now: number },
): RowConditions {
  return joined(rules.map((rule) => condition(rule, product, { principal, now })));
}

/** Column → values that rows may have. */
export function scopeConditions(
  scope: Readonly<Record<string, readonly string[]>>,
  product: ProductModel,
): RowConditions {
  return joined(Object.entries(scope).map(([column, values]) => oneOf(column, values, product)));
}

/** Rows about people who agreed. */
export function consentCondition(column: string): RowConditions {
  return { sql: [`${quoteIdentifier(column)} IS TRUE`], words: [`only people who agreed to this purpose (${column})`] };
}

function joined(parts: readonly RowConditions[]): RowConditions {
  return { sql: parts.flatMap(({ sql }) => sql), words: parts.flatMap(({ words }) => words) };
}

function condition(
  rule: RowRule,
  product: ProductModel,
  { principal, now }: { readonly principal: Principal; readonly now: number },
): RowConditions {
  switch (rule.kind) {
    case "attribute":
      return oneOf(rule.column, attributeValues(principal, rule.attribute), product);
    case "in":
      return oneOf(rule.column, rule.values, product);
    case "before":
    case "after": {
      const day = shifted(now, rule.span);
      const sql = `${quoteIdentifier(rule.column)} ${rule.kind === "before" ? "<" : ">="} DATE ${quoteLiteral(day)}`;
      return {
        sql: [sql],
        words: [`only rows whose ${rule.column} is ${rule.kind === "before" ? "before" : "not before"} ${day}`],
      };
    }
    default:
      return rule satisfies never;
  }
}

function oneOf(column: string, values: readonly string[], { columns }: ProductModel): RowConditions {
  const type = columns.find(({ name }) => name === column)?.sqlType;
  const known = quoteIdentifier(column);
  const text = type === "VARCHAR" ? known : `CAST(${known} AS VARCHAR)`;
  if (type === undefined || values.length === 0)
    return { sql: ["FALSE"], words: [`no row: you have no value for ${column}`] };
  const list = [...new Set(values)].toSorted().map(quoteLiteral).join(", ");
  return { sql: [`${text} IN (${list})`], words: [`only rows whose ${column} is ${[...values].join(", ")}`] };
}

function attributeValues({ attributes }: Principal, name: string): string[] {
  const text = Object.hasOwn(attributes, name) ? (attributes[name] ?? "") : "";
  return text
    .split(",")
    .map((value) => value.trim())
    .filter((value) => value !== "");
}

/** The day of an instant, UTC, so many years and days earlier. */
function shifted(now: number, { years, days }: RowSpan): string {
  const at = new Date(now);
  at.setUTCFullYear(at.getUTCFullYear() - years);
  at.setUTCDate(at.getUTCDate() - days);
  return at.toISOString().slice(0, 10);
}
