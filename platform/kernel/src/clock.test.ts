import { expect, test } from "vitest";
import { systemClock } from "./clock.ts";

test("reads whole epoch milliseconds", () => {
  const before = Date.now();
  const now = systemClock();
  expect(Number.isInteger(now)).toBe(true);
  expect(now - before).toBeGreaterThanOrEqual(0);
});
