import type { Decision } from "./decision.ts";

/** Whether somebody is kept from rows, and so from what the engine knows or computes of them. */
export function hidesRows({ rowFilter, grouping }: Pick<Decision, "rowFilter" | "grouping">): boolean {
  return rowFilter !== null || grouping !== null;
}

/**
 * SELECT of the same rows, past which the engine moves nothing: a condition that stands outside is never evaluated on what
 * is left out inside, where its time, or its failing, would tell of it. Other columns than those asked for are not read.
 */
export function behindBarrier(select: string): string {
  return `${select} OFFSET 0`;
}

/**
 * SQL of the same value, of which the engine knows nothing before it reads it. It knows the least and the greatest value of
 * a stored column, hidden ones too: by them it answers at once what cannot be, and takes what a join or a first page looks
 * for back to the scan, past every barrier. It knows nothing of what comes out of a union, and making one copies nothing.
 */
export function untoldSql(value: string): string {
  return `union_extract(union_value(v := ${value}), 'v')`;
}
