import type { Purpose } from "@thoth/contract/read-purposes";
import { accessError } from "../errors.ts";
import type { AccessRequest } from "./request-agreement.ts";

const dayMs = 86_400_000;
/** How far in the past a beginning may lie: clocks differ, and people mean today. */
const latestStartMs = dayMs;
/** How far ahead it may lie: nobody knows what a contract and a study will be after that. */
const farthestStartMs = 366 * dayMs;

/** @throws MeshError `access/agreement-time` */
export function soundTimes(
  request: Pick<AccessRequest, "from" | "until">,
  { id, longestDays }: Purpose,
  now: number,
): { from: number; until: number } {
  const from = request.from ?? now;
  const until = request.until ?? from + longestDays * dayMs;
  const problem =
    from < now - latestStartMs
      ? "it would begin in the past"
      : from > now + farthestStartMs
        ? "it would begin more than a year from now"
        : until <= now || until <= from
          ? "it would end before it begins"
          : until - from > longestDays * dayMs
            ? `${id} is granted for ${longestDays} days at most`
            : undefined;
  if (problem !== undefined) throw accessError["agreement-time"]({ problem });
  return { from, until };
}
