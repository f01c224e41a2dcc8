import type { ToldPlan } from "@thoth/pipeline/orchestrate/run-backfill";
import { countOf } from "./count-text.ts";

/** What a backfill goes on behind, and what it leaves as it is, a line each. */
export function backfillText({ left, doneBefore }: ToldPlan): string {
  const before = doneBefore === 0 ? [] : [`goes on behind ${countOf(doneBefore, "part")} that were loaded before`];
  return [...before, ...left.map((reason) => `left as it is: ${reason}`)].map((line) => `${line}\n`).join("");
}
