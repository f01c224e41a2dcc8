import { type Influences, noInfluences } from "./influence.ts";

/** What an operator of a plan yields, as far as it matters where it comes from. */
export interface PlanRelation {
  readonly columns: readonly PlanColumn[];
  /** What decides which rows there are, and how many times each. */
  readonly rows: Influences;
}

export interface PlanColumn {
  readonly influences: Influences;
  /** By which an expression may name the column instead of its position. */
  readonly binding?: string;
  /** Of an object that the query made: its fields, by name in lower case. Where they are not known, `influences` tells of all. */
  readonly fields?: ReadonlyMap<string, PlanColumn>;
}

/** The column as a whole, as where it is mixed with others. */
export function withoutFields({ fields: _, ...column }: PlanColumn): PlanColumn {
  return column;
}

export function bindingOf(tableIndex: number | undefined, columnIndex: number): string {
  return `${tableIndex}.${columnIndex}`;
}

/** Columns that an operator makes under an index of its own. */
export function boundColumns(influences: readonly Influences[], tableIndex: number | undefined): PlanColumn[] {
  return influences.map((entry, index) => ({ influences: entry, binding: bindingOf(tableIndex, index) }));
}

/** One row of nothing. */
export const noColumns: PlanRelation = { columns: [], rows: noInfluences };

/** What is known of the surroundings of an operator. */
export interface PlanScope {
  /** Common table expressions by their index. */
  readonly commonTables: ReadonlyMap<number, PlanRelation>;
  /** What a correlated subquery sees of the row outside. */
  readonly outerColumns: readonly PlanColumn[] | undefined;
}

export type ReadNode<Node> = (node: Node, scope: PlanScope) => PlanRelation;
