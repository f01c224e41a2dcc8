import { analyseSql } from "../analyse-sql.ts";
import { parseEngineError } from "../engine-errors.ts";
import { warehouseError } from "../errors.ts";
import type { QueryEngine } from "../query-engine.ts";
import { placeAt, type TextPlace } from "../sql-place.ts";
import { splitStatements } from "../sql-statements.ts";
import { type Influence, type Influences, influenceOf, type PlanUnknown, type UnknownInfluence } from "./influence.ts";
import type { PlanNode } from "./plan-node.ts";
import type { PlanRelation } from "./plan-relation.ts";
import { readPlan } from "./read-plan.ts";
import { UnreadablePlan } from "./unreadable-plan.ts";

/** Where the rows of a query come from. */
export interface QueryLineage {
  readonly file: string;
  /** The columns that the engine describes, in its order. */
  readonly columns: readonly ColumnLineage[];
  /** What decides which rows there are; every column depends on it. All of it is indirect. */
  readonly rows: Dependencies;
}

export interface ColumnLineage extends Dependencies {
  readonly column: string;
  /** As the engine spells it. */
  readonly type: string;
}

export interface Dependencies {
  readonly from: readonly Influence[];
  /** What could not be traced. Nothing is left out silently, and nothing is guessed. */
  readonly unknown: readonly UnknownInfluence[];
}

/**
 * Where each column of a query's result comes from. The engine itself binds every name (`*`, `USING`, `GROUP BY ALL`,
 * positions, aliases, common tables of one name), so only its plan has to be followed.
 * @param engine one that knows the tables which the query reads; they may be empty
 * @param file for the places in errors
 * @throws MeshError `warehouse/sql-syntax` and its like; `warehouse/statement-failed` when a name in it is unknown
 */
export async function columnLineage(engine: QueryEngine, sql: string, file: string): Promise<QueryLineage> {
  const { statement } = await analyseSql(engine, sql, file);
  const plan = await planOf(engine, sql, file);
  const described = await engine.query(`DESCRIBE ${statement}`);
  const relation = relationOf(plan, described.length);
  if (relation.columns.length !== described.length)
    throw new Error(
      `${file}: the plan has ${relation.columns.length} columns, the engine describes ${described.length}`,
    );
  const columns = described.map((row, index) => ({
    column: String(row.column_name),
    type: String(row.column_type),
    ...dependencies(relation.columns[index]?.influences ?? new Map(), sql),
  }));
  return { file, columns, rows: dependencies(relation.rows, sql) };
}

interface SerializedPlan {
  readonly error_message?: string;
  readonly position?: string;
  readonly plans?: readonly PlanNode[];
}

async function planOf(engine: QueryEngine, sql: string, file: string): Promise<PlanNode> {
  const serialize = "select json_serialize_plan($1::varchar, optimize := false, skip_null := true) as plan";
  const [{ plan } = {}] = await engine.query(serialize, [sql]);
  const { plans, position, error_message: message } = plan as SerializedPlan;
  if (plans?.[0] !== undefined) return plans[0];
  const at = { file, ...placeOf(sql, position === undefined ? undefined : Number(position)) };
  throw warehouseError["statement-failed"]({ reason: parseEngineError(message).message }, { at });
}

/** An operator that lineage does not know leaves every column unknown. */
function relationOf(plan: PlanNode, width: number): PlanRelation {
  try {
    return readPlan(plan);
  } catch (failure) {
    if (!(failure instanceof UnreadablePlan)) throw failure;
    const influences = influenceOf({ reason: failure.message, offset: failure.offset });
    return { columns: Array.from({ length: width }, () => ({ influences })), rows: influences };
  }
}

function dependencies(influences: Influences, sql: string): Dependencies {
  const from: Influence[] = [];
  const unknown: UnknownInfluence[] = [];
  for (const { from: source, kind, masking } of influences.values()) {
    if ("reason" in source) unknown.push({ reason: source.reason, ...placeOf(sql, source.offset) });
    else from.push({ from: source, kind, masking });
  }
  return { from, unknown };
}

function placeOf(sql: string, offset: PlanUnknown["offset"]): TextPlace {
  return offset === undefined || !Number.isSafeInteger(offset) ? startOf(sql) : placeAt(sql, offset);
}

function startOf(sql: string): TextPlace {
  const start = splitStatements(sql)[0]?.start ?? 0;
  return placeAt(sql, Buffer.byteLength(sql.slice(0, start), "utf8"));
}
