import type { Decision } from "@thoth/access/decision";
import type { ColumnModel, ProductModel } from "@thoth/contract/product-model";
import { camelCase } from "@thoth/kernel/names";
import { columnType, isScalar } from "./column-type.ts";
import { afterPlace, type CursorPlace, decodeCursor, encodeCursor, orderFingerprint } from "./cursor.ts";
import { subgraphError } from "./errors.ts";
import { planOrder } from "./order-by.ts";
import type { QueryCost } from "./query-cost.ts";
import type { OrderTerm, Predicate, RowSource } from "./query-plan.ts";
import { columnNamed, TableAccess } from "./table-access.ts";
import { type FilterInput, planFilter } from "./where.ts";

/** What is wanted of a product's rows as a file. Columns go by the names of the contract. */
export interface FileQuestion {
  /** In this order; all that may be read when absent. */
  readonly select?: readonly string[] | undefined;
  /** As GraphQL has coerced it: fields, not columns. */
  readonly where?: FilterInput | undefined;
  readonly order?: readonly FileOrder[] | undefined;
  /** A cursor, of GraphQL or of a file before this one. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

export interface FileOrder {
  readonly column: string;
  readonly direction: OrderTerm["direction"];
}

/** Rows of one product in one order, before they are SQL. */
export interface FilePlan {
  readonly model: ProductModel;
  readonly decision: Decision;
  readonly columns: readonly ColumnModel[];
  readonly source: RowSource;
  readonly order: readonly OrderTerm[];
  readonly after: Predicate | null;
  readonly limit: number | null;
  /** Every column that the statements name, for those who write down what was read. */
  readonly reads: readonly string[];
}

export interface FileContext {
  readonly decision: Decision;
  /** Epoch ms; what `withinLast` counts back from. */
  readonly now: number;
  /** The columns that the state that is asked has; those of the contract when absent. */
  readonly held?: ReadonlySet<string> | undefined;
  /** Columns that are not shown unless they are named. */
  readonly leftOut?: ReadonlySet<string> | undefined;
}

/**
 * @throws MeshError `access/product-denied`, `access/aggregates-only`, `access/column-denied`, `subgraph/unknown-column`,
 *   and those of filters and cursors
 */
export function planFile(model: ProductModel, question: FileQuestion, context: FileContext): FilePlan {
  const { decision, now, held, leftOut } = context;
  const access = new TableAccess(model, decision, "rows");
  const there = model.columns.filter(({ name }) => held?.has(name) ?? true);
  const named = (name: string, use: string) => requireNamed(model, there, { name, use });
  const columns =
    question.select === undefined
      ? there.filter(({ name }) => access.may(name) && leftOut?.has(name) !== true)
      : [...new Set(question.select)].map((name) => named(name, "select"));
  for (const { name } of columns) access.require(name, "select");
  const order = planOrder(orderEntries(question.order, named), access, (column) => column);
  const used = new Set([...columns, ...order.map(({ column }) => ({ name: column }))].map(({ name }) => name));
  const where = planFilter(question.where, {
    now,
    operands: (field, filter) => {
      const column = model.columns.find(({ name }) => camelCase(name) === field)?.name ?? field;
      named(column, "where");
      used.add(column);
      return [[{ column, type: access.require(column, "where") }, filter as FilterInput]];
    },
  });
  const after = question.after === undefined ? null : afterPlace(order, placeOf(model, order, question.after));
  const source = { table: access.reference(), shift: null, match: null, where };
  return { model, decision, columns, source, order, after, limit: question.limit ?? null, reads: [...used] };
}

/** The cursor behind a row. */
export function cursorBehind({ model, order }: FilePlan, place: CursorPlace): string {
  return encodeCursor(orderFingerprint(model.id, order), place);
}

/** @param rowCount of the product */
export function costOfFile({ columns, reads, limit }: FilePlan, rowCount: number): QueryCost {
  return { scanned: rowCount * reads.length, written: Math.min(limit ?? rowCount, rowCount) * columns.length };
}

function orderEntries(order: readonly FileOrder[] = [], named: (name: string, use: string) => ColumnModel) {
  return order.map(({ column, direction }) => {
    const found = named(column, "order");
    if (!isScalar(columnType(found))) throw subgraphError["order-not-scalar"]({ column });
    return { [column]: direction };
  });
}

function requireNamed(
  { id }: ProductModel,
  there: readonly ColumnModel[],
  { name, use }: { readonly name: string; readonly use: string },
): ColumnModel {
  const found = there.find((column) => column.name === name);
  if (found !== undefined) return found;
  throw subgraphError["unknown-column"]({ product: id, column: name, use, known: there.map((column) => column.name) });
}

function placeOf(model: ProductModel, order: readonly OrderTerm[], after: string): CursorPlace {
  const types = order.map(({ column }) => columnType(columnNamed(model, column)));
  return decodeCursor(after, { field: "order", fingerprint: orderFingerprint(model.id, order), types });
}
