import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { BoundList, Predicate, TextMatch } from "./query-plan.ts";
import type { SqlParameters } from "./sql-parameters.ts";

const longestInlineList = 16;

/** A predicate as SQL over the columns in scope. */
export function predicateSql(predicate: Predicate, parameters: SqlParameters): string {
  switch (predicate.kind) {
    case "and":
      return junction(predicate.of, " AND ", "TRUE", parameters);
    case "or":
      return junction(predicate.of, " OR ", "FALSE", parameters);
    case "not":
      return `(${predicateSql(predicate.of, parameters)}) IS NOT TRUE`;
    default:
      return leafSql(predicate, parameters);
  }
}

type Leaf = Exclude<Predicate, { kind: "and" | "or" | "not" }>;

function leafSql(leaf: Leaf, parameters: SqlParameters): string {
  const column = quoteIdentifier(leaf.column);
  switch (leaf.kind) {
    case "is-null":
      return `${column} IS NULL`;
    case "compare":
      return `${column} ${leaf.operator.toUpperCase()} ${parameters.value(leaf.value)}`;
    case "in":
      return `${column} IN (${membersSql(leaf.values, parameters)})`;
    case "has":
      return `list_has_${leaf.how}(${column}, ${parameters.list(leaf.values)})`;
    case "match":
      return matchSql(column, leaf.how, parameters.text(leaf.text));
    default:
      return leaf satisfies never;
  }
}

/** Few values are a list of constants; many are a relation to join with, which one hash table answers. */
function membersSql(values: BoundList, parameters: SqlParameters): string {
  if (values.values.length > longestInlineList) return `SELECT unnest(${parameters.list(values)})`;
  return values.values.map((value) => parameters.value({ sqlType: values.sqlType, value })).join(", ");
}

function matchSql(column: string, how: TextMatch, text: string): string {
  switch (how) {
    case "contains":
      return `contains(${column}, ${text})`;
    case "starts-with":
      return `starts_with(${column}, ${text})`;
    case "ends-with":
      return `suffix(${column}, ${text})`;
    case "like":
      return `${column} LIKE ${text} ESCAPE '\\'`;
    case "contains-ignoring-case":
      return `contains(lower(${column}), lower(${text}))`;
    default:
      return how satisfies never;
  }
}

function junction(of: readonly Predicate[], word: string, empty: string, parameters: SqlParameters): string {
  if (of.length === 0) return empty;
  return of.map((part) => `(${predicateSql(part, parameters)})`).join(word);
}
