import { expect, test } from "vitest";
import { placeAt, placeAtCharacter } from "./sql-place.ts";

test.each([
  ["select x", 7, 1, 8, "ASCII"],
  ["a\nb\nc", 4, 3, 1, "Unix lines"],
  ["a\r\nb\r\nc", 6, 3, 1, "Windows lines count once"],
  ["é x", 3, 1, 3, "two bytes are one column"],
  ["€ x", 4, 1, 3, "three bytes are one column"],
  ["😀 x", 5, 1, 4, "four bytes are the two UTF-16 units an editor counts"],
  ["é\r\n😀 ñ", 9, 2, 4, "all of it together"],
  ["ab", 99, 1, 3, "beyond the end is the end"],
])("%j at byte %d is %d:%d (%s)", (sql, offset, line, column) => {
  expect(placeAt(sql, offset)).toEqual({ line, column });
});

test.each([
  ["😀é x", 3, 1, 5],
  ["é\r\n😀 ñ", 5, 2, 4],
  ["ab", 99, 1, 3],
])("%j at character %d is %d:%d", (sql, offset, line, column) => {
  expect(placeAtCharacter(sql, offset)).toEqual({ line, column });
});
