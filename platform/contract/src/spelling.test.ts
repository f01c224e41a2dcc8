import { expect, test } from "vitest";
import { nearest, nearestName, oneOf } from "./spelling.ts";

const keys = ["classification", "logicalType", "logicalTypeOptions", "required", "id", "integer", "string"];

test.each([
  ["classificaton", "classification"],
  ["Classification", "classification"],
  ["logical_type", "logicalType"],
  ["requierd", "required"],
  ["int", "integer"],
  ["varchar", "string"],
  ["isNullable", "required"],
  ["di", "id"],
  ["zebra", undefined],
  ["x".repeat(10_000), undefined],
])("for %s a writer may have meant %s", (word, expected) => expect(nearest(word, keys)).toBe(expected));

const names = ["school/units", "school/student-progress", "library/loans", "learning-research", "learning-support"];

test.each([
  ["school/unit", "school/units"],
  ["units", "school/units"],
  ["student_progres", "school/student-progress"],
  ["reserch", "learning-research"],
  // Each of two may be meant.
  ["learning", undefined],
  ["school", undefined],
  ["zebra", undefined],
  ["", undefined],
])("for the name %s a writer may have meant %s", (word, expected) => expect(nearestName(word, names)).toBe(expected));

test("choices read as a sentence", () => {
  expect(oneOf(["a"])).toBe('"a"');
  expect(oneOf(["a", "b", "c"])).toBe('"a", "b" or "c"');
});
