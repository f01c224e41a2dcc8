import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findContracts } from "../contract-files.ts";
import { parseContractFile } from "../read-contract-file.ts";
import { openPolicyCheck } from "./policy-check.ts";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));
const course = readFileSync(fileURLToPath(new URL("../../fixtures/course.odcs.yaml", import.meta.url)), "utf8");
const courses = "domains/school/products/courses/contract.odcs.yaml";
const now = Date.parse("2026-03-01");

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "check-"));
  for (const name of ["owner-and-steward", "support-not-over"]) usePolicy(name);
  write(courses, course);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

function usePolicy(name: string): void {
  const file = `contracts/policies/${name}.yaml`;
  write(file, readFileSync(join(repository, file), "utf8"));
}

async function check() {
  const contracts = await findContracts(root);
  const policies = openPolicyCheck(root, contracts, now);
  for (const place of contracts) policies.judge(place, parseContractFile(root, place.file));
  return policies.verdict();
}

/** Each place once, also where two rules of a policy point at it. */
const told = async () => {
  const { findings } = await check();
  return [...new Set(findings.map((one) => `${one.severity} ${one.rule} ${one.file}:${one.line}:${one.column}`))];
};

const membersLine = course.split("\n").findIndex((line) => line.includes("- username: ada")) + 1;

test("each finding has the place of what it is about", async () => {
  const { policies, waivers, findings } = await check();
  expect([policies, waivers]).toEqual([2, 0]);
  expect(findings).toEqual([
    {
      rule: "policy/owner-and-steward",
      severity: "error",
      file: courses,
      line: membersLine,
      column: 5,
      path: "team.members",
      message: "school/courses names no owner",
      hint: expect.stringContaining("role: owner"),
    },
    expect.objectContaining({ line: membersLine, path: "team.members", message: "school/courses names no steward" }),
  ]);
});

test("contracts that keep the policies have no findings, and the ones that cannot be read are left to others", async () => {
  write(
    courses,
    course.replace("- username: ada", "- { username: ada, role: owner }\n    - { username: grace, role: steward }"),
  );
  expect(await told()).toEqual([]);
  write(courses, "schema: [\n");
  expect(await told()).toEqual([]);
});

const ended = (version: string, more = "") =>
  course
    .replace("version: 1.2.0", `version: ${version}${more}`)
    .replace("slaProperties:\n", 'slaProperties:\n  - { property: endOfSupport, value: "2026-01-31" }\n');

test("what is published is final: only older majors that are served are judged, and only warned where a policy wants it", async () => {
  for (const version of ["1.2.0", "1.10.0", "2.0.0"])
    write(`contracts/published/school/courses/${version}.odcs.yaml`, ended(version));
  expect(await told()).toHaveLength(1);
  write("domains/school/products/courses/previous/v1.sql", "select 1");
  const line = course.split("\n").indexOf("slaProperties:") + 2;
  expect(await told()).toEqual([
    `warning policy/support-not-over contracts/published/school/courses/1.10.0.odcs.yaml:${line}:3`,
    `error policy/owner-and-steward ${courses}:${membersLine}:5`,
  ]);
});

test("an end that the current contract announces counts, and not what the old one said", async () => {
  write("contracts/published/school/courses/1.2.0.odcs.yaml", ended("1.2.0"));
  write("domains/school/products/courses/previous/v1.sql", "select 1");
  const announced = (day: string) =>
    `\ncustomProperties: [{ property: previousMajors, value: [{ major: 1, endOfSupport: "${day}" }] }]`;
  write(courses, course.replace("version: 1.2.0", `version: 2.0.0${announced("2026-09-30")}`));
  expect(await told()).toEqual([`error policy/owner-and-steward ${courses}:${membersLine + 1}:5`]);
  write(courses, course.replace("version: 1.2.0", `version: 2.0.0${announced("2026-02-28")}`));
  expect(await told()).toContainEqual(`warning policy/support-not-over ${courses}:7:56`);
});

const waiver =
  "policy: owner-and-steward\nproduct: school/courses\nowner: ada\nreason: She is away.\nexpires: 2026-05-31\n";

test("a waiver in force turns the finding into a remark", async () => {
  write("contracts/waivers/away.yaml", waiver);
  expect((await check()).waivers).toBe(1);
  expect(await told()).toEqual([`info policy/owner-and-steward ${courses}:${membersLine}:5`]);
});

test.each([
  ["without an owner", waiver.replace("owner: ada\n", ""), "error waiver-missing-key contracts/waivers/away.yaml:1:1"],
  [
    "without a reason",
    waiver.replace("reason: She is away.\n", ""),
    "error waiver-missing-key contracts/waivers/away.yaml:1:1",
  ],
  [
    "with an empty reason",
    waiver.replace("She is away.", '" "'),
    "error waiver-format contracts/waivers/away.yaml:4:9",
  ],
  [
    "that never ends",
    waiver.replace("expires: 2026-05-31\n", ""),
    "error waiver-missing-key contracts/waivers/away.yaml:1:1",
  ],
  [
    "with a day that is none",
    waiver.replace("2026-05-31", "2026-02-30"),
    "error waiver-format contracts/waivers/away.yaml:5:10",
  ],
  ["with a word too many", `${waiver}until: later\n`, "error waiver-unknown-key contracts/waivers/away.yaml:6:1"],
  ["that is no YAML", "policy: [\n", "error waiver-yaml-syntax contracts/waivers/away.yaml:2:1"],
  [
    "that has expired",
    waiver.replace("2026-05-31", "2026-02-28"),
    "error waiver-expired contracts/waivers/away.yaml:5:10",
  ],
])("a waiver %s lets nobody off", async (_what, text, expected) => {
  write("contracts/waivers/away.yaml", text);
  const findings = await told();
  expect(findings).toContain(`error policy/owner-and-steward ${courses}:${membersLine}:5`);
  expect(findings).toContain(expected);
});

test("a waiver for what nobody finds any more is told", async () => {
  write("contracts/waivers/away.yaml", waiver.replace("owner-and-steward", "support-not-over"));
  expect(await told()).toContain("warning waiver-unused contracts/waivers/away.yaml:1:9");
});

test("a column's finding knows its column", async () => {
  usePolicy("classification-complete");
  usePolicy("examples-given");
  write(
    "contracts/waivers/seats.yaml",
    waiver.replace("owner-and-steward", "examples-given").replace("owner:", "column: seats\nowner:"),
  );
  const { findings } = await check();
  const examples = findings.filter(({ rule }) => rule === "policy/examples-given");
  expect(examples.filter(({ severity }) => severity === "info").map(({ path }) => path)).toEqual([
    "schema[0].properties[2].examples",
  ]);
  expect(examples.length).toBeGreaterThan(1);
});
