import { expect, test } from "vitest";
import { shownLines, shownText } from "./shown-text.ts";

test.each([
  ["plain text, ünïcode and \u{1f600}", "plain text, ünïcode and \u{1f600}"],
  ["\u001b[2J\u009b\u007f", "\\u001b[2J\\u009b\\u007f"],
  ["one\ntwo\r\tthree", "one\\u000atwo\\u000d\\u0009three"],
  ["ab\u202edc\u2066\u200b\ufeff", "ab\\u202edc\\u2066\\u200b\\ufeff"],
  ["a\u2028b\u2029", "a\\u2028b\\u2029"],
  ["\u{e0041}\ud800", "\\u{e0041}\\ud800"],
])("%j is shown as %s", (text, shown) => {
  expect(shownText(text)).toBe(shown);
});

test("of several lines each further one is indented, and tabs stay", () => {
  expect(shownLines("one\ntwo\r\n\tthree\u001b\u2028", "  ")).toBe("one\n  two\n  \tthree\\u001b\\u2028");
});
