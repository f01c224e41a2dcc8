import type { ProductModel } from "@thoth/contract/product-model";
import type { FieldMeaning, ProductGraph, ReverseField, TypeGraph } from "./product-graph.ts";
import { type Selection, selected } from "./selection.ts";

/** What answering a field takes at most, counted in values before anything is read. */
export interface QueryCost {
  /** Values that the engine looks at: rows of the tables times the columns that are needed of them. */
  readonly scanned: number;
  /** Values in the answer. */
  readonly written: number;
}

export const noCost: QueryCost = { scanned: 0, written: 0 };

export interface Statistics {
  readonly graph: ProductGraph;
  /** Rows of the product that is served now; undefined when nobody knows. */
  readonly rowsOf: (product: ProductModel) => number | undefined;
}

export function addCosts(costs: readonly QueryCost[]): QueryCost {
  return costs.reduce(
    (sum, { scanned, written }) => ({ scanned: sum.scanned + scanned, written: sum.written + written }),
    noCost,
  );
}

/** Rows as they are reached: how many, and whether each is another one. */
interface Rows {
  readonly count: number;
  readonly distinct: boolean;
}

const oneRow: Rows = { count: 1, distinct: true };

/** A field of the root, and how it finds its rows. */
interface RootSelection {
  readonly selection: Selection;
  /** Whether a key is looked for among all rows, as where some are hidden, and not in an index. */
  readonly isSearched: boolean;
}

/** Cost of `units(…)`, `unitsAggregate(…)` or `unitsByKey(…)`. */
export function rootCost(statistics: Statistics, type: TypeGraph, { selection, isSearched }: RootSelection): QueryCost {
  if (selection.typeName === type.model.typeName) {
    const columns = new Set([...type.model.key, ...columnsBelow(type, selection)]);
    const scanned = isSearched ? tableRows(statistics, type) * columns.size : type.model.key.length;
    return addCosts([{ scanned, written: 0 }, costOfRows(statistics, type, { selection, rows: oneRow })]);
  }
  return selection.typeName.endsWith("Connection")
    ? costOfPage(statistics, type, { selection, parents: null })
    : costOfGroups(statistics, type, { selection, parents: null });
}

/** Reading a value takes the engine about a tenth of writing one. */
export function effortOf({ scanned, written }: QueryCost): number {
  return scanned / 10 + written;
}

interface Reached {
  readonly selection: Selection;
  /** Rows whose related rows are meant; null at the root. */
  readonly parents: Rows | null;
}

function costOfPage(statistics: Statistics, type: TypeGraph, { selection, parents }: Reached): QueryCost {
  const first = Number(selection.args.first ?? 0);
  const rows = relatedRows(statistics, type, { first, parents });
  const lists = [...selected(selection, "nodes"), ...selected(selection, "edges")];
  const total = selected(selection, "totalCount").length;
  const inLists = lists.map((list) => {
    if (list.field === "nodes") return costOfRows(statistics, type, { selection: list, rows });
    const nodes = selected(list, "node");
    const shown = { scanned: 0, written: rows.count * leaves(list) };
    return addCosts([shown, ...nodes.map((node) => costOfRows(statistics, type, { selection: node, rows }))]);
  });
  const columns = new Set(lists.flatMap((list) => columnsBelow(type, list)));
  const scanned = tableRows(statistics, type) * (columns.size + filtered(selection) + total);
  return addCosts([{ scanned, written: (parents?.count ?? 1) * (1 + total) }, ...inLists]);
}

function costOfGroups(statistics: Statistics, type: TypeGraph, { selection, parents }: Reached): QueryCost {
  const { groupBy, bucket, first } = selection.args;
  const grouped = (Array.isArray(groupBy) && groupBy.length > 0) || (bucket !== undefined && bucket !== null);
  const most = grouped ? Number(first ?? 0) : 1;
  const groups = relatedRows(statistics, type, { first: most, parents: grouped ? parents : (parents ?? oneRow) });
  const measures = allLeaves(selection);
  return {
    scanned: tableRows(statistics, type) * (measures + filtered(selection)),
    written: groups.count * measures,
  };
}

function costOfRows(
  statistics: Statistics,
  type: TypeGraph,
  { selection, rows }: { readonly selection: Selection; readonly rows: Rows },
): QueryCost {
  return addCosts([
    { scanned: 0, written: rows.count * leaves(selection) },
    ...selection.children.map((child) =>
      costOfField(statistics, type.fields.get(child.field), { selection: child, rows }),
    ),
  ]);
}

function costOfField(
  statistics: Statistics,
  meaning: FieldMeaning | undefined,
  { selection, rows }: { readonly selection: Selection; readonly rows: Rows },
): QueryCost {
  if (meaning?.kind === "column" || selection.children.length === 0) return noCost;
  const target = meaning && statistics.graph.get(targetOf(meaning).typeName);
  // A field of a product's own code: what it does nobody knows, what it shows is written.
  if (meaning === undefined || target === undefined) return { scanned: 0, written: rows.count * allLeaves(selection) };
  switch (meaning.kind) {
    case "forward": {
      const columns = columnsBelow(target, selection).length;
      const scanned = tableRows(statistics, target) * (columns + meaning.to.length);
      // Several rows may refer to the same one, and each shows it.
      const referred = { count: rows.count, distinct: false };
      return addCosts([{ scanned, written: 0 }, costOfRows(statistics, target, { selection, rows: referred })]);
    }
    case "reverse":
      return costOfPage(statistics, target, { selection, parents: rows });
    case "reverse-aggregate":
      return costOfGroups(statistics, target, { selection, parents: rows });
    default:
      return meaning satisfies never;
  }
}

function targetOf(meaning: Exclude<FieldMeaning, { kind: "column" }>): ProductModel {
  return meaning.kind === "forward" ? meaning.target : (meaning satisfies ReverseField).source;
}

/** A row has one parent of each kind, so different parents share no rows. */
function relatedRows(
  { rowsOf }: Statistics,
  { model }: TypeGraph,
  { first, parents }: { readonly first: number; readonly parents: Rows | null },
): Rows {
  const all = rowsOf(model) ?? Number.POSITIVE_INFINITY;
  if (parents === null) return { count: Math.min(first, all), distinct: true };
  const each = Math.min(first, all);
  return parents.distinct
    ? { count: Math.min(parents.count * each, Math.max(all, parents.count)), distinct: true }
    : { count: parents.count * each, distinct: false };
}

function tableRows({ rowsOf }: Statistics, { model }: TypeGraph): number {
  return rowsOf(model) ?? 0;
}

function leaves({ children }: Selection): number {
  return children.filter((child) => child.children.length === 0).length;
}

function allLeaves(selection: Selection): number {
  return (
    leaves(selection) +
    selection.children.reduce((sum, child) => sum + (child.children.length === 0 ? 0 : allLeaves(child)), 0)
  );
}

function columnsBelow(type: TypeGraph, selection: Selection): string[] {
  return selection.children.flatMap((child) => {
    const meaning = type.fields.get(child.field);
    if (meaning?.kind === "column") return [meaning.column.name];
    return child.field === "node" ? columnsBelow(type, child) : [];
  });
}

/** Columns that conditions and orders look at, about. */
function filtered({ args }: Selection): number {
  return (
    Object.keys((args.where as object | null | undefined) ?? {}).length +
    (Array.isArray(args.orderBy) ? args.orderBy.length : 0)
  );
}
