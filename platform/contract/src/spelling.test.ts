import { expect, test } from "vitest";
import { nearest, oneOf } from "./spelling.ts";

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

test("choices read as a sentence", () => {
  expect(oneOf(["a"])).toBe('"a"');
  expect(oneOf(["a", "b", "c"])).toBe('"a", "b" or "c"');
});
