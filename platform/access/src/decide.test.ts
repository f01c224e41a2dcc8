import type { Classification, ColumnModel, ProductModel } from "@thoth/contract/product-model";
import { expect, test } from "vitest";
import { decide } from "./decide.ts";
import { anonymous } from "./decision.ts";

function product(columns: Record<string, Classification>, key: readonly string[] = Object.keys(columns).slice(0, 1)) {
  return {
    id: "demo/units",
    key,
    columns: Object.entries(columns).map(([name, classification]) => ({ name, classification }) as ColumnModel),
  } as unknown as ProductModel;
}

const steward = { name: "ada", roles: ["steward"], attributes: { unit: "COS10001" } };

test.each([
  ["public", "clear"],
  ["internal", "clear"],
  ["confidential", "denied"],
  ["restricted", "denied"],
] as const)("a %s column is %s, for anyone", (classification, access) => {
  for (const principal of [anonymous, steward]) {
    const { columns, readable } = decide(principal, product({ code: "public", value: classification }), "teaching");
    expect(columns).toEqual({ code: "clear", value: access });
    expect(readable).toBe(true);
  }
});

test.each([
  [{ code: "confidential", value: "public" }, ["code"]],
  [{ code: "public", period: "restricted", value: "public" }, ["code", "period"]],
] as [Record<string, Classification>, string[]][])(
  "nothing of a product is read whose key is denied: %o",
  (columns, key) => {
    const decision = decide(anonymous, product(columns, key), undefined);
    expect(decision.readable).toBe(false);
    expect(new Set(Object.values(decision.columns))).toEqual(new Set(["denied"]));
    expect(Object.keys(decision.columns)).toEqual(Object.keys(columns));
  },
);

test("a key column that the contract does not describe denies the product", () => {
  expect(decide(anonymous, product({ code: "public" }, ["code", "ghost"]), undefined).readable).toBe(false);
});

test("adds no row rule, group size, end or agreement of its own", () => {
  expect(decide(anonymous, product({ code: "public" }), undefined)).toMatchObject({
    rowFilter: null,
    minGroupSize: 1,
    expiresAt: null,
    agreement: null,
  });
});

test("equal decisions have equal fingerprints, whoever asks and however columns are ordered; others differ", () => {
  const print = (columns: Record<string, Classification>) =>
    decide(anonymous, product(columns, ["code"]), undefined).fingerprint;
  const base = print({ code: "public", value: "internal" });
  expect(print({ value: "public", code: "internal" })).toBe(base);
  expect(decide(steward, product({ code: "public", value: "internal" }), "research").fingerprint).toBe(base);
  const others = [
    print({ code: "public", value: "restricted" }),
    print({ code: "restricted", value: "internal" }),
    print({ code: "public", value: "internal", more: "internal" }),
  ];
  expect(new Set([base, ...others]).size).toBe(4);
});
