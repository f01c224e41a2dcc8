import { readFileSync } from "node:fs";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { expect, test } from "vitest";
import { parseDocument } from "yaml";
import { parseContract, readContract } from "./parse-contract.ts";

const course = readFileSync(new URL("../fixtures/course.odcs.yaml", import.meta.url), "utf8");

/** The fixture with one thing changed. */
function edited(from: string, to: string): string {
  expect(course).toContain(from);
  return course.replace(from, () => to);
}

/** `line:column rule` of every finding but the hints. */
function verdict(text: string): string[] {
  return parseContract(text, "c.yaml").findings.map(({ line, column, rule }) => `${line}:${column} ${rule}`);
}

test("a sound contract has no findings", () => {
  const { contract, findings, locate } = parseContract(course, "c.yaml");
  expect(findings).toEqual([]);
  expect(contract?.schema?.[0]?.properties?.[3]?.physicalType).toBe("DECIMAL(9,2)");
  expect(locate(["schema", 0, "properties", 3, "physicalType"])).toEqual({ line: 59, column: 23 });
  expect(locate(["schema", 0, "properties", 3, "nothing", "here"])).toEqual({ line: 56, column: 9 });
  expect(locate([])).toEqual({ line: 1, column: 1 });
});

test.each([
  ["", "1:1 odcs-not-a-contract"],
  ["just words", "1:1 odcs-not-a-contract"],
  ["- a\n- b\n", "1:1 odcs-not-a-contract"],
  ["\u0000\u0001", "1:1 odcs-not-a-contract"],
  ["a: 1\n---\nb: 2\n", "2:1 odcs-yaml-documents"],
  ["a: [1, 2\nb: 3\n", "2:1 odcs-yaml-syntax"],
  ["a:\n\tb: 1\n", "2:1 odcs-yaml-syntax"],
  ["a: b: c\n", "1:4 odcs-yaml-syntax"],
  ["? [a]\n: 1\n", "1:3 odcs-yaml-syntax"],
  ["[".repeat(20_000), /^1:\d+ odcs-yaml-syntax$/],
  ["a: *gone\n", "1:4 odcs-yaml-alias"],
  ["a: &a [*a]\n", "1:8 odcs-yaml-alias"],
  [aliasBomb(9), "10:22 odcs-yaml-alias"],
])("what is no YAML to trust is refused: %j", (text, expected) => {
  const { contract, findings } = parseContract(text, "c.yaml");
  expect(contract).toBeUndefined();
  expect(findings.map(({ line, column, rule }) => `${line}:${column} ${rule}`)).toEqual([
    typeof expected === "string" ? expected : expect.stringMatching(expected),
  ]);
});

/** Every line ten times the one before: ten lines, a billion values. */
function aliasBomb(lines: number): string {
  const line = (n: number) =>
    `l${n}: &l${n} [${Array(4)
      .fill(`*l${n - 1}`)
      .join()}]`;
  return [`l0: &l0 [1,1,1,1]`, ...Array.from({ length: lines }, (_, index) => line(index + 1))].join("\n");
}

test("an alias that repeats a value is fine", () => {
  const repeated = edited("description: What it is about.", "description: &about What it is about.");
  expect(verdict(repeated.replace("The course to take before; null when there is none.", "*about"))).toEqual([]);
});

test.each([
  ["a duplicate key", "name: courses\n", "name: courses\nname: again\n", "5:1 odcs-yaml-duplicate-key"],
  ["the last of two equal keys, which counts", "name: courses\n", "name: courses\nname: 5\n", "5:7 odcs-wrong-type"],
  ["a version that is a number", "version: 1.2.0", "version: 1.2", "6:10 odcs-wrong-type"],
  ["a version with a v", "version: 1.2.0", "version: v1.2.0", "6:10 house-version-semver"],
  ["no version", "version: 1.2.0\n", "", "1:1 odcs-missing-key"],
  ["a misspelt key", "status: active", "statsu: active", "7:1 odcs-unknown-key"],
  ["an apiVersion without v", "apiVersion: v3.2.0", "apiVersion: 3.2.0", "1:13 odcs-api-version"],
  ["an apiVersion of long ago", "apiVersion: v3.2.0", "apiVersion: v2.2.2", "1:13 odcs-api-version"],
  ["another kind of document", "kind: DataContract", "kind: DataProduct", "2:7 odcs-kind"],
  ["a flag in words", "primaryKey: true", "primaryKey: yes", "26:21 odcs-wrong-type"],
  ["a key in other letters", "primaryKey: true", "primarykey: true", "26:9 odcs-unknown-key"],
  ["a type that is none", "logicalType: integer", "logicalType: int", "43:22 odcs-allowed-values"],
  ["an option of another type", "minLength: 3", "minimum: 3", "29:11 odcs-misplaced-key"],
  ["a misspelt option", "minLength: 3", "minLenght: 3", "29:11 odcs-unknown-key"],
  ["an option out of range", "minLength: 3", "minLength: -1", "29:22 odcs-limit"],
  ["limits that leave nothing", "minLength: 3", "minLength: 30", "29:22 odcs-empty-range"],
  ["a format that is none", "format: i64", "format: int64", "47:19 odcs-allowed-values"],
  ["options without a type", "        logicalType: integer\n", "", "41:9 odcs-missing-key"],
  ["a pattern that is none", "'^[A-Z]{3}[0-9]+$'", "'^[A-Z'", "31:20 odcs-pattern"],
  ["the same enum entry twice", "- value: advanced", "- value: beginner", "40:13 odcs-duplicate"],
  ["the same enum value twice", "- value: advanced", "- {value: beginner, label: B}", "40:21 odcs-enum-duplicate"],
  ["an enum value of another type", "- value: advanced", "- value: 5", "40:20 odcs-enum-type"],
  ["an enum value without its key", "- value: advanced", "- advanced", "40:13 odcs-wrong-type"],
  ["no operator", "            mustBeLessThan: 10\n", "", "51:13 odcs-one-operator"],
  ["two operators", "mustBeLessThan: 10", "mustBeLessThan: 10\n            mustBe: 0", "51:13 odcs-one-operator"],
  ["bounds the wrong way round", "mustBeLessThan: 10", "mustBeBetween: [9, 1]", "53:28 odcs-empty-range"],
  ["half a range", "mustBeLessThan: 10", "mustBeBetween: [1]", "53:28 odcs-limit"],
  ["an operator on a text rule", "metric: nullValues", "type: text", "53:13 odcs-misplaced-key"],
  ["a metric that is none", "metric: nullValues", "metric: nulls", "52:21 odcs-allowed-values"],
  ["a metric without its arguments", "metric: nullValues", "metric: invalidValues", "51:13 odcs-metric-arguments"],
  ["a query without its type", "metric: nullValues", "query: select 1", "51:13 odcs-missing-key"],
  ["a reference that is none", "- to: course.code", "- to: course", "76:17 odcs-format"],
  [
    "from on a property",
    "- to: course.code",
    "- to: course.code\n            from: course.code",
    "77:13 odcs-misplaced-key",
  ],
  [
    "a list to a single",
    "    quality:\n      - id: any",
    "    relationships:\n      - from: [a.b]\n        to: c.d\n    quality:\n      - id: any",
    "79:13 odcs-relationship-shape",
  ],
  [
    "two to one",
    "    quality:\n      - id: any",
    "    relationships:\n      - from: [a.b, a.c]\n        to: [c.d]\n    quality:\n      - id: any",
    "79:13 odcs-relationship-shape",
  ],
  ["a server type that is none", "type: duckdb", "type: ducktb", "90:11 odcs-allowed-values"],
  ["a server without its key", "    database: school\n", "", "89:5 odcs-missing-key"],
  ["a key of another server type", "database: school", "database: school\n    host: here", "92:5 odcs-misplaced-key"],
  ["a key no server has", "database: school", "database: school\n    colour: red", "92:5 odcs-unknown-key"],
  ["an id twice", "id: level", "id: code", "32:13 odcs-duplicate-id"],
  ["a name twice", "name: level", "name: code", "33:15 odcs-duplicate-name"],
  ["an id with spaces", "- id: course\n", "- id: the course\n", "14:9 odcs-format"],
  ["a property without name", "- id: fee\n        name: fee\n", "- id: fee\n", "56:9 odcs-missing-key"],
  ["items of a text", "logicalType: array", "logicalType: string", "68:9 odcs-misplaced-key"],
  ["a map where a list belongs", "tags: [master-data]", "tags: {master: data}", "12:7 odcs-wrong-type"],
  ["a word newer than the version", "apiVersion: v3.2.0", "apiVersion: v3.1.0", "38:9 odcs-newer-word"],
  ["a word on its way out", "name: courses\n", "name: courses\ndataProduct: courses\n", "5:1 odcs-deprecated-key"],
  ["a date that is none", "- username: ada", "- username: ada\n      dateIn: 2024-13-01", "96:15 odcs-format"],
])("%s", (_, from, to, expected) => expect(verdict(edited(from, to))).toContain(expected));

test("one slip is one finding", () => {
  expect(verdict(edited("minLength: 3", "minLenght: 3"))).toHaveLength(1);
  expect(verdict(edited("type: duckdb", "type: ducktb"))).toHaveLength(1);
  expect(verdict(edited("database: school", "database: school\n    colour: red"))).toHaveLength(1);
  expect(verdict(edited("mustBeLessThan: 10", "mustBeBetween: [1]"))).toHaveLength(1);
});

test("all slips are told, in reading order", () => {
  const text = edited("status: active", "statsu: active")
    .replace("primaryKey: true", "primaryKey: 1")
    .replace("unit: d", "units: d");
  expect(verdict(text)).toEqual(["7:1 odcs-unknown-key", "26:21 odcs-wrong-type", "84:5 odcs-unknown-key"]);
});

test.each([
  ["statsu: active", "status: active", /Unknown key "statsu" in the contract/, 'Did you mean "status"?'],
  [
    "        nullable: false\n",
    "        primaryKey: true\n",
    /Unknown key "nullable" in property "code"/,
    'Did you mean "required"?',
  ],
  [
    "logicalType: varchar",
    "logicalType: integer",
    /"logicalType" of property "seats" cannot be the text "varchar"/,
    'Did you mean "string"?',
  ],
  ["version: 1.2", "version: 1.2.0", /"version" must be a text; here is the number 1.2/, "Put the value in quotes"],
  ["apiVersion: v2.2.2", "apiVersion: v3.2.0", /apiVersion "v2.2.2" is not one we read/, "has to be rewritten"],
  [
    "mustBe: 0\n            mustBeLessThan: 10",
    "mustBeLessThan: 10",
    /2 operators \(mustBe, mustBeLessThan\)/,
    "exactly one|Say with one key",
  ],
])("the message tells what is wrong with `%s`, the hint what to do", (to, from, message, hint) => {
  const [finding] = parseContract(edited(from, to), "c.yaml").findings;
  expect(finding?.message).toMatch(message);
  expect(finding?.hint).toMatch(new RegExp(hint.replaceAll("?", "\\?")));
});

test("versions before 3.2 must say their status", () => {
  const old = edited("status: active\n", "").replace("apiVersion: v3.2.0", "apiVersion: v3.1.0");
  expect(verdict(old)).toContain("1:1 odcs-missing-key");
  expect(verdict(edited("status: active\n", ""))).toEqual([]);
});

test.each([
  [
    "v3.1.0",
    "servers:\n  - { server: s, type: postgres, host: h, port: '${PORT}', database: d, schema: s }\n",
    "8:49 odcs-newer-word",
  ],
  ["v3.1.0", "customProperties:\n  - { property: p, value: 1, vendor: soda }\n", "8:38 odcs-newer-word"],
  ["v3.1.0", "context: Use it well.\n", "7:1 odcs-newer-word"],
  ["v3.1.0", "servers:\n  - { server: s, type: hana, host: h }\n", "8:24 odcs-newer-word"],
  ["v3.0.2", "team: { name: t }\n", "7:7 odcs-newer-word"],
  ["v3.0.2", "schema:\n  - name: t\n    properties: [{ name: at, logicalType: timestamp }]\n", "9:43 odcs-newer-word"],
  ["v3.0.2", "slaProperties:\n  - { property: ly, value: 1, description: d }\n", "8:31 odcs-newer-word"],
])("%s does not have %j yet", (version, part, expected) => {
  const text = (apiVersion: string) =>
    `apiVersion: ${apiVersion}\nkind: DataContract\nid: a\nversion: 1.0.0\nstatus: active\nname: n\n${part}`;
  expect(verdict(text(version))).toEqual([expected]);
  expect(verdict(text("v3.2.0"))).toEqual([]);
});

test("version 3.0 may say `rule` for `metric`, and limits that exclude by flag", () => {
  const text = `apiVersion: v3.0.2
kind: DataContract
id: a
version: 1.0.0
status: active
schema:
  - name: t
    properties:
      - name: c
        logicalType: integer
        logicalTypeOptions: { minimum: 0, exclusiveMinimum: true }
        quality:
          - rule: duplicateCount
            mustBe: 0
`;
  expect(verdict(text)).toEqual([]);
  expect(verdict(text.replace("v3.0.2", "v3.1.0"))).toEqual(["11:61 odcs-older-word", "13:19 odcs-older-word"]);
});

test("readContract throws every error with the place of the first", () => {
  const text = edited("version: 1.2.0", "version: 1.2").replace("primaryKey: true", "primaryKey: yes");
  let thrown: unknown;
  try {
    readContract(text, "domains/school/products/courses/contract.odcs.yaml");
  } catch (error) {
    thrown = error;
  }
  if (!isMeshError(thrown)) throw new Error("readContract did not throw a MeshError");
  const file = "domains/school/products/courses/contract.odcs.yaml";
  expect(thrown.code).toBe("contract/invalid");
  expect(thrown.at).toEqual({ file, line: 6, column: 10, path: "version" });
  expect(thrown.message).toContain(`${file}:26:21 odcs-wrong-type`);
  expect(readContract(course, "c.yaml").contract.name).toBe("courses");
});

test("fifty columns are read as fast as the text alone", () => {
  const [head = "", rest = ""] = course.split("      - id: topics\n");
  const columns = Array.from(
    { length: 50 },
    (_, n) =>
      `      - id: c${n}\n        name: c${n}\n        logicalType: string\n        description: Column ${n}.\n        classification: public\n`,
  );
  const wide = `${head}${columns.join("")}      - id: topics\n${rest}`;
  const msOf = (work: () => void) => {
    const start = performance.now();
    work();
    return performance.now() - start;
  };
  const rounds = Array.from({ length: 15 }, () => ({
    parser: msOf(() => parseDocument(wide)),
    contract: msOf(() => expect(parseContract(wide, "c.yaml").findings).toEqual([])),
  }));
  // the fastest of each, because other work on the machine only ever adds
  const [parser, contract] = [rounds.map((one) => one.parser), rounds.map((one) => one.contract)];
  // it takes about half as long as the parser of YAML that keeps places
  expect(Math.min(...contract) / Math.min(...parser)).toBeLessThan(8);
});
