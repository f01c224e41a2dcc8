import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readPolicies } from "./read-policies.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "policies-"));
  mkdirSync(join(root, "contracts/policies"), { recursive: true });
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const seats = `kind: Policy
id: seats
title: Courses have seats.
why: Nobody stands.
severity: error
rules:
  - each: column
    where: { required: [name], properties: { name: { const: seats } } }
    must: { required: [required] }
    message: 'Column "{name}" may be empty'
    hint: Require it.
examples:
  passing:
    - what: seats that are there
      contract: { schema: [{ name: course, properties: [{ name: seats, required: true }] }] }
  failing:
    - what: seats that may be missing
      contract: { schema: [{ name: course, properties: [{ name: code }, { name: seats }] }] }
      finds: [{ at: "schema[0].properties[1]", says: Column "seats" may be empty }]
`;

function read(text: string, name = "seats.yaml") {
  writeFileSync(join(root, "contracts/policies", name), text);
  return readPolicies(root);
}

const places = (text: string, name?: string) =>
  read(text, name).findings.map(
    ({ file, line, column, rule, message }) => `${file}:${line}:${column} ${rule} ${message}`,
  );

test("a sound policy has no findings and judges", () => {
  const { policies, findings, ids } = read(seats);
  expect(findings).toEqual([]);
  expect(ids).toEqual(["seats"]);
  expect(policies.map(({ policy }) => policy.title)).toEqual(["Courses have seats."]);
});

test("no folder means no policies", () => {
  rmSync(join(root, "contracts"), { recursive: true });
  expect(readPolicies(root)).toEqual({ policies: [], ids: [], findings: [] });
});

const replaced = (from: string, to: string) => {
  expect(seats).toContain(from);
  return seats.replace(from, () => to);
};

test.each<[what: string, text: string, expected: RegExp]>([
  ["broken YAML", "id: [\n", /^2:1 policy-yaml-syntax /],
  ["nothing", "", /^1:1 policy-wrong-type The policy must be a map of keys/],
  ["a key twice", replaced("severity: error", "severity: error\nseverity: info"), /^6:1 policy-yaml-duplicate-key /],
  ["another kind", replaced("kind: Policy", "kind: Rule"), /^1:7 policy-allowed-values .*"Rule"/],
  ["no title", replaced("title: Courses have seats.\n", ""), /^1:1 policy-missing-key .*"title"/],
  ["an unknown key", replaced("why:", "wy:"), /policy-unknown-key Unknown key "wy" in the policy/],
  ["an unknown severity", replaced("severity: error", "severity: fatal"), /^5:11 policy-allowed-values .*"fatal"/],
  ["an unknown element", replaced("each: column", "each: row"), /^7:11 policy-allowed-values .*"row"/],
  ["an unknown keyword", replaced("must: { required:", "must: { requires:"), /^9:13 policy-unknown-key .*"requires"/],
  [
    "an unknown keyword deep inside",
    replaced("{ const: seats }", "{ const: seats, equals: 1 }"),
    /^8:68 policy-unknown-key .*"equals"/,
  ],
  ["a key that is no list", replaced("{ required: [required] }", "{ required: required }"), /^9:23 policy-wrong-type /],
  ["no rules", replaced("rules:\n", "rules: []\nold:\n"), /policy-limit /],
  ["no examples", seats.slice(0, seats.indexOf("examples:")), /^1:1 policy-missing-key .*"examples"/],
  ["no failing examples", seats.slice(0, seats.indexOf("  failing:")), /^13:3 policy-missing-key .*"failing"/],
  ["no passing examples", replaced("  passing:\n", "  passing: []\n  old:\n"), /policy-limit /],
  ["a pattern that is none", replaced("{ const: seats }", "{ pattern: '[' }"), /^8:63 policy-pattern .*\/\[\//],
  ["a placeholder for nothing", replaced("{name}", "{nmae}"), /^10:14 policy-placeholder Nothing stands for \{nmae\}/],
  [
    "a passing example that fails",
    replaced("{ name: seats, required: true }", "{ name: seats }"),
    /^14:13 policy-example The example "seats that are there" should pass, but fails at "schema\[0\].properties\[0\]"/,
  ],
  [
    "a failing example that passes",
    replaced("{ name: code }, { name: seats }", "{ name: code }, { name: seats, required: true }"),
    /^19:15 policy-example .* does not fail for this reason; it finds nothing/,
  ],
  [
    "a failing example that fails for another reason",
    replaced('says: Column "seats" may be empty', "says: There are no seats"),
    /^19:15 policy-example .* does not fail for this reason; it finds "Column "seats" may be empty"/,
  ],
  [
    "a failing example that fails elsewhere",
    replaced("properties[1]", "properties[0]"),
    /^19:15 policy-example .* does not fail for this reason/,
  ],
  [
    "a failing example that does not tell everything",
    replaced("{ name: code }, { name: seats }", "{ name: seats }, { name: seats }"),
    /^19:14 policy-example .* also finds "Column "seats" may be empty" at "schema\[0\].properties\[0\]"/,
  ],
  [
    "a passing example about nothing",
    replaced("{ name: seats, required: true }", "{ name: code }"),
    /^7:5 policy-example No passing example has anything that this rule judges/,
  ],
  [
    "a rule that no example breaks",
    replaced(
      "examples:\n",
      "  - { each: object, must: { required: [name] }, message: No name, hint: Name it. }\nexamples:\n",
    ),
    /^12:5 policy-example No failing example breaks this rule/,
  ],
  [
    "an example with a slip",
    replaced("{ name: seats, required: true }", "{ name: seats, required: true, clasification: public }"),
    /^15:88 odcs-unknown-key Unknown key "clasification"/,
  ],
  [
    "a day that is none",
    replaced("    - what: seats that are", "    - today: soon\n      what: seats that are"),
    /^14:14 policy-format /,
  ],
])("%s is told with its place", (_what, text, expected) => {
  const found = places(text);
  expect(found).toContainEqual(expect.stringMatching(/^contracts\/policies\/seats.yaml:\d+:\d+ /));
  expect(found.map((line) => line.replace("contracts/policies/seats.yaml:", ""))).toContainEqual(
    expect.stringMatching(expected),
  );
  expect(readPolicies(root).policies).toEqual([]);
});

test("a policy lies in the file of its id", () => {
  expect(places(seats, "chairs.yaml")).toEqual([
    'contracts/policies/chairs.yaml:2:5 policy-file The policy "seats" lies in contracts/policies/chairs.yaml',
  ]);
  expect(places(seats, "seats.yml")).toContainEqual(expect.stringContaining("seats.yml:2:5 policy-file "));
});

test("one bad file does not keep the others from judging", () => {
  read("id: [\n", "broken.yaml");
  const { policies, ids, findings } = read(seats);
  expect(policies.map(({ policy }) => policy.id)).toEqual(["seats"]);
  expect(ids).toEqual(["broken", "seats"]);
  expect(findings.map(({ file }) => file)).toEqual(["contracts/policies/broken.yaml"]);
});

test("an unknown keyword is not taken for one of the standard's custom properties", () => {
  const [finding] = read(replaced("must: { required:", "must: { whatever: 1, required:")).findings;
  expect(finding?.hint).toMatch(/^Known here: type, const, /);
  expect(finding?.hint).not.toContain("customProperties.");
});
