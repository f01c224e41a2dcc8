import type { QueryEngine } from "@thoth/warehouse/query-engine";
import type { SqlNode } from "@thoth/warehouse/sql-tree";

/** A SELECT as the engine's parser sees it, with what we look at named. */
export interface SelectNode extends SqlNode {
  readonly modifiers: readonly SelectModifier[];
  readonly select_list: readonly (SqlNode & { readonly filter?: unknown })[];
  readonly from_table: TableNode;
  readonly where_clause: unknown;
  readonly group_sets: readonly unknown[];
  readonly group_expressions?: readonly unknown[];
  readonly aggregate_handling?: string;
  readonly having: unknown;
  readonly sample: unknown;
  readonly qualify: unknown;
}

export interface SelectModifier {
  readonly type: string;
  readonly distinct_on_targets?: readonly unknown[];
}

export interface TableNode extends SqlNode {
  readonly alias: string;
  readonly sample: unknown;
  readonly column_name_alias: readonly string[];
  readonly at_clause?: unknown;
}

/** @returns undefined for what is no plain SELECT */
export async function parseSelect(engine: QueryEngine, statement: string): Promise<SelectNode | undefined> {
  const [row] = await engine.query("select json_serialize_sql($1::varchar)::varchar as tree", [statement]);
  const tree = parseExactly(String(row?.tree)) as { readonly statements?: readonly { readonly node: SelectNode }[] };
  const node = tree.statements?.[0]?.node;
  return node?.type === "SELECT_NODE" ? node : undefined;
}

export async function printSelect(engine: QueryEngine, node: SelectNode): Promise<string> {
  const tree = { error: false, statements: [{ node, named_param_map: [] }] };
  const [row] = await engine.query("select json_deserialize_sql($1::json) as text", [JSON.stringify(tree)]);
  return String(row?.text);
}

/** Whether it is a number that stays as the parser wrote it, and must not be taken apart. */
export function isExactNumber(value: unknown): boolean {
  return exactJson.isRawJSON(value);
}

/** Node has these; the types of the language do not yet. */
const exactJson = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
};

/** JavaScript would write 100.0 as 100 and round what is beyond 2^53; to the engine those are other values. */
function parseExactly(text: string): unknown {
  return exactJson.parse(text, (_, value, { source }) =>
    typeof value === "number" && source !== undefined && source !== String(value) ? exactJson.rawJSON(source) : value,
  );
}
