import type { MeshLineage } from "@thoth/pipeline/lineage";
import type { LineageDirection } from "@thoth/pipeline/lineage-edges";
import { columnId, type TableLineage } from "@thoth/pipeline/lineage-table";
import { downstreamSteps, type LineageNode, type LineageStep, upstreamSteps } from "@thoth/pipeline/lineage-walk";
import { formatTree, type TextTree } from "./text-tree.ts";

/** A column: where its value comes from or goes to, then what decides which rows there are. */
export function columnText(lineage: MeshLineage, node: LineageNode, direction: LineageDirection): string[] {
  const steps = stepsIn(lineage, direction);
  const values = formatTree(valueTree(node, `${idOf(node)}${typeOf(lineage, node)}`, steps, new Set()));
  return [...values, ...(direction === "upstream" ? decidedBy(lineage, node.table) : decides(steps(node)))];
}

/** A table: the tables it is made from, or that are made from it, then its columns one step far. */
export function tableText(lineage: MeshLineage, table: TableLineage, direction: LineageDirection): string[] {
  const tables = formatTree(tableTree(table.id, tablesIn(lineage, direction), new Set()));
  const steps = stepsIn(lineage, direction);
  const columns = table.columns.map(({ name }) =>
    columnLine(name, steps({ table: table.id, column: name }), direction),
  );
  return [...tables, "", "columns", ...columns, ...(direction === "upstream" ? decidedBy(lineage, table.id) : [])];
}

/** The mesh at a glance: each product, and the products and sources it is made from, or the products made from it. */
export function overviewText(
  lineage: MeshLineage,
  products: readonly TableLineage[],
  direction: LineageDirection,
): string[] {
  const nextOf = tablesIn(lineage, direction);
  return products.flatMap(({ id }) => {
    const parts = ends(lineage, id, nextOf).map((label) => ({ label, parts: [] }));
    return formatTree({ label: id, parts });
  });
}

type StepsOf = (node: LineageNode) => readonly LineageStep[];

function stepsIn(lineage: MeshLineage, direction: LineageDirection): StepsOf {
  return direction === "upstream" ? (node) => upstreamSteps(lineage, node) : downstreamSteps(lineage);
}

/** Follows the value; what only decides about it is named and not followed. What was shown before is not shown again. */
function valueTree(node: LineageNode, label: string, stepsOf: StepsOf, shown: Set<string>): TextTree {
  const id = idOf(node);
  const steps = stepsOf(node).filter(({ to }) => to.column !== undefined);
  if (shown.has(id) && steps.length > 0) return { label: `${label} …`, parts: [] };
  shown.add(id);
  const parts = byTarget(steps).map(({ to, words, isDirect }) => {
    const next = `${idOf(to)} (${words})`;
    return isDirect ? valueTree(to, next, stepsOf, shown) : { label: next, parts: [] };
  });
  return { label, parts };
}

function tableTree(id: string, nextOf: (id: string) => readonly string[], shown: Set<string>): TextTree {
  const next = nextOf(id);
  if (shown.has(id) && next.length > 0) return { label: `${id} …`, parts: [] };
  shown.add(id);
  return { label: id, parts: next.map((other) => tableTree(other, nextOf, shown)) };
}

function tablesIn(lineage: MeshLineage, direction: LineageDirection): (id: string) => readonly string[] {
  if (direction === "upstream") return (id) => lineage.get(id)?.reads ?? [];
  return (id) => [...lineage.values()].filter(({ reads }) => reads.includes(id)).map((table) => table.id);
}

function columnLine(name: string, steps: readonly LineageStep[], direction: LineageDirection): string {
  const columns = byTarget(steps.filter(({ to }) => to.column !== undefined));
  const told = columns.map(({ to, words }) => `${idOf(to)} (${words})`);
  return `  ${name} ${direction === "upstream" ? "←" : "→"} ${told.join(", ") || "–"}`;
}

function decidedBy(lineage: MeshLineage, table: string): string[] {
  const uses = upstreamSteps(lineage, { table, column: undefined }).filter(({ to }) => to.column !== undefined);
  return uses.length === 0 ? [] : ["", `which rows ${table} has`, ...linesOf(uses)];
}

function decides(steps: readonly LineageStep[]): string[] {
  const rows = steps.filter(({ to }) => to.column === undefined);
  return rows.length === 0 ? [] : ["", "decides which rows there are in", ...linesOf(rows)];
}

function linesOf(steps: readonly LineageStep[]): string[] {
  return byTarget(steps).map(({ to, words }) => `  ${idOf(to)} (${words})`);
}

interface Target {
  readonly to: LineageNode;
  /** All the ways in which it is used. */
  readonly words: string;
  readonly isDirect: boolean;
}

function byTarget(steps: readonly LineageStep[]): Target[] {
  return [...Map.groupBy(steps, ({ to }) => idOf(to)).values()].flatMap((uses) => {
    const [first] = uses;
    if (first === undefined) return [];
    const words = [...new Set(uses.map(wordsOf))].join(", ");
    return [{ to: first.to, words, isDirect: uses.some(({ kind }) => kind === "direct") }];
  });
}

/** The nearest products and sources, by whatever tables lie between. */
function ends(lineage: MeshLineage, product: string, nextOf: (id: string) => readonly string[]): string[] {
  const found = new Set<string>();
  const queue = [...nextOf(product)];
  for (const id of queue) {
    const layer = lineage.get(id)?.layer;
    if (layer === "raw" || layer === "clean") queue.push(...nextOf(id).filter((next) => !queue.includes(next)));
    else found.add(id);
  }
  return [...found].sort();
}

function wordsOf({ by, masking }: LineageStep): string {
  return `${by.toLowerCase().replace("_", " ")}${masking ? ", hashed" : ""}`;
}

function typeOf(lineage: MeshLineage, { table, column }: LineageNode): string {
  const type = lineage.get(table)?.columns.find(({ name }) => name === column)?.type;
  return type === undefined ? "" : `  ${type}`;
}

function idOf({ table, column }: LineageNode): string {
  return columnId(table, column);
}
