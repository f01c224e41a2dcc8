import { type ColumnFilter, filterPredicates } from "./column-filter.ts";
import type { ColumnType } from "./column-type.ts";
import { subgraphError } from "./errors.ts";
import { limits } from "./limits.ts";
import type { Predicate } from "./query-plan.ts";

/** A coerced `where` or `having` argument. */
export type FilterInput = Readonly<Record<string, unknown>>;

/** What a field of the filter input compares: a column of the source, or a measure of the groups. */
export interface Operand {
  /** Name of the column in scope. */
  readonly column: string;
  readonly type: ColumnType;
}

export interface FilterScope {
  /** The comparisons one field of the input stands for. */
  readonly operands: (field: string, value: unknown) => readonly (readonly [Operand, ColumnFilter])[];
  /** Epoch ms; what `withinLast` counts back from. */
  readonly now: number;
}

/**
 * Reads `{ and, or, not, <field>: <filter> }`; entries of one object must all hold.
 * @returns null when nothing is filtered
 * @throws MeshError `subgraph/where-too-deep`, `where-too-wide`, `null-operand` and those of the single comparisons
 */
export function planFilter(input: FilterInput | null | undefined, scope: FilterScope): Predicate | null {
  if (input === null || input === undefined) return null;
  const predicate = readObject(input, scope, 0);
  const predicates = leaves(predicate);
  if (predicates > limits.maxPredicates) throw subgraphError["where-too-wide"]({ predicates });
  return predicate.kind === "and" && predicate.of.length === 0 ? null : predicate;
}

function readObject(input: FilterInput, scope: FilterScope, depth: number): Predicate {
  if (depth > limits.maxWhereDepth) throw subgraphError["where-too-deep"]({ depth });
  const parts = Object.entries(input).flatMap(([field, value]) => readEntry(field, value, scope, depth));
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: "and", of: parts };
}

function readEntry(field: string, value: unknown, scope: FilterScope, depth: number): Predicate[] {
  if (value === null) throw subgraphError["null-operand"]({ operator: field });
  switch (field) {
    case "and":
    case "or":
      return [{ kind: field, of: (value as FilterInput[]).map((part) => readObject(part, scope, depth + 1)) }];
    case "not":
      return [{ kind: "not", of: readObject(value as FilterInput, scope, depth + 1) }];
    default:
      return scope.operands(field, value).flatMap(([operand, filter]) => filterPredicates(operand, filter, scope.now));
  }
}

function leaves(predicate: Predicate): number {
  switch (predicate.kind) {
    case "and":
    case "or":
      return predicate.of.reduce((sum, part) => sum + leaves(part), 0);
    case "not":
      return leaves(predicate.of);
    default:
      return 1;
  }
}
