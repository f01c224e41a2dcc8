import { expect, test } from "vitest";
import { type Freshness, judgeFreshness } from "./freshness.ts";

const now = Date.UTC(2024, 1, 29, 12);
const hour = 3_600_000;

test.each<[string, number | undefined, number, Freshness]>([
  ["nothing was ever loaded", undefined, hour, { kind: "never-loaded" }],
  ["complete up to now", now, hour, { kind: "fresh", lagMs: 0 }],
  ["behind, within the promise", now - hour + 1, hour, { kind: "fresh", lagMs: hour - 1 }],
  ["exactly as far behind as promised", now - hour, hour, { kind: "fresh", lagMs: hour }],
  ["a millisecond too far behind", now - hour - 1, hour, { kind: "stale", lagMs: hour + 1, overMs: 1 }],
  ["far behind", now - 25 * hour, hour, { kind: "stale", lagMs: 25 * hour, overMs: 24 * hour }],
  ["ahead of our clock", now + 5_000, hour, { kind: "fresh", lagMs: 0 }],
  ["no lag allowed, and none there", now, 0, { kind: "fresh", lagMs: 0 }],
  ["no lag allowed, and some there", now - 1, 0, { kind: "stale", lagMs: 1, overMs: 1 }],
  ["loaded up to the beginning of time", 0, hour, { kind: "stale", lagMs: now, overMs: now - hour }],
])("%s", (_, watermark, maxLagMs, verdict) => {
  expect(judgeFreshness(watermark, maxLagMs, now)).toEqual(verdict);
});
