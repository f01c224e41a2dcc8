import type { Random } from "@thoth/testing/random";
import type { DatabaseDump } from "./database-dump.ts";
import type { DateText } from "./date-text.ts";
import type { FaultPlan, FaultTally } from "./fault-plan.ts";
import type { LogBook } from "./log-book.ts";
import type { Instant } from "./melbourne-time.ts";
import type { WebTraffic } from "./web-traffic.ts";

/** What everything that happens is written to, and drawn from. */
export interface SampleWorld {
  readonly asOf: Instant;
  readonly random: Random;
  readonly dates: DateText;
  readonly dump: DatabaseDump;
  readonly log: LogBook;
  readonly traffic: WebTraffic;
  readonly plan: FaultPlan;
  readonly tally: FaultTally;
}

/** `created_at` and `updated_at`; nothing was written later than the sample's end. */
export function stamps(world: SampleWorld, createdAt: Instant, updatedAt = createdAt) {
  const text = (at: Instant) => world.dates.instant(Math.min(at, world.asOf));
  return { created_at: text(createdAt), updated_at: text(updatedAt) };
}
