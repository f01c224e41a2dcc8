import { expect, test } from "vitest";
import { formatTable, jsonValue } from "./text-table.ts";

test("columns are aligned, numbers to the right, nothing is nothing", () => {
  expect(
    formatTable([
      { code: "COS10001", students: 12, note: null },
      { code: "X", students: 1200n, note: "new" },
    ]),
  ).toBe(
    ["code      students  note", "────────  ────────  ────", "COS10001        12", "X             1200  new"].join(
      "\n",
    ),
  );
  expect(formatTable([])).toBe("(no rows)");
});

test("long values are cut, lists and bytes shown, and data cannot steer the terminal", () => {
  const [, , line] = formatTable([
    { long: "x".repeat(80), list: [1n, "a"], bytes: Uint8Array.of(1, 255), evil: "\u001b[31mred\u0007\nnext" },
  ]).split("\n");
  expect(line).toBe(`${"x".repeat(59)}…  [1,"a"]  01ff   \\u001b[31mred\\u0007\\u000anext`);
});

test("names of columns cannot steer the terminal, and nothing hides in a cell", () => {
  const [head, , line] = formatTable([{ "a\u001b[2J": "ab\u202edc\u200b" }]).split("\n");
  expect([head, line]).toEqual(["a\\u001b[2J", "ab\\u202edc\\u200b"]);
});

test.each([
  [5n, 5],
  [-(2n ** 53n - 1n), -(2 ** 53 - 1)],
  [2n ** 53n, "9007199254740992"],
  [Uint8Array.of(10), "0a"],
  ["a", "a"],
  [null, null],
])("%s is %s in JSON", (value, json) => {
  expect(jsonValue(value)).toEqual(json);
});
