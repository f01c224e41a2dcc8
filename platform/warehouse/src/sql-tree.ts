/** A node of the tree that `json_serialize_sql` yields. Only the fields that the walker looks at are named. */
export interface SqlNode {
  readonly type?: string;
  readonly class?: string;
  /** UTF-8 byte offset; 2^64-1 when the parser made the node up. */
  readonly query_location?: number;
  readonly catalog_name?: string | null;
  readonly schema_name?: string | null;
  readonly table_name?: string | null;
  readonly function_name?: string | null;
  readonly catalog?: string | null;
  readonly schema?: string | null;
  readonly is_operator?: boolean;
  readonly column_names?: readonly string[];
  readonly function?: SqlNode;
  readonly cte_map?: { readonly map?: readonly CommonTable[] };
}

interface CommonTable {
  readonly key: string;
  readonly value: { readonly query: { readonly node: SqlNode } };
}

/** Called for each node of its kind, in the order of the tree. Return values are ignored. */
export interface SqlVisitor {
  /** A table, view or file named in a FROM clause; names of common table expressions in scope are left out. */
  table?(node: SqlNode): void;
  /** `FROM f(…)`; the node is the function's. */
  tableFunction?(node: SqlNode): void;
  /** A scalar function, aggregate, window function, operator or macro. */
  scalarFunction?(node: SqlNode): void;
  column?(node: SqlNode): void;
  /** `DESCRIBE`, `SUMMARIZE` and `SHOW`, which parse as queries. */
  show?(node: SqlNode): void;
}

type Scope = ReadonlySet<string>;

/** Walks a statement's tree and keeps account of which names are common table expressions where. */
export function walkSqlTree(statement: unknown, visitor: SqlVisitor): void {
  walk(statement, new Set(), visitor);
}

function walk(value: unknown, scope: Scope, visitor: SqlVisitor): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, scope, visitor);
  } else if (typeof value === "object" && value !== null) {
    walkNode(value as SqlNode, scope, visitor);
  }
}

function walkNode(node: SqlNode, scope: Scope, visitor: SqlVisitor): void {
  if (node.type === "TABLE_FUNCTION") {
    walkTableFunction(node, scope, visitor);
    return;
  }
  visit(node, scope, visitor);
  const inner = "cte_map" in node ? walkCommonTables(node, scope, visitor) : scope;
  for (const [field, value] of Object.entries(node)) if (field !== "cte_map") walk(value, inner, visitor);
}

function visit(node: SqlNode, scope: Scope, visitor: SqlVisitor): void {
  if (node.type === "BASE_TABLE") {
    if (!isCommonTable(node, scope)) visitor.table?.(node);
  } else if (node.type === "SHOW_REF") visitor.show?.(node);
  else if (node.class === "FUNCTION" || node.class === "WINDOW") visitor.scalarFunction?.(node);
  else if (node.class === "COLUMN_REF") visitor.column?.(node);
}

function walkTableFunction(node: SqlNode, scope: Scope, visitor: SqlVisitor): void {
  const call = node.function;
  if (call?.class !== "FUNCTION") throw new Error(`unknown table function node ${String(call?.class)}`);
  visitor.tableFunction?.(call);
  walk({ ...call, class: "ARGUMENTS" }, scope, visitor);
  walk({ ...node, type: "FROM_FUNCTION", function: null }, scope, visitor);
}

/** Each expression sees those before it; a recursive one sees itself; a plain one of the same name sees the outer. */
function walkCommonTables(node: SqlNode, scope: Scope, visitor: SqlVisitor): Scope {
  const inner = new Set(scope);
  for (const { key, value } of node.cte_map?.map ?? []) {
    const name = key.toLowerCase();
    const recursive = value.query.node.type === "RECURSIVE_CTE_NODE";
    walk(value, recursive ? new Set([...inner, name, `recurring.${name}`]) : new Set(inner), visitor);
    inner.add(name);
  }
  return inner;
}

function isCommonTable(node: SqlNode, scope: Scope): boolean {
  const schema = String(node.schema_name ?? "").toLowerCase();
  const table = String(node.table_name).toLowerCase();
  if (node.catalog_name) return false;
  return scope.has(schema === "" ? table : `${schema}.${table}`);
}
