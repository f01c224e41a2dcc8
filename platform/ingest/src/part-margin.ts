import type { EventTimeRange } from "./connector.ts";

const dayMs = 86_400_000;

/**
 * A range that is asked of a source, a good day wider at both ends: what its own times mean, whether they carry an offset
 * and whether an end is included need not be known. What is beside the part is left out once it has been read.
 */
export function withMargin({ from, until }: EventTimeRange): EventTimeRange {
  return { from: from - dayMs - hourMs, until: until + dayMs + hourMs };
}

const hourMs = 3_600_000;

/** `2026-01-31 00:00:00`, UTC. */
export function sqlTime(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace("T", " ");
}
