import { expect, test } from "vitest";
import { timeOrderedId } from "./ids.ts";

const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("is a version 7 UUID of the RFC's variant", () => {
  for (let i = 0; i < 200; i++) expect(timeOrderedId(1_700_000_000_000 + i)).toMatch(shape);
});

test.each([[0], [1_700_000_000_000], [1_700_000_000_000.9], [2 ** 48 - 1]])("carries the instant %d", (now) => {
  const milliseconds = Number.parseInt(timeOrderedId(now).replaceAll("-", "").slice(0, 12), 16);
  expect(milliseconds).toBe(Math.floor(now));
});

test("sorts by creation as text", () => {
  const ids = [0, 1, 255, 256, 65_536, 1_700_000_000_000, 1_700_000_000_001].map(timeOrderedId);
  expect(ids.toSorted()).toEqual(ids);
});

test("differs within one millisecond", () => {
  expect(new Set(Array.from({ length: 1000 }, () => timeOrderedId(5))).size).toBe(1000);
});
