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
  const itemOf = expressionOf(items, names.length);
  return names.map((name, index) => {
    const item = itemOf(index);
    // What stands for several columns, or has a name, is called as the engine calls it.
    if (item === undefined || aliasOf(item) !== undefined || references.has(String(item.class)))
      return inWordsOfReader(name);
    return labelOf(item)?.name ?? "?column?";
  });
}

const references: ReadonlySet<string> = new Set(["COLUMN_REF", "POSITIONAL_REFERENCE"]);

/** Which expression a column comes from: between two that become several columns nobody knows. */
function expressionOf(items: readonly Tree[], columns: number): (index: number) => Tree | undefined {
  const first = items.findIndex(spreads);
  if (first < 0) return (index) => items[index];
  const last = items.findLastIndex(spreads);
  return (index) => {
    const fromEnd = items.length - columns + index;
    return index < first ? items[index] : fromEnd > last ? items[fromEnd] : undefined;
  };
}

/** A name that the engine has made from an expression tells which view it reads: the schema that views are in is nobody's. */
export function inWordsOfReader(name: string): string {
  return name.replace(/\bs_\d+\.(?=\w+\.\w)/g, "");
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

/** How a column is called: after a column or function that it is made of, or else, when nothing better is known, after a type. */
interface Label {
  readonly name: string;
  readonly isOwn: boolean;
}

const own = (name: string | undefined): Label | undefined => (name === undefined ? undefined : { name, isOwn: true });

/** @source PostgreSQL, `FigureColname` */
function labelOf(item: Tree | undefined): Label | undefined {
  switch (item?.class) {
    case "COLUMN_REF":
      return own(item.column_names?.at(-1));
    case "FUNCTION":
    case "WINDOW":
      return own(functionLabel(item));
    case "CAST":
      return castLabel(item);
    case "COLLATE":
      return labelOf(item.child as Tree | undefined);
    case "CASE":
      return caseLabel(labelOf(item.else_expr as Tree | undefined));
    case "SUBQUERY":
      return subqueryLabel(item);
    case "OPERATOR":
      return operatorLabel(item);
    default:
      return undefined;
  }
}

function operatorLabel({ type, children }: Tree): Label | undefined {
  const [operand, key] = Array.isArray(children) ? (children as readonly Tree[]) : [];
  if (type === "ARRAY_EXTRACT") return labelOf(operand);
  if (type === "STRUCT_EXTRACT") return own(textOf(key));
  return own(operatorLabels[type ?? ""]);
}

function textOf(constant: Tree | undefined): string | undefined {
  const { value } = (constant?.value ?? {}) as { readonly value?: unknown };
  return typeof value === "string" ? value : undefined;
}

function castLabel({ child, cast_type: type }: Tree): Label | undefined {
  const inner = labelOf(child as Tree | undefined);
  if (inner?.isOwn === true) return inner;
  const name = typeLabel(type as CastType | undefined);
  return name === undefined ? inner : { name, isOwn: false };
}

function caseLabel(otherwise: Label | undefined): Label {
  return otherwise?.isOwn === true ? otherwise : { name: "case", isOwn: false };
}

/** One that stands for a value is called as the column that it has. */
function subqueryLabel({ subquery_type: kind, subquery }: Tree): Label | undefined {
  if (kind === "EXISTS") return own("exists");
  if (kind !== "SCALAR") return undefined;
  const list = firstSelect((subquery as { readonly node?: Tree } | undefined)?.node)?.select_list;
  const [item] = Array.isArray(list) ? (list as readonly Tree[]) : [];
  return item === undefined || spreads(item) ? undefined : own(aliasOf(item) ?? labelOf(item)?.name);
}

function aliasOf({ alias }: Tree): string | undefined {
  return typeof alias === "string" && alias !== "" ? alias : undefined;
}

interface CastType {
  readonly id: string;
  readonly type_info?: { readonly name?: string; readonly child_type?: CastType } | null;
}

/** Of a list, as its elements'. */
function typeLabel(type: CastType | undefined): string | undefined {
  const { name, child_type: element } = type?.type_info ?? {};
  if (element !== undefined) return typeLabel(element);
  return typeLabels[type?.id ?? ""] ?? (type?.id === "UNBOUND" ? name : undefined);
}

const typeLabels: Readonly<Record<string, string | undefined>> = {
  BOOLEAN: "bool",
  TINYINT: "int2",
  SMALLINT: "int2",
  INTEGER: "int4",
  BIGINT: "int8",
  FLOAT: "float4",
  DOUBLE: "float8",
  DECIMAL: "numeric",
  VARCHAR: "text",
  BLOB: "bytea",
  BIT: "bit",
  DATE: "date",
  TIME: "time",
  "TIME WITH TIME ZONE": "timetz",
  TIMESTAMP: "timestamp",
  "TIMESTAMP WITH TIME ZONE": "timestamptz",
  INTERVAL: "interval",
  UUID: "uuid",
};

const operatorLabels: Readonly<Record<string, string | undefined>> = {
  OPERATOR_COALESCE: "coalesce",
  ARRAY_CONSTRUCTOR: "array",
};

/** What the parser writes for what Postgres calls otherwise. */
const labels: Readonly<Record<string, string | undefined>> = {
  count_star: "count",
  quantile_cont: "percentile_cont",
  quantile_disc: "percentile_disc",
  list_value: "array",
  struct_pack: undefined,
};

function functionLabel({ is_operator: isOperator, function_name: said }: Tree): string | undefined {
  const name = String(said);
  if (isOperator || !/^\w/.test(name)) return undefined;
  return Object.hasOwn(labels, name) ? labels[name] : name;
}
