import { expect, test } from "vitest";
import type { DataContract } from "../generated/odcs.ts";
import type { Condition } from "./policy.ts";
import { conditionCompiler } from "./policy-conditions.ts";

const compile = conditionCompiler();
const now = Date.parse("2026-03-01");
const holds = (condition: Condition, value: unknown, contract: unknown = value) =>
  compile(condition)(value, { contract: contract as DataContract, now }).length === 0;

const column = (words: object) => ({ schema: [{ properties: [{ name: "a" }, { name: "b", ...words }] }] });

test.each<[holds: boolean, what: string, condition: Condition, value: unknown]>([
  [true, "a column that fits", { anyColumn: { required: ["unique"] } }, column({ unique: true })],
  [false, "no column that fits", { anyColumn: { required: ["unique"] } }, column({})],
  [false, "no columns", { anyColumn: {} }, {}],
  [
    true,
    "a column inside of a column",
    { anyColumn: { required: ["unique"] } },
    column({ properties: [{ unique: true }] }),
  ],
  [
    true,
    "a column of a list",
    { anyColumn: { required: ["unique"] } },
    column({ items: { properties: [{ unique: true }] } }),
  ],
  [false, "items are no column", { anyColumn: { required: ["unique"] } }, column({ items: { unique: true } })],
  [true, "a custom property", { customProperty: { name: "x" } }, { customProperties: [{ property: "x", value: 1 }] }],
  [
    false,
    "another custom property",
    { customProperty: { name: "x" } },
    { customProperties: [{ property: "y", value: 1 }] },
  ],
  [false, "no custom properties", { customProperty: { name: "x" } }, {}],
  [
    false,
    "a custom property of another value",
    { customProperty: { name: "x", value: { const: 2 } } },
    {
      customProperties: [
        { property: "x", value: 1 },
        { property: "y", value: 2 },
      ],
    },
  ],
  [true, "a promise", { promise: { word: "latency" } }, { slaProperties: [{ property: "latency", value: 1 }] }],
  [true, "a promise in short", { promise: { word: "latency" } }, { slaProperties: [{ property: "LY", value: 1 }] }],
  [
    false,
    "another promise",
    { promise: { word: "latency" } },
    { slaProperties: [{ property: "retention", value: 1 }] },
  ],
  [false, "no promises", { promise: { word: "latency" } }, {}],
  [
    false,
    "a promise whose entry does not fit",
    { promise: { word: "latency", entry: { required: ["unit"] } } },
    {
      slaProperties: [
        { property: "latency", value: 1 },
        { property: "retention", value: 1, unit: "y" },
      ],
    },
  ],
  [true, "the future", { future: true }, "2026-03-02"],
  [false, "the present is no future", { future: true }, "2026-03-01"],
  [true, "the past", { future: false }, "2026-02-28"],
  [false, "no date has no future", { future: true }, "soon"],
  [false, "no date has no past", { future: false }, "2026-02-30"],
  [true, "not the future", { not: { future: true } }, "2026-01-01"],
  [
    true,
    "our words inside of each other",
    { anyColumn: { customProperty: { name: "x" } } },
    column({ customProperties: [{ property: "x", value: 0 }] }),
  ],
])("%s for %s", (expected, _what, condition, value) => {
  expect(holds(condition, value)).toBe(expected);
});

const notice = { notice: { days: 90, since: "deprecatedSince", until: "endOfSupport" } };
const since = (value: unknown) => ({ property: "deprecatedSince", value });
const until = (value: unknown, element?: string) => ({ property: "es", value, ...(element && { element }) });

test.each<[found: string | undefined, what: string, contract: object]>([
  [undefined, "just enough", { customProperties: [since("2026-01-01")], slaProperties: [until("2026-04-01")] }],
  ["89 days", "a day short", { customProperties: [since("2026-01-01")], slaProperties: [until("2026-03-31")] }],
  ["-31 days", "backwards", { customProperties: [since("2026-02-01")], slaProperties: [until("2026-01-01")] }],
  ["without endOfSupport", "no end", { customProperties: [since("2026-01-01")] }],
  [
    "without endOfSupport",
    "an end of something else",
    { customProperties: [since("2026-01-01")], slaProperties: [until("2026-09-01", "t.a")] },
  ],
  [
    "without deprecatedSince",
    "a day that is none",
    { customProperties: [since("2026-02-31")], slaProperties: [until("2026-09-01")] },
  ],
  ["without deprecatedSince and endOfSupport", "nothing", {}],
])("notice of a contract: %s for %s", (found, _what, contract) => {
  const errors = compile(notice)(contract, { contract: contract as DataContract, now });
  expect(errors[0]?.params.found).toBe(found);
});

test("the end of a column may be promised by its contract", () => {
  const value = { name: "b", customProperties: [since("2026-01-01")] };
  expect(holds(notice, value, { slaProperties: [until("2026-09-01", "t.a, t.b")] })).toBe(true);
  expect(holds(notice, value, { slaProperties: [until("2026-09-01", "t.a")] })).toBe(false);
  expect(holds(notice, value, { slaProperties: [until("2026-09-01")] })).toBe(false);
});
