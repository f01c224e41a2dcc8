import { seededRandom } from "@thoth/testing/random";
import { expect, test } from "vitest";
import { classDiary, deskDiary, type MarkingSlot } from "./marking-diary.ts";
import { dayMs, dayOf, hourMs, instantAt, minuteMs } from "./melbourne-time.ts";

const from = Date.parse("2025-05-05T00:00:00Z");
const horizon = from + 28 * dayMs;

function takeMany(diary: ReturnType<typeof deskDiary>, count: number): MarkingSlot[] {
  return Array.from({ length: count }, (_, index) => diary.take(from + (index % 10) * dayMs, horizon)).filter(
    (slot) => slot !== undefined,
  );
}

test("within a session assessments follow each other at less than a quarter of an hour", () => {
  const slots = takeMany(deskDiary(seededRandom(1), "10.1.1.1"), 400);
  const bySession = Map.groupBy(slots, (slot) => slot.session);
  expect(bySession.size).toBeGreaterThan(5);
  for (const [session, taken] of bySession) {
    const times = [session.startedAt, ...taken.map((slot) => slot.at)];
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(0);
    expect(Math.max(...gaps)).toBeLessThan(15 * minuteMs);
    expect(times.at(-1)).toBeLessThanOrEqual(session.startedAt + 3 * hourMs);
  }
});

test("nothing is taken before it was asked for, nor after the horizon", () => {
  const diary = deskDiary(seededRandom(2), "10.1.1.1");
  const asked = from + 3 * dayMs + 7 * hourMs;
  expect(diary.take(asked, horizon)?.at).toBeGreaterThan(asked);
  expect(diary.take(horizon + dayMs, horizon)).toBeUndefined();
  expect(diary.sessions.map((session) => session.assessments)).toEqual([1]);
});

test("a class meets on its weekday, from its hour until it is over", () => {
  const meeting = { weekday: 3, timeMs: 14.5 * hourMs, durationMs: 2 * hourMs };
  const slots = takeMany(classDiary(seededRandom(3), meeting, "10.8.1.1"), 90);
  for (const { at } of slots) {
    const starts = instantAt(dayOf(at), meeting.timeMs);
    expect(new Date(dayOf(at)).getUTCDay()).toBe(3);
    expect(at - starts).toBeGreaterThan(0);
    expect(at - starts).toBeLessThanOrEqual(2 * hourMs);
  }
  expect(new Set(slots.map(({ at }) => dayOf(at))).size).toBeGreaterThan(1);
});
