import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkProduct } from "../check-product.ts";
import { parseContract } from "../parse-contract.ts";
import { describeConsent, describeRoles } from "./describe-roles.ts";

const course = readFileSync(new URL("../../fixtures/course.odcs.yaml", import.meta.url), "utf8");

/** The course, with a role that has these custom properties. */
function withRole(terms: string, people = true): string {
  const attended = people
    ? course.replace(
        "      - id: level\n",
        `      - id: reader\n        name: reader\n        logicalType: string\n        description: Who attends.\n        classification: confidential\n        customProperties: [{ property: personalData, value: pseudonym }]\n      - id: level\n`,
      )
    : course;
  return `${attended}roles:\n  - role: analyst\n    firstLevelApprovers: ada, grace\n    customProperties:\n${terms}`;
}

function problems(text: string): string[] {
  const parsed = parseContract(text, "c.yaml");
  expect(parsed.findings.filter(({ severity }) => severity === "error")).toEqual([]);
  return checkProduct(parsed).map(({ rule, path, message }) => `${rule} ${path} ${message}`);
}

const term = (property: string, value: string) => `      - { property: ${property}, value: ${value} }\n`;
const groups = term("minGroupSize", "10") + term("groupBy", "[level]");
const groupsByTwo = term("minGroupSize", "10") + term("groupBy", "[level, code]");

describe("terms that can be carried out", () => {
  test.each([
    ["masks", '{ reader: hash, code: { partial: 3 }, seats: { bucket: 50 }, topics: "null", follows_code: null }'],
    ["rows", "[{ column: code, is: courses }, { column: level, in: [beginner] }]"],
  ])("%s: %s", (property, value) => {
    expect(problems(withRole(term(property, value)))).toEqual([]);
  });

  test("groups of people, and everything as the model has it", () => {
    const text = withRole(
      groupsByTwo +
        term("masks", "{ code: hash }") +
        term("rows", "[{ column: level, in: [advanced, 3] }, { column: code, is: courses }]"),
    );
    expect(problems(text)).toEqual([]);
    const { contract } = parseContract(text, "c.yaml");
    expect(describeRoles(contract as never)).toEqual([
      {
        name: "analyst",
        description: "",
        firstLevelApprovers: ["ada", "grace"],
        secondLevelApprovers: [],
        masks: { code: { kind: "hash" } },
        rows: [
          { kind: "in", column: "level", values: ["advanced", "3"] },
          { kind: "attribute", column: "code", attribute: "courses" },
        ],
        minGroupSize: 10,
        groupBy: ["level", "code"],
      },
    ]);
  });
});

describe("terms that cannot are reported where they stand", () => {
  test.each<[what: string, terms: string, path: string, says: RegExp]>([
    ["masks that are no map", term("masks", "[code]"), "value", /no map/],
    ["a mask of a column there is not", term("masks", "{ mark: hash }"), "value.mark", /no column "mark"/],
    ["a mask nobody knows", term("masks", "{ code: rot13 }"), "value.code", /no mask/],
    ["two masks in one", term("masks", "{ code: { partial: 2, bucket: 3 } }"), "value.code", /no mask/],
    ["a negative part", term("masks", "{ code: { partial: -1 } }"), "value.code", /no mask/],
    ["a bucket of nothing", term("masks", "{ seats: { bucket: 0 } }"), "value.seats", /no mask/],
    ["a hash of a number", term("masks", "{ seats: hash }"), "value.seats", /hash is for text/],
    ["a hash of a closed list", term("masks", "{ level: hash }"), "value.level", /list of values/],
    ["a bucket of text", term("masks", "{ code: { bucket: 10 } }"), "value.code", /for numbers/],
    ["a month of a number", term("masks", "{ seats: { bucket: month } }"), "value.seats", /for dates/],
    ["null where none may be", term("masks", "{ fee: null }"), "value.fee", /never to be null/],
    ["rows that are no list", term("rows", "{ column: code }"), "value", /no list/],
    ["a condition that says nothing", term("rows", "[{ column: code }]"), "value[0]", /cannot be read/],
    [
      "a condition that says two things",
      term("rows", "[{ column: code, is: a, in: [b] }]"),
      "value[0]",
      /cannot be read/,
    ],
    ["a condition with SQL in it", term("rows", '["code = 1"]'), "value[0]", /cannot be read/],
    ["a condition on no column", term("rows", "[{ column: mark, is: a }]"), "value[0]", /no column "mark"/],
    ["a time that is none", term("rows", "[{ column: seats, before: now }]"), "value[0]", /no date/],
    [
      "a span without a time",
      term("rows", "[{ column: code, is: a, less: { years: 1 } }]"),
      "value[0]",
      /cannot be read/,
    ],
    ["a group of one", term("minGroupSize", "1") + term("groupBy", "[level]"), "value", /at least two/],
    ["groups by nothing", term("minGroupSize", "5"), "roles[0]", /by which columns/],
    ["groups of no size", term("groupBy", "[level]"), "roles[0]", /at least two/],
    ["groups by a column there is not", term("minGroupSize", "5") + term("groupBy", "[mark]"), "value[0]", /no column/],
    [
      "rows picked by what groups are not made by",
      groups + term("rows", "[{ column: level, in: [advanced] }, { column: code, is: courses }]"),
      "value[1]",
      /groups are not made by it/,
    ],
    [
      "rows picked by what groups put together",
      groupsByTwo + term("masks", "{ code: { partial: 2 } }") + term("rows", "[{ column: code, in: [SIT102] }]"),
      "value[0]",
      /one group/,
    ],
    ["groups of single people", term("minGroupSize", "5") + term("groupBy", "[reader]"), "value[0]", /single people/],
  ])("%s", (_what, terms, path, says) => {
    const [first = ""] = problems(withRole(terms)).filter((problem) => problem.startsWith("house-role-terms"));
    expect(first.split(" ")[1]).toMatch(new RegExp(`${path.replace(/[[\]]/g, "\\$&")}$`));
    expect(first).toMatch(says);
  });

  test("groups of people in data about none", () => {
    expect(problems(withRole(groups, false)).join()).toMatch(/No column stands for a person/);
  });
});

test.each([
  ["{ research: agreed }", /no boolean column "agreed"/],
  ["{ research: code }", /no boolean column "code"/],
  ["[research]", /which column holds the consent/],
  ["{}", /which column holds the consent/],
])("consent in %s is refused", (value, says) => {
  const text = `${course}customProperties:\n  - { property: consentColumns, value: ${value} }\n`;
  expect(problems(text).join()).toMatch(says);
});

test("consent is read from the contract", () => {
  const properties = [
    { property: "personalDataPurpose", value: "learning-research" },
    { property: "consentBasis", value: "opt-in" },
    { property: "consentColumns", value: { study: "agreed" } },
  ];
  expect(describeConsent({ customProperties: properties } as never)).toEqual({
    purpose: "learning-research",
    basis: "opt-in",
    columns: { study: "agreed" },
  });
});
