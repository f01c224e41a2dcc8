import { type InfluenceKind, isDirect } from "@thoth/warehouse/lineage/influence";
import { type ColumnUse, columnId, type TableLineage } from "./lineage-table.ts";

/** A column of a table, or, without one, which rows the table has. */
export interface LineageNode {
  /** Id of the table. */
  readonly table: string;
  readonly column: string | undefined;
}

export interface LineageStep {
  readonly to: LineageNode;
  /** Whether the value itself takes the step, or only decides about others. */
  readonly kind: "direct" | "indirect";
  /** `ROWS`: fewer rows there mean fewer rows, or other values, here. */
  readonly by: InfluenceKind | "ROWS";
  readonly masking: boolean;
}

export interface LineagePath {
  readonly end: LineageNode;
  /** `direct` when every step is. */
  readonly kind: "direct" | "indirect";
  /** Of all nodes, the first and the last included. */
  readonly ids: readonly string[];
}

type Tables = ReadonlyMap<string, TableLineage>;

/** What is made from a node, however far, by the shortest way; a direct way is preferred to a shorter indirect one. */
export function walkDownstream(tables: Tables, from: LineageNode): LineagePath[] {
  return walk(from, downstreamSteps(tables));
}

/** What a node is made from, however far, by the shortest way. */
export function walkUpstream(tables: Tables, from: LineageNode): LineagePath[] {
  return walk(from, (node) => upstreamSteps(tables, node));
}

/** What a node is made from at once. A column also depends on which rows its table has. */
export function upstreamSteps(tables: Tables, { table, column }: LineageNode): LineageStep[] {
  const found = tables.get(table);
  if (found === undefined) return [];
  if (column === undefined) return [...found.rows.from.map((use) => stepBy(use, use)), ...found.reads.map(rowsStep)];
  const own = found.columns.find(({ name }) => name === column)?.from ?? [];
  return [...own.map((use) => stepBy(use, use)), rowsStep(table)];
}

/** What is made from a node at once, for all nodes of the mesh. Fewer rows of a table mean fewer rows of what reads it. */
export function downstreamSteps(tables: Tables): (node: LineageNode) => readonly LineageStep[] {
  const steps = new Map<string, LineageStep[]>();
  const add = (from: LineageNode, step: LineageStep) => {
    const id = columnId(from.table, from.column);
    steps.set(id, [...(steps.get(id) ?? []), step]);
  };
  for (const { id, columns, rows, reads } of tables.values()) {
    for (const { name, from } of columns) for (const use of from) add(use, stepBy(use, { table: id, column: name }));
    for (const use of rows.from) add(use, stepBy(use, { table: id, column: undefined }));
    for (const read of reads) add({ table: read, column: undefined }, rowsStep(id));
  }
  return ({ table, column }) => steps.get(columnId(table, column)) ?? [];
}

function stepBy({ kind: by, masking }: ColumnUse, { table, column }: LineageNode): LineageStep {
  return { to: { table, column }, kind: isDirect(by) ? "direct" : "indirect", by, masking };
}

function rowsStep(table: string): LineageStep {
  return { to: { table, column: undefined }, kind: "indirect", by: "ROWS", masking: false };
}

/** Direct steps first, as far as they lead; then all steps, from everywhere. */
function walk(from: LineageNode, stepsOf: (node: LineageNode) => readonly LineageStep[]): LineagePath[] {
  const start: LineagePath = { end: from, kind: "direct", ids: [columnId(from.table, from.column)] };
  const found = new Map<string, LineagePath>([[columnId(from.table, from.column), start]]);
  for (const kinds of [["direct"], ["direct", "indirect"]]) {
    const queue = [...found.values()];
    for (const path of queue) {
      for (const step of stepsOf(path.end)) {
        const id = columnId(step.to.table, step.to.column);
        if (!kinds.includes(step.kind) || found.has(id)) continue;
        const kind = path.kind === "direct" ? step.kind : "indirect";
        const next: LineagePath = { end: step.to, kind, ids: [...path.ids, id] };
        found.set(id, next);
        queue.push(next);
      }
    }
  }
  found.delete(columnId(from.table, from.column));
  return [...found.values()];
}
