import type { SqlNode } from "@thoth/warehouse/sql-tree";

type Tree = SqlNode & Readonly<Record<string, unknown>>;

/**
 * Names of a result's columns as Postgres would have given them: `count`, not `count_star()`. Programs look for them under
 * those names. What has a name of its own keeps it.
 * @param names as the engine gives them
 */
export function resultNames([statement]: readonly unknown[], names: readonly string[]): string[] {
  const list = firstSelect((statement as { readonly node?: Tree } | undefined)?.node)?.select_list;
  const items = Array.isArray(list) ? (list as readonly Tree[]) : [];
  // From there on nobody knows which column belongs to which expression.
  const spreading = items.findIndex(spreads);
  const known = spreading < 0 ? items : items.slice(0, spreading);
  return names.map((name, index) => givenName(known[index]) ?? name);
}

/** The columns of a UNION are called as those of its first part. */
function firstSelect(node: Tree | undefined): Tree | undefined {
  return node?.type === "SET_OPERATION_NODE" ? firstSelect(node.left as Tree) : node;
}

/** Whether it can become several columns. */
function spreads(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const node = value as Tree;
  if (node.class === "STAR" || node.function_name === "unnest") return true;
  return node.class !== "SUBQUERY" && Object.values(node).some(spreads);
}

function givenName(item: Tree | undefined): string | undefined {
  if (item === undefined || item.alias) return undefined;
  switch (item.class) {
    case "FUNCTION":
    case "WINDOW":
      return item.is_operator ? undefined : functionLabel(String(item.function_name));
    case "CAST":
      return castLabel(item.child as Tree | undefined);
    case "CASE":
      return "case";
    default:
      return item.type === "OPERATOR_COALESCE" ? "coalesce" : undefined;
  }
}

function castLabel(child: Tree | undefined): string | undefined {
  return child?.class === "COLUMN_REF" ? child.column_names?.at(-1) : givenName(child);
}

/** What the parser writes for what Postgres calls otherwise. */
const labels: Readonly<Record<string, string | undefined>> = {
  count_star: "count",
  quantile_cont: "percentile_cont",
  quantile_disc: "percentile_disc",
  list_value: "array",
  struct_pack: undefined,
};

function functionLabel(name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : name;
}
