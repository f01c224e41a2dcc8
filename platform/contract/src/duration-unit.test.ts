import { expect, test } from "vitest";
import { durationMs } from "./duration-unit.ts";

const hour = 3_600_000;

test.each([
  [2, "d", 48 * hour],
  [1, "Day", 24 * hour],
  ["4", " days ", 96 * hour],
  [1.5, "h", 1.5 * hour],
  [30, "m", hour / 2],
  [30, "minutes", hour / 2],
  [45, "s", 45_000],
  [250, "ms", 250],
  [2, "weeks", 14 * 24 * hour],
  [3, "months", 90 * 24 * hour],
  [1, "y", 365 * 24 * hour],
  [99.9, "%", undefined],
  [4, undefined, undefined],
  ["", "d", undefined],
  ["soon", "d", undefined],
  [Number.POSITIVE_INFINITY, "d", undefined],
  [true, "d", undefined],
  [1, "constructor", undefined],
])("%j %s is %s ms", (value, unit, expected) => expect(durationMs(value, unit)).toBe(expected));
