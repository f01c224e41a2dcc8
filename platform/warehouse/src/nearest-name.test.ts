import { expect, test } from "vitest";
import { nearestName } from "./nearest-name.ts";

test.each<[string, readonly string[], string | undefined]>([
  ["titel", ["price", "title"], "title"],
  ["pagse", ["pages", "page"], "pages"],
  ["boks", ["visits", "books"], "books"],
  ["TITLE", ["title"], "title"],
  ["titles", ["title", "titled"], "title"],
  ["secret", ["size", "reader"], undefined],
  ["ab", ["ba"], undefined],
  ["", ["a"], undefined],
  ["a".repeat(101), ["a".repeat(100)], undefined],
  ["", [], undefined],
])("%s of %j is probably %s", (wrong, names, nearest) => {
  expect(nearestName(wrong, names)).toBe(nearest);
});
