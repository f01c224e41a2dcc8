import { escapeHtml } from "@thoth/contract/export/escape-html";
import { expect, test } from "vitest";
import { spokenDuration, spokenMoment } from "./spoken-values.ts";

const minute = 60_000;
const hour = 60 * minute;

test.each([
  [0, "less than a minute"],
  [29_999, "less than a minute"],
  [minute, "1 min"],
  [119 * minute, "119 min"],
  [2 * hour, "2 h"],
  [26 * hour, "26 h"],
  [71 * hour, "71 h"],
  [72 * hour, "3 days"],
  [17 * 24 * hour, "17 days"],
])("%d ms is %s", (ms, text) => {
  expect(spokenDuration(ms)).toBe(text);
});

test("a moment is told to the minute, in UTC", () => {
  expect(spokenMoment(Date.parse("2026-03-01T23:59:59.999+02:00"))).toBe("2026-03-01 21:59");
});

test("no sign of HTML is left in a text", () => {
  expect(escapeHtml(`<a href="x">&'</a>`)).toBe("&lt;a href=&quot;x&quot;&gt;&amp;&#39;&lt;/a&gt;");
});
