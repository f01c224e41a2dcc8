import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { DataContract } from "../generated/odcs.ts";
import { readContract } from "../parse-contract.ts";
import type { ContractDiff } from "./contract-diff.ts";
import { diffVersions } from "./diff-versions.ts";
import { supportedVersions } from "./supported-versions.ts";

// biome-ignore lint/suspicious/noExplicitAny: edits reach anywhere into a contract
type Draft = any;

const text = readFileSync(new URL("../../fixtures/catalogue.odcs.yaml", import.meta.url), "utf8");
const base = readContract(text, "catalogue.odcs.yaml").contract;

const columns = (draft: Draft) => draft.schema[0].properties;
const seats = (draft: Draft) => columns(draft).find((one: Draft) => one.name === "seats");
const level = (draft: Draft) => columns(draft).find((one: Draft) => one.name === "level");
const hall = { id: "hall", name: "hall", logicalType: "string", classification: "public" };

function version(number: string, edit?: (draft: Draft) => void): DataContract {
  const draft = { ...structuredClone(base), version: number };
  edit?.(draft);
  return draft;
}

const told = ({ diffs }: ContractDiff) => diffs.map(({ rule, against }) => `${rule} ${against?.join(" ")}`);

test("what is published already is no news, however many versions lie between", () => {
  const published = [
    version("1.0.0"),
    version("1.1.0", (draft) => level(draft).enum.push({ value: "expert" })),
    version("1.2.0", (draft) => {
      level(draft).enum.push({ value: "expert" });
      columns(draft).push(hall);
    }),
  ];
  const same = diffVersions(published, structuredClone(published[2] as DataContract));
  expect(same).toMatchObject({ class: "NONE", requiredBump: "none", against: ["1.0.0", "1.1.0", "1.2.0"], diffs: [] });
});

test("a difference from several versions is told once, with all of them, in the words of the newest", () => {
  const wide = (most: number) => (draft: Draft) => {
    seats(draft).logicalTypeOptions.maximum = most;
  };
  const published = [version("1.0.0"), version("1.1.0"), version("1.2.0", wide(600))];
  const diff = diffVersions(published, version("1.3.0", wide(700)));
  expect(told(diff)).toEqual(["bounds-loosened 1.0.0 1.1.0 1.2.0"]);
  expect(diff.diffs[0]?.message).toContain("was 600, is 700");
});

test("each of several values that are new is told, though they stand at one path", () => {
  const published = [version("1.0.0"), version("1.1.0")];
  const diff = diffVersions(
    published,
    version("1.2.0", (draft) => level(draft).enum.push({ value: "expert" }, { value: "master" })),
  );
  expect(told(diff)).toEqual(["enum-value-added 1.0.0 1.1.0", "enum-value-added 1.0.0 1.1.0"]);
});

test("what breaks only readers of an older version is found as well, and its class counts", () => {
  // before 1.0.0 a column may go with a minor step; coming back as something else breaks whoever stayed behind
  const published = [version("0.1.0", (draft) => columns(draft).push(hall)), version("0.2.0")];
  const work = version("0.2.1", (draft) => columns(draft).push({ ...hall, logicalType: "integer" }));
  const diff = diffVersions(published, work);
  expect(told(diff)).toEqual(["logical-type-changed 0.1.0", "version-mismatch undefined", "property-added 0.2.0"]);
  expect(diff).toMatchObject({ class: "MAJOR", requiredBump: "minor", version: { before: "0.2.0", lowest: "0.3.0" } });
});

test("writers of an older version did not know of a column that is asked of them now", () => {
  const published = [version("1.0.0"), version("1.1.0", (draft) => columns(draft).push(hall))];
  const work = version("2.0.0", (draft) => columns(draft).push({ ...hall, required: true }));
  expect(told(diffVersions(published, work, { profile: "writer" }))).toEqual([
    "nullability-tightened 1.1.0",
    "property-added 1.0.0",
  ]);
});

const end = (date: string) => (draft: Draft) => {
  draft.slaProperties = [{ property: "es", value: date }];
};
const now = Date.parse("2026-06-01");

test.each<[string, DataContract[], number[], string[]]>([
  ["all of the newest major", [version("1.0.0"), version("1.1.0")], [], ["1.0.0", "1.1.0"]],
  ["not what is past its end", [version("1.0.0", end("2026-05-31")), version("1.1.0")], [], ["1.1.0"]],
  ["what ends later", [version("1.0.0", end("2026-06-02")), version("1.1.0")], [], ["1.0.0", "1.1.0"]],
  ["not what is retired", [version("1.0.0", (draft) => (draft.status = "retired")), version("1.1.0")], [], ["1.1.0"]],
  ["the newest, even past its end", [version("1.0.0", end("2020-01-01"))], [], ["1.0.0"]],
  ["nothing of an earlier major", [version("1.0.0"), version("2.0.0")], [], ["2.0.0"]],
  [
    "the newest of an earlier major that is served",
    [version("1.0.0"), version("1.1.0"), version("2.0.0"), version("2.1.0")],
    [1],
    ["1.1.0", "2.0.0", "2.1.0"],
  ],
  ["no earlier major past its end", [version("1.1.0", end("2026-01-01")), version("2.0.0")], [1], ["2.0.0"]],
  ["nothing where nothing is published", [], [], []],
])("supported: %s", (_, published, servedMajors, expected) => {
  expect(supportedVersions(published, { now, servedMajors }).map((one) => one.version)).toEqual(expected);
});

test("before 1.0.0 all versions are of one major", () => {
  const published = [version("0.1.0"), version("0.9.0")];
  expect(supportedVersions(published)).toEqual(published);
});
