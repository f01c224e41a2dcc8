/**
 * An operator of the logical plan that `json_serialize_plan` yields, before optimisation. Names are resolved in it: a
 * reference is a position in the columns of the operator's children, one child behind the other. Only what lineage
 * needs is named; empty lists and absent values are left out by the engine.
 */
export interface PlanNode {
  readonly type: string;
  readonly children?: readonly PlanNode[];
  /** Of a list of rows: one list a row. */
  readonly expressions?: readonly PlanExpression[] | readonly (readonly PlanExpression[])[];
  readonly table_index?: number;
  /** Of a scan or a table function. */
  readonly name?: string;
  readonly names?: readonly string[];
  readonly column_indexes?: readonly { readonly index: number }[];
  readonly function_data?: { readonly catalog?: string; readonly schema?: string; readonly table?: string };
  /** Columns of its child that a table function in a lateral join hands through behind its own. */
  readonly projected_input?: readonly number[];
  readonly groups?: readonly PlanExpression[];
  readonly grouping_functions?: readonly (readonly number[])[];
  readonly projection_map?: readonly number[];
  readonly left_projection_map?: readonly number[];
  readonly right_projection_map?: readonly number[];
  readonly join_type?: string;
  readonly conditions?: readonly JoinCondition[];
  readonly condition?: PlanExpression;
  readonly predicate?: PlanExpression;
  readonly delim_flipped?: boolean;
  readonly duplicate_eliminated_columns?: readonly PlanExpression[];
  readonly chunk_types?: readonly unknown[];
  readonly expr_types?: readonly unknown[];
  readonly cte_index?: number;
  readonly key_targets?: readonly PlanExpression[];
  readonly distinct_targets?: readonly PlanExpression[];
  readonly order_by?: { readonly orders?: readonly PlanOrder[] };
  readonly orders?: readonly PlanOrder[];
  readonly limit_val?: LimitValue;
  readonly offset_val?: LimitValue;
  readonly bound_pivot?: { readonly group_count: number; readonly types: readonly unknown[] };
}

export interface JoinCondition {
  readonly left?: PlanExpression;
  readonly right?: PlanExpression;
  readonly comparison?: string;
}

export interface PlanOrder {
  readonly expression: PlanExpression;
}

interface LimitValue {
  readonly expression?: PlanExpression;
}

/** Further expressions stand in fields that differ by class; `expression-influences.ts` looks into all of them. */
export interface PlanExpression {
  readonly expression_class: string;
  readonly type: string;
  readonly alias?: string;
  /** UTF-8 byte offset in the text; 2^64-1 when the engine made the expression up. */
  readonly query_location?: number;
  /** Of a reference. */
  readonly index?: number;
  readonly binding?: { readonly table_index: number; readonly column_index: number };
  /** Of a function. */
  readonly name?: string;
  /** Of a function: its arguments. */
  readonly children?: readonly PlanExpression[];
  /** Of a constant. */
  readonly value?: { readonly value?: unknown };
  readonly return_type?: { readonly type_info?: { readonly child_types?: readonly { readonly first: string }[] } };
}

export function isPlanExpression(value: unknown): value is PlanExpression {
  return typeof value === "object" && value !== null && "expression_class" in value;
}
