import { expect, test } from "vitest";
import { requireName, singularOf, titleOf } from "./new-names.ts";

test.each(["library-loans", "a", "a1-b2", "x".repeat(50)])("%s can be a name", (name) => {
  expect(requireName("domain", name)).toBe(name);
  expect(requireName("product", name)).toBe(name);
});

test.each(["", "Library", "library_loans", "1st", "a--b", "-a", "a-", "a b", "../a", "a/b", "ä", "x".repeat(51)])(
  "%j cannot be a name",
  (name) => {
    expect(() => requireName("domain", name)).toThrow(expect.objectContaining({ code: "cli/bad-name" }));
  },
);

test.each([
  ["domain", "raw"],
  ["domain", "warehouse"],
  ["domain", "snapshot-1"],
  ["product", "data-products"],
  ["product", "glossary"],
] as const)("a %s cannot be called %s: the platform is", (kind, name) => {
  expect(() => requireName(kind, name)).toThrow(`${name} cannot be a name here: the platform uses that word itself`);
});

test("what is taken for domains is free for products, and the other way round", () => {
  expect(requireName("product", "raw")).toBe("raw");
  expect(requireName("domain", "glossary")).toBe("glossary");
});

test("titles begin with a capital", () => {
  expect(titleOf("library-loans")).toBe("Library loans");
});

test.each([
  ["loans", "loan"],
  ["loan-categories", "loan-category"],
  ["boxes", "box"],
  ["classes", "class"],
  ["branches", "branch"],
  ["houses", "house"],
  ["days", "day"],
  ["progress", "progress"],
  ["status", "status"],
  ["analysis", "analysis"],
  ["news", "news"],
  ["feedback-turnaround", "feedback-turnaround"],
  ["sdk-adoption", "sdk-adoption"],
])("one row of %s is a %s", (name, singular) => {
  expect(singularOf(name)).toBe(singular);
});
