import fc from "fast-check";
import { expect, test } from "vitest";
import { longestDelayMs, planRetry } from "./plan-retry.ts";

const limits = { attempts: 4, firstDelayMs: 30_000 };

test.each(["schema", "quality", "consent", "policy"] as const)("a %s failure is not tried again", (failure) => {
  expect(planRetry(failure, 1, { limits, seed: "s" })).toEqual({
    kind: "give-up",
    reason: `a ${failure} failure does not pass by itself: it needs a correction`,
  });
});

test.each(["source", "system", "timeout"] as const)("a %s failure is tried again until the last attempt", (failure) => {
  const kinds = [1, 2, 3, 4].map((attempt) => planRetry(failure, attempt, { limits, seed: "s" }).kind);
  expect(kinds).toEqual(["retry", "retry", "retry", "give-up"]);
  expect(planRetry(failure, 4, { limits, seed: "s" })).toMatchObject({ reason: "all 4 attempts failed" });
  expect(planRetry(failure, 1, { limits: { ...limits, attempts: 1 }, seed: "s" })).toMatchObject({
    reason: "the only attempt failed",
  });
});

test("waits double up to the longest, spread by a quarter, the same for the same seed", () => {
  const waits = fc.record({
    attempt: fc.integer({ min: 1, max: 40 }),
    seed: fc.string(),
    firstDelayMs: fc.integer({ min: 1, max: 600_000 }),
  });
  fc.assert(
    fc.property(waits, ({ attempt, seed, firstDelayMs }) => {
      const plan = () => planRetry("source", attempt, { limits: { attempts: 100, firstDelayMs }, seed });
      const base = Math.min(firstDelayMs * 2 ** (attempt - 1), longestDelayMs);
      const { kind, delayMs = 0 } = plan() as { kind: string; delayMs?: number };
      expect(kind).toBe("retry");
      expect(delayMs).toBeGreaterThanOrEqual(Math.floor(base * 0.75));
      expect(delayMs).toBeLessThanOrEqual(Math.ceil(base * 1.25));
      expect(plan()).toEqual(plan());
    }),
  );
});

test("runs that failed together do not come back together", () => {
  const waits = Array.from({ length: 50 }, (_, index) => planRetry("source", 1, { limits, seed: `run ${index}` }));
  const delays = waits.map((plan) => (plan.kind === "retry" ? plan.delayMs : 0));
  expect(new Set(delays).size).toBeGreaterThan(45);
  expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(10_000);
});
