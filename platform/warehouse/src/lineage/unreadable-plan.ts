import { isPlanExpression, type PlanNode } from "./plan-node.ts";

/** A plan with an operator that lineage does not know, so that nothing certain can be said about what comes out of it. */
export class UnreadablePlan extends Error {
  /** UTF-8 byte offset in the text of the first thing in the operator that has one. */
  readonly offset: number | undefined;

  constructor(node: PlanNode) {
    super(`the engine's plan holds ${node.type}, which lineage does not know`);
    this.offset = firstOffset(node);
  }
}

function firstOffset(value: unknown): number | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const own = isPlanExpression(value) ? value.query_location : undefined;
  if (own !== undefined && Number.isSafeInteger(own)) return own;
  for (const part of Object.values(value)) {
    const offset = firstOffset(part);
    if (offset !== undefined) return offset;
  }
  return undefined;
}
