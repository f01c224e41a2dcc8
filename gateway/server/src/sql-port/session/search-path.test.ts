import fc from "fast-check";
import { expect, test } from "vitest";
import { formatSearchPath, parseSearchPath } from "./search-path.ts";

test.each([
  ["", []],
  ["  ", []],
  ['""', [""]],
  ["a", ["a"]],
  [' A , "B c",  "d""e"', ["a", "B c", 'd"e']],
  ['"$user", public', ["$user", "public"]],
  ["$user,public", ["$user", "public"]],
  ['"a,b"', ["a,b"]],
  ["a,", undefined],
  [",", undefined],
  ["a b", undefined],
  ['"a', undefined],
  ['a"b"', undefined],
])("%j names %j", (text, schemas) => {
  expect(parseSearchPath(text)).toEqual(schemas);
});

test("what is written is read back", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (schemas) => {
      expect(parseSearchPath(formatSearchPath(schemas))).toEqual(schemas);
    }),
  );
});
