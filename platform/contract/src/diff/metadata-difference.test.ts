import { expect, test } from "vitest";
import type { DataContract } from "../generated/odcs.ts";
import { diffContracts } from "./diff-contracts.ts";
import type { Profile } from "./diff-rule.ts";
import { diffVersions } from "./diff-versions.ts";
import { base, cases, column, pair } from "./fixtures/rule-cases.ts";
import { type DiffEntry, metadataDifference } from "./metadata-difference.ts";

const own = ({ customProperties }: Pick<DiffEntry, "customProperties">) =>
  Object.fromEntries(customProperties.map(({ property, value }) => [property, value]));

function entriesOf(before: DataContract, after: DataContract, profile: Profile = "reader"): readonly DiffEntry[] {
  return metadataDifference(diffContracts(before, after, { profile }), { before: [before], after }).diffs;
}

// values cannot show a difference that follows from the rest: a key's only column is unique, a tombstone lies elsewhere
const derived = ["tombstone-reuse", "unique-dropped", "unique-added"];

test.each(cases.filter(({ row }) => row !== 44))(
  "row $row, $outcome: what stood at $path and what stands there now",
  ({ edit, options, rule, path }) => {
    const [before, after] = pair(edit);
    const diff = diffContracts(before, after, options);
    const { diffs } = metadataDifference(diff, { before: [before], after });
    expect(diffs).toHaveLength(diff.diffs.length);
    const entry = diffs.find((one) => one.path === path && own(one).ruleId === rule);
    expect(["ADD", "REMOVE", "CHANGE"]).toContain(entry?.type);
    if (derived.includes(rule)) return;
    expect(entry?.value1).not.toEqual(entry?.value2);
    expect(entry?.type).toBe(entry && "value1" in entry ? ("value2" in entry ? "CHANGE" : "REMOVE") : "ADD");
  },
);

test("a rename is one change of a name, found in both contracts", () => {
  const [before, after] = pair((draft) => {
    Object.assign(column(draft, "fee"), { name: "price", description: "What it costs." });
  });
  expect(entriesOf(before, after)).toMatchObject([
    {
      type: "CHANGE",
      section: "schema",
      field: "name",
      path: "/schema[name=course]/properties[name=fee]/name",
      value1: "fee",
      value2: "price",
      message: '"fee" is now called "price"',
      impactLevel: "MAJOR",
    },
    { field: "description", value1: "Price in euros.", value2: "What it costs.", impactLevel: "PATCH" },
  ]);
});

test("the document has the fields of the draft, and what is ours in custom properties", () => {
  const [before, after] = pair((draft) => draft.schema.pop());
  after.version = "1.3.0";
  after.authoritativeDefinitions = [{ type: "canonicalUrl", url: "https://mesh.example/catalogue" }];
  const diff = diffContracts(before, after, { profile: "archive" });
  const document = metadataDifference(diff, { before: [before], after, consumers: () => ["ada"] });
  expect(document).toMatchObject({
    apiVersion: "v1.0.0",
    kind: "MetadataDifference",
    sourceKind: "DataContract",
    source1: { id: base.id, version: "1.2.0" },
    source2: { id: base.id, version: "1.3.0", canonicalUrl: "https://mesh.example/catalogue" },
    scope: "all",
    impact: { major: 1, minor: 0, patch: 1 },
    suggestedVersion: "2.0.0",
  });
  expect(own(document)).toEqual({
    profile: "archive",
    class: "MAJOR",
    dangerous: false,
    blocked: true,
    requiredBump: "major",
    declaredBump: "minor",
    findings: [{ ruleId: "version-mismatch", message: expect.stringContaining("2.0.0 or higher") }],
  });
  const [first] = document.diffs;
  expect(first).toMatchObject({ type: "REMOVE", section: "schema", field: "schema", value1: { name: "room" } });
  expect(first && own(first)).toEqual({
    ruleId: "object-removed",
    profile: "archive",
    dangerous: false,
    suggestion: expect.any(String),
    consumers: ["ada"],
  });
  expect(JSON.parse(JSON.stringify(document))).toEqual(document);
});

test("a difference from an older version shows what stood there", () => {
  const hall = { id: "hall", name: "hall", logicalType: "string" as const };
  const [oldest, newest, after] = ["0.1.0", "0.2.0", "0.3.0"].map((version) => ({ ...structuredClone(base), version }));
  if (!oldest || !newest || !after) throw new Error("three versions");
  oldest.schema?.[0]?.properties?.push(hall);
  after.schema?.[0]?.properties?.push({ ...hall, logicalType: "integer" });
  const before = [oldest, newest];
  const { diffs } = metadataDifference(diffVersions(before, after), { before, after });
  expect(diffs[0]).toMatchObject({ field: "logicalType", value1: "string", value2: "integer" });
  expect(diffs[0] && own(diffs[0]).against).toEqual(["0.1.0"]);
});
