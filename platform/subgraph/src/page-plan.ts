import { columnType } from "./column-type.ts";
import { afterPlace, decodeCursor, orderFingerprint } from "./cursor.ts";
import { subgraphError } from "./errors.ts";
import { limits } from "./limits.ts";
import { type OrderInput, planOrder } from "./order-by.ts";
import { columnField, type TypeGraph } from "./product-graph.ts";
import type { OrderTerm, PagePlan, Predicate } from "./query-plan.ts";
import { planOutput } from "./row-output.ts";
import { type Selection, selected } from "./selection.ts";
import { columnNamed, type PlanContext, TableAccess } from "./table-access.ts";
import { type FilterInput, type FilterScope, planFilter } from "./where.ts";

/** Arguments of a connection field, coerced. */
export interface PageArguments {
  readonly where?: FilterInput | null;
  readonly orderBy?: readonly OrderInput[] | null;
  readonly first?: number | null;
  readonly after?: string | null;
}

/** Plans a connection field from what is selected below it. */
export function planPage(type: TypeGraph, selection: Selection, context: PlanContext): PagePlan {
  const args: PageArguments = selection.args;
  const access = new TableAccess(type.model, context.decide(type.model), "rows");
  const rowSelections = [
    ...selected(selection, "nodes"),
    ...selected(selection, "edges").flatMap((edge) => selected(edge, "node")),
  ];
  const output = planOutput(type, rowSelections, access);
  const rows = ["nodes", "edges", "pageInfo"].some((field) => selected(selection, field).length > 0);
  const order = rows ? planOrder(args.orderBy, access, (field) => columnField(type, field).column.name) : [];
  const after = rows ? planAfter(type, selection, order) : null;
  const where = planFilter(args.where, whereScope(type, access, context.now));
  const match = matchColumns(access, context.match);
  return {
    kind: "page",
    source: { table: access.reference(), shift: null, match, where },
    output,
    order,
    after,
    first: planFirst(args.first, limits.defaultFirst),
    rows,
    total: selected(selection, "totalCount").length > 0,
    cursor: showsCursors(selection),
  };
}

/** @throws MeshError `subgraph/page-too-large`, `subgraph/page-negative` */
export function planFirst(first: number | null | undefined, otherwise: number): number {
  const wanted = first ?? otherwise;
  if (wanted > limits.maxFirst) throw subgraphError["page-too-large"]({ first: wanted });
  if (wanted < 0) throw subgraphError["page-negative"]({ first: wanted });
  return wanted;
}

/** Reads `where` over the columns of a type. */
export function whereScope(type: TypeGraph, access: TableAccess, now: number): FilterScope {
  return {
    now,
    operands: (field, filter) => {
      const column = columnField(type, field).column.name;
      return [[{ column, type: access.require(column, "where") }, filter as FilterInput]];
    },
  };
}

export function matchColumns(access: TableAccess, names: readonly string[] | null) {
  return names?.map((name) => ({ name, sqlType: access.require(name, "the relationship").sqlType })) ?? null;
}

function planAfter({ model }: TypeGraph, { field, args }: Selection, order: readonly OrderTerm[]): Predicate | null {
  const after = args.after;
  if (after === null || after === undefined) return null;
  const fingerprint = orderFingerprint(model.id, order);
  const types = order.map(({ column }) => columnType(columnNamed(model, column)));
  return afterPlace(order, decodeCursor(String(after), { field, fingerprint, types }));
}

function showsCursors(selection: Selection): boolean {
  const inEdges = selected(selection, "edges").some((edge) => selected(edge, "cursor").length > 0);
  const inPageInfo = selected(selection, "pageInfo").flatMap(({ children }) => children);
  return inEdges || inPageInfo.some(({ field }) => field === "startCursor" || field === "endCursor");
}
