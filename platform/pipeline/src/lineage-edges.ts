import type { InfluenceKind, UnknownInfluence } from "@thoth/warehouse/lineage/influence";
import { columnId, type TableLineage } from "./lineage-table.ts";
import { downstreamSteps, type LineageNode, type LineageStep, upstreamSteps } from "./lineage-walk.ts";

/** That one thing is made from another, as programs read it. Ids are those of columns, or of tables: which rows there are. */
export interface LineageEdge {
  readonly from: string;
  readonly to: string;
  /** OpenLineage's word; `ROWS`: fewer rows there mean fewer rows, or other values, here. */
  readonly kind: InfluenceKind | "ROWS";
  readonly masking: boolean;
}

/** A part of the mesh that could not be traced. */
export interface UntracedPart extends UnknownInfluence {
  /** Id of the column or table. */
  readonly of: string;
  readonly file: string | undefined;
}

type Tables = ReadonlyMap<string, TableLineage>;

export type LineageDirection = "upstream" | "downstream";

/** Every step that leads to these nodes, or away from them, however far; each once, the nearest first. */
export function edgesFrom(tables: Tables, starts: readonly LineageNode[], direction: LineageDirection): LineageEdge[] {
  const stepsOf =
    direction === "upstream" ? (node: LineageNode) => upstreamSteps(tables, node) : downstreamSteps(tables);
  const queue = [...starts];
  const seen = new Set(queue.map(idOf));
  const edges: LineageEdge[] = [];
  for (const node of queue) {
    for (const step of stepsOf(node)) {
      edges.push(edgeOf(node, step, direction));
      if (seen.has(idOf(step.to))) continue;
      seen.add(idOf(step.to));
      queue.push(step.to);
    }
  }
  return edges;
}

/** What is unknown of the nodes that the edges name. */
export function untracedOf(
  tables: Tables,
  edges: readonly LineageEdge[],
  starts: readonly LineageNode[],
): UntracedPart[] {
  const named = new Set([...starts.map(idOf), ...edges.flatMap(({ from, to }) => [from, to])]);
  return [...tables.values()].flatMap(({ id, file, columns, rows }) =>
    [...columns.map((column) => ({ of: columnId(id, column.name), ...column })), { of: id, ...rows }]
      .filter(({ of }) => named.has(of))
      .flatMap(({ of, unknown }) => unknown.map((part) => ({ of, file, ...part }))),
  );
}

function edgeOf(node: LineageNode, { to, by: kind, masking }: LineageStep, direction: LineageDirection): LineageEdge {
  const [from, target] = direction === "upstream" ? [idOf(to), idOf(node)] : [idOf(node), idOf(to)];
  return { from, to: target, kind, masking };
}

function idOf({ table, column }: LineageNode): string {
  return columnId(table, column);
}
