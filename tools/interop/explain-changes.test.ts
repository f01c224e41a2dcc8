import type { ContractDiff, Difference } from "@thoth/contract/diff/contract-diff";
import { expect, test } from "vitest";
import type { ForeignChange } from "./datacontract-cli.ts";
import { explainChanges } from "./explain-changes.ts";

const fee = "/schema[name=course]/properties[name=fee]";
const theirs = "schema.course.properties.fee";

const ours = (rule: string, path: string, more: Partial<Difference> = {}): Difference => ({
  rule,
  path,
  class: "MAJOR",
  dangerous: false,
  message: "",
  ...more,
});

function verdicts(level: ForeignChange["level"], path: string, ...diffs: readonly Difference[]) {
  const version = { before: "1.0.0", after: "1.0.0" };
  const diff = { diffs, version } as unknown as ContractDiff;
  return explainChanges([{ path, level, type: "updated", message: "" }], diff).map(({ why }) => why);
}

const harmless = { class: "PATCH" } as const;
const renamed = ours("renamed", `${fee}/name`, { message: '"fee" is now called "price"' });

test.each<[string, string, readonly Difference[], readonly string[]]>([
  ["the same place", `${theirs}.required`, [ours("nullability-loosened", `${fee}/required`)], []],
  ["what holds it", `${theirs}.required`, [ours("property-removed", fee)], []],
  ["what is in it", `${theirs}.enum`, [ours("enum-value-removed", `${fee}/enum[value=a]`)], []],
  ["nothing", `${theirs}.required`, [], ["unseen"]],
  ["another aspect", `${theirs}.required`, [ours("unique-dropped", `${fee}/unique`)], ["unseen"]],
  [
    "another column",
    `${theirs}.required`,
    [ours("x", "/schema[name=course]/properties[name=fe]/required")],
    ["unseen"],
  ],
  ["a name that begins alike", `${theirs}s.required`, [ours("property-removed", fee)], ["unseen"]],
  ["the old name", theirs, [renamed], []],
  ["the new name", "schema.course.properties.price", [renamed], []],
  ["neither name", "schema.course.properties.cost", [renamed], ["unseen"]],
  ["the key as a whole", `${theirs}.primaryKey`, [ours("key-changed", "/schema[name=course]/primaryKey")], []],
  [
    "a rule by its number",
    "schema.course.quality.[0]",
    [ours("quality-removed", "/schema[name=course]/quality[name=rowCount]")],
    [],
  ],
  ["a harmless one", `${theirs}.required`, [ours("docs", `${fee}/required`, harmless)], ["milder"]],
  ["a dangerous one", `${theirs}.required`, [ours("x", `${fee}/required`, { class: "MINOR", dangerous: true })], []],
  [
    "one that is harmless on purpose",
    `${theirs}.physicalName`,
    [ours("physical-name-changed", `${fee}/physicalName`, harmless)],
    [],
  ],
  ["a version that is not another", "version", [], ["unseen"]],
])("an error explained by %s", (_, path, diffs, expected) => {
  expect(verdicts("error", path, ...diffs)).toEqual(expected);
});

test("what is no error there may be harmless here", () => {
  expect(verdicts("info", `${theirs}.description`, ours("docs", `${fee}/description`, harmless))).toEqual([]);
});
