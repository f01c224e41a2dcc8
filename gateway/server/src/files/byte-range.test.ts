import { expect, test } from "vitest";
import { isStillMeant, parseRange } from "./byte-range.ts";

test.each([
  [undefined, 10, "whole"],
  ["bytes=0-3", 10, { start: 0, end: 3 }],
  ["bytes=4-", 10, { start: 4, end: 9 }],
  ["bytes=-3", 10, { start: 7, end: 9 }],
  ["bytes=-30", 10, { start: 0, end: 9 }],
  ["bytes=8-100", 10, { start: 8, end: 9 }],
  ["bytes = 1-2", 10, { start: 1, end: 2 }],
  ["bytes=10-", 10, "unsatisfiable"],
  ["bytes=-0", 10, "unsatisfiable"],
  ["bytes=0-0", 0, "unsatisfiable"],
  ["bytes=0-1,3-4", 10, "whole"],
  ["bytes=5-2", 10, "whole"],
  ["bytes=-", 10, "whole"],
  ["rows=0-1", 10, "whole"],
  ["bytes=a-b", 10, "whole"],
  [`bytes=${"9".repeat(30)}-`, 10, "whole"],
] as const)("%o of %d bytes", (header, size, expected) => {
  expect(parseRange(header, size)).toEqual(expected);
});

test.each([
  [undefined, true],
  ['"a"', true],
  ['"b"', false],
  ['W/"a"', false],
  ["Wed, 18 Mar 2026 12:00:00 GMT", true],
  ["Wed, 18 Mar 2026 12:00:01 GMT", false],
])("a range that is meant of %o", (ifRange, expected) => {
  expect(isStillMeant(ifRange, { etag: '"a"', modified: "Wed, 18 Mar 2026 12:00:00 GMT" })).toBe(expected);
});
