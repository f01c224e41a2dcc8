import { expect, test } from "vitest";
import { diffContracts } from "./diff-contracts.ts";
import type { Profile } from "./diff-rule.ts";
import { base, cases, column, type Draft, pair, promise } from "./fixtures/rule-cases.ts";
import { ruleSummaries } from "./rule-table.ts";

const table = cases.flatMap((one) =>
  (["reader", "writer", "archive"] as const).map((profile) => ({ ...one, profile })),
);

test.each(table)("row $row, $outcome, for the $profile: $rule at $path", ({ edit, options, profile, ...expected }) => {
  const [before, after] = pair(edit);
  const diff = diffContracts(before, after, { ...options, profile });
  const found = diff.diffs.filter(({ rule, path }) => rule === expected.rule && path === expected.path);
  const [difference] = found;
  expect(found, JSON.stringify(diff.diffs, null, 1)).toHaveLength(1);
  expect(verdict(difference)).toBe(
    profile === "archive" ? worse(expected.reader, expected.writer) : expected[profile as "reader"],
  );
  expect(difference?.message).toMatch(/.{10}/);
  // whoever is told that something breaks is told how not to
  if (difference?.class === "MAJOR") expect(difference.suggestion).toMatch(/^[A-Z].{20,}\.$/);
  expect(difference?.suggestion ?? "").not.toMatch(/[{}]|undefined/);
});

function verdict(difference: { class: string; dangerous: boolean } | undefined): string | undefined {
  return difference?.dangerous ? "D" : difference?.class;
}

function worse(a: string, b: string): string {
  const order = ["PATCH", "MINOR", "D", "MAJOR"];
  return order.indexOf(a) > order.indexOf(b) ? a : b;
}

test.each(["reader", "writer", "archive"] as const)("every outcome of every row has a case for the %s", (profile) => {
  const own = table.filter((one) => one.profile === profile);
  const shown = new Set(own.map(({ row: number, outcome, rule }) => `${number} ${outcome} ${rule}`));
  const known = ruleSummaries();
  expect([...new Set(known.map(({ row: number }) => number))]).toEqual(
    Array.from({ length: 45 }, (_, index) => index + 1),
  );
  const missing = known.map(({ row: number, outcome, rule }) => `${number} ${outcome} ${rule}`);
  expect(missing.filter((one) => !shown.has(one))).toEqual([]);
});

const blocked = ["retired too soon", "backwards", "too soon", "other", "reused"];

test.each(cases.filter(({ row: number }) => number !== 44))(
  "row $row, $outcome, is blocked only where no version makes it right",
  ({ edit, options, outcome }) => {
    const [before, after] = pair(edit);
    expect(diffContracts(before, after, options).blocked).toBe(blocked.includes(outcome));
  },
);

test("one change is one difference", () => {
  const several = cases.filter(({ edit, options }) => diffContracts(...pair(edit), options).diffs.length !== 1);
  // whoever reuses an id changes name or type as well
  expect(several.map(({ row: number, outcome }) => `${number} ${outcome}`)).toEqual([
    "44 major",
    "44 minor",
    "45 reused",
    "45 reused",
  ]);
});

test.each([
  ["1.2.0", "MAJOR", "major", "2.0.0"],
  ["0.2.0", "MAJOR", "minor", "0.3.0"],
  ["1.2.3", "MINOR", "minor", "1.3.0"],
  ["0.2.3", "MINOR", "minor", "0.3.0"],
  ["1.2.3", "PATCH", "patch", "1.2.4"],
] as const)("from %s a %s change asks for a %s step, to %s", (version, changeClass, bump, lowest) => {
  const edits = {
    MAJOR: (draft: Draft) => draft.schema.pop(),
    MINOR: (draft: Draft) => draft.schema.push({ name: "building" }),
    PATCH: (draft: Draft) => (draft.tags = ["new"]),
  };
  const [before, after] = [
    { ...structuredClone(base), version },
    { ...structuredClone(base), version: lowest },
  ];
  edits[changeClass](after);
  const diff = diffContracts(before, after);
  expect(diff).toMatchObject({ class: changeClass, requiredBump: bump, blocked: false, version: { lowest } });
});

test("what is inside of something new is new with it", () => {
  const [before, after] = pair((draft) =>
    draft.schema.push({
      name: "building",
      properties: [{ name: "a", required: true, quality: [{ metric: "nullValues", mustBe: 0 }] }],
    }),
  );
  for (const profile of ["reader", "writer", "archive"] as Profile[])
    expect(diffContracts(before, after, { profile }).diffs).toMatchObject([{ rule: "object-added", class: "MINOR" }]);
});

test("a rename that keeps the id is no removal, and says how to do it gently", () => {
  const [before, after] = pair((draft) => (column(draft, "fee").name = "price"));
  const [difference] = diffContracts(before, after).diffs;
  expect(difference?.message).toBe('"fee" is now called "price"');
  expect(difference?.suggestion).toContain("deprecated property");
});

test("the suggested way of a rename is a minor version", () => {
  const [before, after] = pair((draft) => {
    const fee = column(draft, "fee");
    draft.schema[0].properties.push({ ...fee, id: "price", name: "price" });
    fee.deprecated = true;
  });
  const { class: changeClass, diffs } = diffContracts(before, after);
  expect(changeClass).toBe("MINOR");
  expect(diffs.map(({ rule }) => rule).sort()).toEqual(["deprecated-set", "property-added"]);
});

test("the suggestion counts the notice of this mesh in days", () => {
  const [before, after] = pair((draft) => draft.schema[0].properties.pop());
  const suggestion = (minimumNoticeMs: number) =>
    diffContracts(before, after, { minimumNoticeMs }).diffs[0]?.suggestion;
  expect(suggestion(30 * 86_400_000)).toContain("after 30 days");
  expect(suggestion(1)).toContain("after 1 days");
});

test("a writer may be given a new required column with a default", () => {
  const hall = { name: "hall", required: true, customProperties: [{ property: "default", value: "none" }] };
  const [before, after] = pair((draft) => draft.schema[0].properties.push(hall));
  expect(diffContracts(before, after, { profile: "writer" }).class).toBe("MINOR");
});

test.each([
  ["another unit of the same length", "latency", { value: 48, unit: "h" }, "PATCH"],
  ["a unit that is no time", "latency", { value: 2, unit: "rows" }, "MAJOR"],
  ["less often", "frequency", { value: 2, unit: "d" }, "MAJOR"],
  ["more often", "frequency", { value: 1, unit: "h" }, "MINOR"],
  ["kept for less long", "retention", { value: 59, unit: "months" }, "MAJOR"],
  ["less available", "availability", { value: 98 }, "MAJOR"],
  ["more available", "availability", { value: "99.5%" }, "MINOR"],
  ["later in the day", "timeOfAvailability", { value: "09:30+10:00" }, "MAJOR"],
  ["the same moment elsewhere", "timeOfAvailability", { value: "07:00+08:00" }, "PATCH"],
])("a promise: %s", (_, word, edit, expected) => {
  const [before, after] = pair((draft) => Object.assign(promise(draft, word), edit));
  expect(diffContracts(before, after).class).toBe(expected);
});

test.each([
  [{ mustBeLessThan: 10 }, { mustBeLessOrEqualTo: 10 }, "MAJOR"],
  [{ mustBeLessOrEqualTo: 10 }, { mustBeLessThan: 10 }, "MINOR"],
  [{ mustBe: 0 }, { mustBeLessOrEqualTo: 0 }, "PATCH"],
  [{ mustBe: 0 }, { mustBeLessThan: 1 }, "MAJOR"],
  [{ mustBeGreaterThan: 5 }, { mustBeBetween: [6, 10] }, "MINOR"],
  [{ mustBeBetween: [6, 10] }, { mustNotBeBetween: [1, 4] }, "MAJOR"],
  [{ mustNotBe: 0 }, { mustBeGreaterThan: 0 }, "PATCH"],
  [{ mustNotBe: 3 }, { mustBeGreaterThan: 3 }, "MINOR"],
  [{ mustBe: "a" }, { mustBe: "b" }, "MAJOR"],
])("a threshold from %j to %j is %s", (from, to, expected) => {
  const rule = (demand: object) => [{ name: "r", metric: "nullValues", ...demand }];
  const [before, after] = pair((b, a) => {
    column(a, "level").quality = rule(from);
    column(b, "level").quality = rule(to);
  });
  expect(diffContracts(before, after).class).toBe(expected);
});

test("a relationship pinned to a newer version of the same major leads to the same place", () => {
  const pinned = (version: string) => [
    { to: `../../../../contracts/published/a/b/${version}.odcs.yaml#/schema/c/properties/d` },
  ];
  const versions = (from: string, to: string) =>
    pair((b, a) => {
      column(a, "title").relationships = pinned(from);
      column(b, "title").relationships = pinned(to);
    });
  expect(diffContracts(...versions("1.0.0", "1.4.2")).class).toBe("PATCH");
  expect(diffContracts(...versions("1.0.0", "2.0.0")).class).toBe("MAJOR");
});
