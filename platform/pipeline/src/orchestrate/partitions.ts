import { pipelineError } from "../errors.ts";

export const partitionSizes = ["day", "week", "month"] as const;
export type PartitionSize = (typeof partitionSizes)[number];

/** A part of event time. Epoch ms, UTC; `until` is not in it. */
export interface Partition {
  /** `2026-01-31`, `2026-W05` or `2026-01`. */
  readonly key: string;
  readonly from: number;
  readonly until: number;
}

const dayMs = 86_400_000;
const mostPartitions = 1000;

/**
 * The parts of a range of days, in order. Weeks begin on Mondays; the first and the last part end where the range does.
 * @param range first and last day: `2026-01-01..2026-03-31`
 * @throws MeshError `pipeline/bad-range`
 */
export function partitionsOf(range: string, by: PartitionSize): Partition[] {
  const { from, until } = parseRange(range);
  const parts: Partition[] = [];
  for (let at = from; at < until; ) {
    const end = Math.min(endOf(at, by), until);
    parts.push({ key: keyOf(at, by), from: at, until: end });
    if (parts.length > mostPartitions)
      throw pipelineError["bad-range"]({ range, reason: `it has more than ${mostPartitions} ${by}s` });
    at = end;
  }
  return parts;
}

function parseRange(range: string): { from: number; until: number } {
  const [, first = "", last = ""] = /^(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)$/.exec(range) ?? [];
  const [from, end] = [first, last].map(parseDay);
  if (from === undefined || end === undefined)
    throw pipelineError["bad-range"]({ range, reason: "it is no range of days" });
  if (end < from) throw pipelineError["bad-range"]({ range, reason: "it ends before it begins" });
  return { from, until: end + dayMs };
}

/** Undefined for what no calendar has, such as 2026-02-30. */
function parseDay(text: string): number | undefined {
  const at = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text ? undefined : at;
}

function endOf(at: number, by: PartitionSize): number {
  if (by === "day") return at + dayMs;
  if (by === "week") return mondayOf(at) + 7 * dayMs;
  const day = new Date(at);
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 1);
}

function keyOf(at: number, by: PartitionSize): string {
  if (by !== "week") return new Date(at).toISOString().slice(0, by === "day" ? 10 : 7);
  // A week belongs to the year that its Thursday is in.
  const thursday = mondayOf(at) + 3 * dayMs;
  const year = new Date(thursday).getUTCFullYear();
  const week = Math.floor((thursday - Date.UTC(year, 0, 1)) / (7 * dayMs)) + 1;
  return `${year}-W${String(week).padStart(2, "0")}`;
}

function mondayOf(at: number): number {
  return at - ((new Date(at).getUTCDay() + 6) % 7) * dayMs;
}
