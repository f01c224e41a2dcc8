import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { intervalSql, momentBefore, parseDuration } from "./duration.ts";
import { openTestEngine, type TestEngine } from "./fixtures/engine.ts";

let engine: TestEngine;
beforeAll(async () => {
  engine = await openTestEngine([]);
});
afterAll(async () => engine[Symbol.asyncDispose]());

test.each([
  ["P12W", { months: 0, days: 84, micros: 0 }],
  ["P1Y6M", { months: 18, days: 0, micros: 0 }],
  ["P1DT2H3M4.5S", { months: 0, days: 1, micros: 7_384_500_000 }],
  ["PT36H", { months: 0, days: 0, micros: 129_600_000_000 }],
  ["P0D", { months: 0, days: 0, micros: 0 }],
  ["P", undefined],
  ["PT", undefined],
  ["P1S", undefined],
  ["-P1D", undefined],
  ["P1.5D", undefined],
  ["1D", undefined],
])("%s", (text, interval) => {
  expect(parseDuration(text)).toEqual(interval);
});

test.each([
  ["2026-03-31T10:00:00Z", "P1M", "2026-02-28T10:00:00Z"],
  ["2024-02-29T00:00:00Z", "P1Y", "2023-02-28T00:00:00Z"],
  ["2026-03-01T00:00:00Z", "P1D", "2026-02-28T00:00:00Z"],
  ["2026-01-15T00:00:00Z", "P13M2W", "2024-12-01T00:00:00Z"],
  ["2026-01-01T00:30:00Z", "PT1H", "2025-12-31T23:30:00Z"],
])("%s less %s is %s", (now, duration, before) => {
  const interval = parseDuration(duration);
  expect(interval && momentBefore(Date.parse(now), interval)).toBe(Date.parse(before));
});

test("goes back as the engine does", async () => {
  const part = (max: number) => fc.integer({ min: 0, max });
  const cases = fc.sample(fc.tuple(fc.integer({ min: 0, max: 4e12 }), part(40), part(400), part(1e9)), {
    numRuns: 60,
    seed: 7,
  });
  for (const [now, months, days, ms] of cases) {
    const interval = { months, days, micros: ms * 1000 };
    const sql = `select epoch_ms(make_timestamp($1::bigint * 1000) - to_months(${months}) - to_days(${days}) - to_microseconds(${ms * 1000})) as at, make_timestamp(0) + ${intervalSql(interval)} as forward`;
    const [row] = await engine.query(sql, [String(now)]);
    expect(momentBefore(now, interval)).toBe(Number(row?.at));
    expect(Date.parse(String(row?.forward))).toBeGreaterThanOrEqual(0);
  }
});
