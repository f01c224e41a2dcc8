import type { Place } from "@thoth/kernel/mesh-error";
import { warehouseError } from "./errors.ts";

export interface DependencyNode {
  readonly id: string;
  /** Ids of nodes that must come first; ids that are no node of the list are taken as given. */
  readonly dependsOn: readonly string[];
  /** Where the dependencies are written, for the error. */
  readonly at?: Place;
}

/**
 * Orders nodes so that each comes after what it depends on; otherwise they keep the order they came in.
 * @throws MeshError `warehouse/cyclic-dependency` naming the whole cycle
 */
export function dependencyOrder(nodes: readonly DependencyNode[]): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  if (byId.size !== nodes.length) throw new Error("two nodes have the same id");
  const done = new Set<string>();
  for (const node of nodes) visit(node, byId, done, []);
  return [...done];
}

function visit(
  node: DependencyNode,
  byId: ReadonlyMap<string, DependencyNode>,
  done: Set<string>,
  path: readonly DependencyNode[],
): void {
  if (done.has(node.id)) return;
  const start = path.indexOf(node);
  if (start >= 0) throw cycleError([...path.slice(start), node]);
  for (const id of node.dependsOn) {
    const next = byId.get(id);
    if (next !== undefined) visit(next, byId, done, [...path, node]);
  }
  done.add(node.id);
}

function cycleError(cycle: readonly DependencyNode[]): Error {
  const at = cycle[0]?.at;
  return warehouseError["cyclic-dependency"]({ cycle: cycle.map((node) => node.id) }, at === undefined ? {} : { at });
}
