import { expect, test } from "vitest";
import { parseCustomCheck } from "./custom-check.ts";

const thoth = (implementation: unknown, column?: string) =>
  parseCustomCheck({ engine: "thoth", implementation, ...(column !== undefined && { column }) });

test.each([
  [{ check: "rows", where: "a > 0" }, undefined, { kind: "rows", where: "a > 0" }],
  [{ check: "freshness", maxLagHours: 48 }, "at", { kind: "freshness", column: "at", maxLagHours: 48 }],
  [{ check: "anomaly", measure: "rowCount" }, undefined, { kind: "anomaly", measure: "rowCount" }],
  [
    { check: "anomaly", measure: "mean", threshold: 4 },
    "fee",
    { kind: "anomaly", measure: "mean", column: "fee", threshold: 4 },
  ],
])("%j is understood", (implementation, column, check) => {
  expect(thoth(implementation, column)).toEqual(check);
});

test.each([
  [undefined],
  ["rows"],
  [{ check: "magic" }],
  [{ check: "rows", where: " " }],
  [{ check: "freshness", maxLagHours: 48 }],
  [{ check: "freshness", column: "at", maxLagHours: 0 }],
  [{ check: "anomaly", measure: "mean" }],
  [{ check: "anomaly", measure: "rowCount", threshold: "8" }],
  [{ check: "toString" }],
])("%j is not", (implementation) => {
  expect(thoth(implementation)).toMatchObject({ problem: expect.stringContaining("does not understand") });
});

test("nor is what another engine is told", () => {
  expect(parseCustomCheck({ engine: "soda", implementation: {} })).toMatchObject({
    problem: "no engine soda runs here",
  });
});
