import { boundList, boundValue } from "./bound-text.ts";
import type { ColumnType } from "./column-type.ts";
import { momentBefore, parseDuration } from "./duration.ts";
import { subgraphError } from "./errors.ts";
import { limits } from "./limits.ts";
import type { Comparison, Predicate, TextMatch } from "./query-plan.ts";
import type { Operand } from "./where.ts";

/** Operator → operand, as GraphQL coerced it. */
export type ColumnFilter = Readonly<Record<string, unknown>>;

const comparisons: Readonly<Record<string, Comparison>> = {
  eq: "=",
  ne: "is distinct from",
  gt: ">",
  gte: ">=",
  lt: "<",
  lte: "<=",
};

const matches: Readonly<Record<string, TextMatch>> = {
  contains: "contains",
  startsWith: "starts-with",
  endsWith: "ends-with",
  like: "like",
  iContains: "contains-ignoring-case",
};

/**
 * One predicate per operator; all must hold. Missing values: no comparison with a value is true of them, except `ne` and
 * `notIn`, which are the exact opposites of `eq` and `in`.
 */
export function filterPredicates(operand: Operand, filter: ColumnFilter, now: number): Predicate[] {
  return Object.entries(filter).map(([operator, value]) => {
    if (value === null) throw subgraphError["null-operand"]({ operator });
    return operatorPredicate(operand, operator, value, now);
  });
}

function operatorPredicate(operand: Operand, operator: string, value: unknown, now: number): Predicate {
  const { column, type } = operand;
  const comparison = comparisons[operator];
  if (comparison !== undefined)
    return { kind: "compare", column, operator: comparison, value: boundValue(type, value) };
  const how = matches[operator];
  if (how !== undefined) return { kind: "match", column, how, text: pattern(how, String(value)) };
  switch (operator) {
    case "in":
      return anyOf(column, type, value);
    case "notIn":
      return { kind: "not", of: anyOf(column, type, value) };
    case "isNull":
      return value === true ? { kind: "is-null", column } : { kind: "not", of: { kind: "is-null", column } };
    case "hasAny":
    case "hasAll":
      return hasItems(operand, operator === "hasAny" ? "any" : "all", value);
    case "withinLast":
      return withinLast(operand, String(value), now);
    default:
      throw new Error(`no operator ${operator}`);
  }
}

function anyOf(column: string, type: ColumnType, value: unknown): Predicate {
  const values = listOf(value);
  return values.length === 0 ? { kind: "or", of: [] } : { kind: "in", column, values: boundList(type, values) };
}

function hasItems({ column, type }: Operand, how: "any" | "all", value: unknown): Predicate {
  const values = listOf(value);
  if (type.item === undefined) throw new Error(`${column} is no list`);
  if (values.length > 0) return { kind: "has", column, how, values: boundList(type.item, values) };
  return how === "any" ? { kind: "or", of: [] } : { kind: "not", of: { kind: "is-null", column } };
}

/** From just after `now − duration` up to `now`; for dates, whole days in UTC. */
function withinLast({ column, type }: Operand, duration: string, now: number): Predicate {
  const interval = parseDuration(duration);
  if (interval === undefined) throw new Error(`${duration} passed the Duration scalar`);
  const at = (ms: number) => {
    const iso = new Date(ms).toISOString();
    return boundValue(type, type.kind === "date" ? iso.slice(0, 10) : iso);
  };
  return {
    kind: "and",
    of: [
      { kind: "compare", column, operator: ">", value: at(momentBefore(now, interval)) },
      { kind: "compare", column, operator: "<=", value: at(now) },
    ],
  };
}

function listOf(value: unknown): readonly unknown[] {
  const values = value as readonly unknown[];
  if (values.length > limits.maxListValues) throw subgraphError["too-many-values"]({ values: values.length });
  return values;
}

function pattern(how: TextMatch, text: string): string {
  const backslashes = /\\*$/.exec(text)?.[0].length ?? 0;
  if (how === "like" && backslashes % 2 === 1) throw subgraphError["like-pattern"]({ pattern: text });
  return text;
}
