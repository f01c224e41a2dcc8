import { expect, test } from "vitest";
import { SlowReaders } from "./slow-readers.ts";

const minuteMs = 60_000;

function pauseOf(slow: SlowReaders, reader: string, now: number): string {
  try {
    slow.check(reader, now);
    return "none";
  } catch (failure) {
    return (failure as Error).message;
  }
}

test("whoever is slow pauses, each time twice as long, five minutes at most; others do not", () => {
  const slow = new SlowReaders(10_000);
  expect(pauseOf(slow, "by ada", 0)).toBe("none");
  let now = 0;
  for (const seconds of [10, 20, 40, 80, 160, 300, 300]) {
    slow.note("by ada", now);
    expect(pauseOf(slow, "by ada", now)).toContain(`for ${seconds} seconds`);
    expect(pauseOf(slow, "by bea", now)).toBe("none");
    now += seconds * 1000;
    expect(pauseOf(slow, "by ada", now - 1)).toContain("for 1 seconds");
    expect(pauseOf(slow, "by ada", now)).toBe("none");
  }
});

test("what was slow ten minutes ago is forgotten", () => {
  const slow = new SlowReaders(10_000);
  slow.note("by ada", 0);
  slow.note("by bea", 5 * minuteMs);
  const now = 10_000 + 10 * minuteMs;
  slow.note("by ada", now);
  expect(pauseOf(slow, "by ada", now)).toContain("for 10 seconds");
  slow.note("by bea", now);
  expect(pauseOf(slow, "by bea", now)).toContain("for 20 seconds");
});
