import { requestEntry } from "./log-line.ts";
import { hourMs, type Instant } from "./melbourne-time.ts";
import type { SampleWorld } from "./sample-world.ts";

const everyMs = 2 * hourMs;
const monitorIp = "10.8.0.2";

/** A monitor asks the API for its settings day and night, so that even a quiet week leaves a log. */
export function watchUptime(world: SampleWorld, from: Instant, until: Instant): void {
  for (let at = from; at < until; at += everyMs) world.log.add(requestEntry(at, monitorIp, "GET", "/api/settings"));
}
