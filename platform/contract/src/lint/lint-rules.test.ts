import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, expect, test } from "vitest";
import { lintFiles } from "./lint-files.ts";
import { lintRules } from "./lint-rules.ts";

const courses = "domains/school/products/courses/contract.odcs.yaml";
const published = "contracts/published/school/courses/1.2.0.odcs.yaml";
const books = "domains/library/products/books/contract.odcs.yaml";
const loans = "domains/library/products/loans/contract.odcs.yaml";
const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}.odcs.yaml`, import.meta.url));
const places = { [courses]: "course", [published]: "course", [books]: "books", [loans]: "loans" };

const root = mkdtempSync(join(tmpdir(), "lint-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

beforeEach(() => {
  for (const [file, name] of Object.entries(places)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    cpSync(fixture(name), join(root, file));
  }
});

test("what nothing was done to has no findings", () => {
  expect(lintFiles(root, Object.keys(places))).toEqual([]);
});

/** One thing wrong for every rule: what stands there, what is put instead, and the reason the finding must give. */
interface Slip {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
  readonly reason: RegExp;
  /** The courses when absent. */
  readonly file?: string;
}

const slip = (rule: string, [from, to]: readonly [string, string], reason: RegExp, file?: string): Slip => ({
  rule,
  from,
  to,
  reason,
  ...(file !== undefined && { file }),
});

const course = readFileSync(fixture("course"), "utf8");
const columns = course.slice(course.indexOf("    properties:"), course.indexOf("    quality:\n      - id: any"));
const brief = (name: string) =>
  `      - { id: ${name}, name: ${name}, logicalType: string, description: Some., classification: public }\n`;
const column = "      - id: fee\n        name: fee\n";
const topicsKey = "name: topics\n        primaryKey: true\n        required: true\n";
const team = "- username: ada";

const rootCustom = (property: string, value: string) =>
  ["slaProperties:", `customProperties: [{ property: ${property}, value: ${value} }]\nslaProperties:`] as const;

const slips: readonly Slip[] = [
  slip("house-lifecycle-date", rootCustom("deprecatedSince", "2027-02-30"), /"2027-02-30" is no date/),
  slip(
    "house-lifecycle-date",
    ["slaProperties:", "slaProperties:\n  - { property: endOfSupport, value: soon }"],
    /"soon"/,
  ),
  slip(
    "house-lifecycle-date",
    rootCustom("previousMajors", "[{ major: 0, deprecatedSince: 2027-02-20, endOfSupport: 2027-02-19 }]"),
    /end on 2027-02-19, before it is announced/,
  ),
  slip(
    "house-lifecycle-window",
    rootCustom("brownOuts", "[{ from: 2027-02-01T11:00:00Z, to: 2027-02-01T09:00:00Z }]"),
    /begins at and a later one/,
  ),
  slip("house-previous-major", rootCustom("previousMajors", "[{ major: 7 }]"), /7 is no earlier major version of 1/),
  slip("odcs-yaml-syntax", ["tags: [master-data]", "tags: [master-data"], /not valid YAML/),
  slip("odcs-yaml-documents", ["slaProperties:", "---\nslaProperties:"], /second YAML document/),
  slip("odcs-yaml-alias", ["tags: [master-data]", "tags: [*gone]"], /No anchor &gone/),
  slip(
    "odcs-yaml-duplicate-key",
    ["status: active\n", "status: active\nstatus: draft\n"],
    /"status" stands here a second/,
  ),
  slip("odcs-kind", ["kind: DataContract", "kind: DataProduct"], /kind "DataProduct" is not a data contract/),
  slip("odcs-api-version", ["v3.2.0", "v2.2.2"], /"v2.2.2" is not one we read/),
  slip("odcs-unknown-key", ["status: active", "statsu: active"], /Unknown key "statsu"/),
  slip("odcs-missing-key", ["id: 4b7ff1ca-3d7e-4f0e-9a41-4f0d3f6f2b11\n", ""], /needs the key "id"/),
  slip("odcs-misplaced-key", ["minLength: 3", "minimum: 3"], /"minimum" does not apply/),
  slip("odcs-wrong-type", ["primaryKey: true", "primaryKey: yes"], /must be true or false/),
  slip("odcs-allowed-values", ["logicalType: integer", "logicalType: int"], /cannot be the text "int"/),
  slip("odcs-format", ["- to: course.code", "- to: course"], /does not accept the text "course"/),
  slip("odcs-limit", ["minLength: 3", "minLength: -1"], /must be at least 0/),
  slip("odcs-duplicate", ["- value: advanced", "- value: beginner"], /same as entry 1/),
  slip("odcs-newer-word", ["v3.2.0", "v3.1.0"], /"enum".* came with v3.2/),
  slip(
    "odcs-older-word",
    ["minimum: 0", "minimum: 0\n          exclusiveMinimum: true"],
    /the limit itself since v3.1/,
  ),
  slip("odcs-deprecated-key", ["domain: school", "domain: school\ndataProduct: courses"], /given up since v3.1/),
  slip("odcs-duplicate-id", ["id: level", "id: code"], /"code" is taken/),
  slip("odcs-duplicate-name", ["name: level", "name: code"], /"code" is taken/),
  slip("odcs-one-operator", ["            mustBeLessThan: 10\n", ""], /no operator/),
  slip("odcs-metric-arguments", ["metric: nullValues", "metric: invalidValues"], /without saying which are valid/),
  slip("odcs-metric-arguments", ["metric: rowCount", "metric: duplicateValues"], /without saying over which/),
  slip(
    "odcs-metric-arguments",
    ["metric: rowCount", "metric: duplicateValues\n        arguments: { properties: [code, colour] }"],
    /"colour", which is no property/,
  ),
  slip("odcs-metric-level", ["metric: nullValues", "metric: rowCount"], /counts rows/),
  slip("odcs-metric-level", ["metric: rowCount", "metric: nullValues"], /values of one property/),
  slip("odcs-empty-range", ["minLength: 3", "minLength: 30"], /minLength 30 is above maxLength 12/),
  slip("odcs-pattern", ["'^[A-Z]{3}[0-9]+$'", "'^[A-Z'"], /no regular expression/),
  slip("odcs-enum-duplicate", ["- value: advanced", "- { value: beginner, label: B }"], /"beginner" twice/),
  slip("odcs-enum-type", ["- value: advanced", "- value: 5"], /cannot hold the number 5/),
  slip(
    "odcs-relationship-shape",
    ["[loan.shelf, loan.place]", "[loan.shelf, loan.place, loan.loan_id]"],
    /3 in "from" cannot pair with 2 in "to"/,
    loans,
  ),
  slip("odcs-team-dates", [team, `${team}\n      dateIn: "2025-02-01"\n      dateOut: "2024-02-01"`], /before joining/),
  slip("house-version-semver", ["version: 1.2.0", "version: v1.2.0"], /not a semantic version/),
  slip("house-api-version", ["v3.2.0", "v3.1.0"], /written in v3.2.0/, books),
  slip("house-contract-id", ["4b7ff1ca-3d7e-4f0e-9a41-4f0d3f6f2b11", "courses"], /no UUID/),
  slip("house-misplaced", ["name: courses\n", "name: lessons\n"], /lies in the folder of courses/),
  slip("house-domain-name", ["domain: school", "domain: School"], /no name for a domain/),
  slip("house-product-name", ["name: courses\n", "name: all_courses\n"], /no name for a product/),
  slip("house-status", ["status: active", "status: live"], /cannot be the text "live"/),
  slip("house-description", ["  purpose: Every course the school gives.\n", ""], /does not tell the purpose/),
  slip("house-one-object", ["slaProperties:", "  - name: other\nslaProperties:"], /here is a second/),
  slip("house-object-id", ["  - id: course\n    name", "  - name"], /has no id/),
  slip("house-object-name", ["    name: course\n", "    name: Course\n"], /no name for a schema object/),
  slip("house-table-name", ["physicalName: courses", "physicalName: kurse"], /called courses, not kurse/),
  slip("house-columns", [columns, ""], /has no properties/),
  slip("house-column-name", ["name: seats", "name: Seats"], /no name for a column/),
  slip("house-column-id", ["      - id: seats\n        name: seats\n", "      - name: seats\n"], /has no id/),
  slip("house-column-description", ["        description: Price in euros.\n", ""], /is not described/),
  slip("house-classification", ["euros.\n        classification: internal\n", "euros.\n"], /no classification/),
  slip("house-column-type", ["        items:\n          logicalType: string\n", ""], /what its items are/),
  slip("house-physical-type", ["DECIMAL(9,2)", "VARCHAR"], /cannot be stored as the text "VARCHAR"/),
  slip(
    "house-field-name",
    [column, `${brief("fee_1")}${brief("fee1")}${column}`],
    /"fee_1" and "fee1" would both be the GraphQL field fee1/,
  ),
  slip(
    "house-enum",
    ["logicalType: string\n        description: How hard", "logicalType: integer\n        description: How hard"],
    /is no string/,
  ),
  slip("house-enum-name", ["value: advanced", 'value: "4.5"'], /GraphQL has no name/),
  slip(
    "house-example",
    [column, `${column}        examples: [cheap]\n`],
    /"cheap" is no example of "fee": it is no number/,
  ),
  slip("house-example", ["name: level\n", "name: level\n        examples: [hard]\n"], /not in the enum/),
  slip("house-example", ["name: code\n", "name: code\n        examples: [abc]\n"], /does not match/),
  slip("house-key", ["        primaryKey: true\n", ""], /has no key/),
  slip("house-key-required", ["primaryKey: true\n        required: true\n", "primaryKey: true\n"], /may be null/),
  slip("house-key-type", ["name: topics\n", topicsKey], /is an array/),
  slip(
    "house-key-position",
    ["name: seats\n", "name: seats\n        primaryKeyPosition: 1\n"],
    /without being part of it/,
  ),
  slip("house-id-stable", ["- id: fee\n", "- id: price\n"], /published with the id "fee"/),
  slip("house-id-stable", ["4b7ff1ca", "5b7ff1ca"], /The contract is published with the id "4b7ff1ca/),
  slip(
    "house-id-reused",
    [
      "name: fee\n        logicalType: number\n        physicalType: DECIMAL(9,2)\n",
      "name: paid\n        logicalType: boolean\n",
    ],
    /"fee" belongs to the published column "fee" of type number; here it stands for a boolean/,
  ),
  slip("house-quality-rule", ["severity: warning", "severity: bad"], /cannot be the text "bad"/),
  slip("house-quality-percent", ["mustBeLessThan: 10", "mustBeLessThan: 110"], /No share is 110 percent/),
  slip(
    "house-quality-engine",
    ["metric: rowCount\n        mustBeGreaterThan: 0", "type: custom\n        engine: soda\n        implementation: x"],
    /no engine soda runs here/,
  ),
  slip(
    "house-quality-engine",
    [
      "metric: rowCount\n        mustBeGreaterThan: 0",
      "type: custom\n        engine: thoth\n        implementation: { check: rows }",
    ],
    /does not understand/,
  ),
  slip("house-format", [`pattern: '^[A-Z]{3}[0-9]+$'`, "format: postcode"], /Nobody here knows the format "postcode"/),
  slip(
    "house-format",
    [
      "items:\n          logicalType: string",
      "items:\n          { logicalType: date, logicalTypeOptions: { format: dd/MM/yyyy } }",
    ],
    /No audit reads a date within .* as "dd\/MM\/yyyy"/,
  ),
  slip("house-pattern", [`'^[A-Z]{3}[0-9]+$'`, `'^(?!X)[A-Z]{3}[0-9]+$'`], /looks ahead, behind or back/),
  slip(
    "house-nested-promise",
    ["items:\n          logicalType: string", "items:\n          logicalType: string\n          unique: true"],
    /no audit holds unique/,
  ),
  slip("house-partial-publish", rootCustom("partialPublish", "true"), /how many bad ones are too many/),
  slip("house-partial-publish", rootCustom("partialPublish", "sometimes"), /neither true nor false/),
  slip("house-partial-publish", rootCustom("maxRejectedShare", "5"), /a share above 0 and at most 1/),
  slip("house-role-terms", rootCustom("consentColumns", "{ research: code }"), /no boolean column "code"/),
  slip(
    "house-relationship-severity",
    ["to: ../../../../", "customProperties: [{ property: severity, value: bad }]\n            to: ../../../../"],
    /not one that is known/,
    loans,
  ),
  slip("house-latency", ["property: latency", "property: throughput"], /does not promise how old/),
  slip("house-promise-duration", ["unit: d\n", "unit: parsec\n"], /no length of time/),
  slip("house-promise-word", ["property: retention", "property: retension"], /"retension" is no word of the standard/),
  slip("house-promise-element", ["value: 5\n", "value: 5\n    element: course.colour\n"], /"course.colour"/),
  slip("house-promise-twice", ["property: retention", "property: ly"], /a second time/),
  slip(
    "house-duplicate-name",
    ["servers:", "servers:\n  - { server: mesh, type: duckdb, database: other }"],
    /a server "mesh"/,
  ),
  slip("house-relationship-target", ["courses/1.2.0", "courses/9.9.9"], /cannot be read/, loans),
  slip(
    "house-relationship-published",
    [`../../../../${published}`, `../../../../${courses}`],
    /not its published/,
    loans,
  ),
  slip(
    "house-relationship-key",
    [
      `../../../../${published}#/schema/course/properties/code`,
      "../books/contract.odcs.yaml#/schema/book/properties/shelf",
    ],
    /The key of books is shelf, place/,
    loans,
  ),
  slip(
    "house-relationship-from",
    ["[loan.shelf, loan.place]", "[loan.shelf, loan.colour]"],
    /no column of this product/,
    loans,
  ),
  slip(
    "house-relationship-type",
    ["logicalType: integer\n        description: Place", "logicalType: number\n        description: Place"],
    /of type number/,
    loans,
  ),
  slip(
    "house-relationship-field",
    [
      "- to: course.code",
      "- to: course.code\n            customProperties: [{ property: graphqlField, value: level }]",
    ],
    /"level", which is taken/,
  ),
];

test.each(slips)("$rule: $reason", ({ rule, from, to, reason, file = courses }) => {
  const text = readFileSync(join(root, file), "utf8");
  expect(text).toContain(from);
  writeFileSync(
    join(root, file),
    text.replace(from, () => to),
  );
  const found = lintFiles(root, [file]).filter((finding) => finding.rule === rule);
  expect(found.map(({ message }) => message)).toContainEqual(expect.stringMatching(reason));
  for (const finding of found) {
    expect(finding.file).toBe(file);
    expect(finding.hint).not.toBe("");
    expect(finding.line).toBeGreaterThan(0);
  }
});

test("odcs-unreadable: a file that is not there is a finding", () => {
  expect(lintFiles(root, ["domains/school/products/gone/contract.odcs.yaml"])).toMatchObject([
    { rule: "odcs-unreadable", severity: "error", line: 1, message: expect.stringContaining("cannot be read") },
  ]);
});

test("odcs-not-a-contract: a list is no contract", () => {
  writeFileSync(join(root, courses), "- a\n- b\n");
  expect(lintFiles(root, [courses])).toMatchObject([{ rule: "odcs-not-a-contract", severity: "error" }]);
});

const foreign = (text: string) => {
  const file = join(root, "elsewhere.odcs.yaml");
  writeFileSync(file, text.replace("domain: school", "domain: elsewhere"));
  return lintFiles(root, [file]);
};

test("odcs-relationship-target: others' references into themselves are followed too", () => {
  const text = readFileSync(fixture("course"), "utf8").replace("- to: course.code", "- to: course.kode");
  expect(foreign(text)).toMatchObject([{ rule: "odcs-relationship-target", severity: "warning" }]);
});

test("the house only advises others", () => {
  const text = readFileSync(fixture("course"), "utf8").replaceAll("classification: internal\n", "tags: [x]\n");
  expect(foreign(text).map(({ rule, severity }) => `${severity} ${rule}`)).toEqual([
    "warning house-classification",
    "warning house-classification",
  ]);
});

test("a draft elsewhere that speaks for a domain of the repository is judged as if it lay there", () => {
  const file = join(root, "draft.odcs.yaml");
  const draft = readFileSync(fixture("loans"), "utf8");
  writeFileSync(file, draft);
  expect(lintFiles(root, [file])).toEqual([]);
  writeFileSync(file, draft.replace("        classification: public\n", ""));
  expect(lintFiles(root, [file])).toMatchObject([{ rule: "house-classification", severity: "error" }]);
});

test("what is published is final, so the house only warns about it", () => {
  const text = readFileSync(fixture("course"), "utf8").replace("classification: internal\n", "tags: [x]\n");
  writeFileSync(join(root, published), text);
  expect(lintFiles(root, [published])).toMatchObject([{ rule: "house-classification", severity: "warning" }]);
});

const alone = ["odcs-unreadable", "odcs-not-a-contract", "odcs-relationship-target"];

test("every rule has an example that breaks it", () => {
  const shown = [...new Set([...slips.map(({ rule }) => rule), ...alone])].sort();
  expect(lintRules.map(({ id }) => id).sort()).toEqual(shown);
});

test("every rule in the code is in the catalogue", () => {
  const known = new Set(lintRules.map(({ id }) => id));
  const written = ["../", "./"].flatMap((folder) => {
    const url = new URL(folder, import.meta.url);
    const files = readdirSync(url).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
    return files.flatMap(
      (name) => readFileSync(new URL(name, url), "utf8").match(/(?<=")(odcs|house)-[a-z-]+(?=")/g) ?? [],
    );
  });
  const ofTheGlossary = (rule: string) => rule.startsWith("house-glossary");
  expect([...new Set(written)].filter((rule) => !known.has(rule) && !ofTheGlossary(rule))).toEqual([]);
});
