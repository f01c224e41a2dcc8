/** A node of the plan that `explain (analyze, format json)` tells, as far as scans need it. */
export interface PlanNode {
  readonly operator_type: string;
  /** Rows that were read. */
  readonly operator_rows_scanned: number;
  /** Rows that passed on. */
  readonly operator_cardinality: number;
  readonly extra_info: Readonly<Record<string, unknown>>;
  readonly children: readonly PlanNode[];
}

/** The scans of tables in a plan, each before those below it. */
export function tableScans(plan: PlanNode): PlanNode[] {
  const below = plan.children.flatMap(tableScans);
  return plan.operator_type === "TABLE_SCAN" ? [plan, ...below] : below;
}
