import { expect, test } from "vitest";
import { fingerprint } from "./fingerprint.ts";

test("does not depend on the order of keys, at any depth", () => {
  expect(fingerprint({ a: 1, b: { c: [1, { d: 2, e: 3 }], f: null } })).toBe(
    fingerprint({ b: { f: null, c: [1, { e: 3, d: 2 }] }, a: 1 }),
  );
});

test.each([
  [{ a: 1 }, { a: 2 }],
  [{ a: 1 }, { b: 1 }],
  [{ a: 1 }, { a: "1" }],
  [{ a: null }, {}],
  [
    [1, 2],
    [2, 1],
  ],
  [{ a: { b: 1 } }, { a: 1, b: 1 }],
])("tells %o from %o", (one, other) => {
  expect(fingerprint(one)).not.toBe(fingerprint(other));
});

test("is the same in every process and release", () => {
  expect(fingerprint({ b: [1, "x"], a: null })).toBe("c22cb7b0353770e2b38094af641143eb");
});
