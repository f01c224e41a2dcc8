import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { runCommandLine } from "../command-line.ts";
import type { Effects } from "../effects.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const units = "domains/ontrack-learning/products/units/contract.odcs.yaml";
const text = readFileSync(join(root, units), "utf8");
const folder = mkdtempSync(join(tmpdir(), "drafts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function mesh(...args: readonly string[]): Promise<Ended> {
  let [out, err] = ["", ""];
  const effects: Effects = {
    cwd: root,
    env: { MESH_HOME: join(folder, "home") },
    pid: 1,
    now: () => Date.parse("2026-01-01"),
    columns: () => undefined,
    signal: new AbortController().signal,
    input: async () => "",
    out: (more) => {
      out += more;
    },
    err: (more) => {
      err += more;
    },
  };
  const code = await runCommandLine(args, effects);
  return { code, out, err };
}

function draft(name: string, from: string, to: string): string {
  expect(text).toContain(from);
  const file = join(folder, name);
  writeFileSync(
    file,
    text.replace(from, () => to),
  );
  return file;
}

const nullable = draft("nullable.odcs.yaml", "        required: true\n        unique: true", "        unique: true");

const renamed = draft("renamed.odcs.yaml", "        name: name\n", "        name: title\n");

test("the contracts of the repository keep the rules", async () => {
  const { code, out } = await mesh("contract", "lint", "--json");
  expect(JSON.parse(out)).toEqual({ ok: true, findings: expect.any(Array) });
  expect(code).toBe(0);
});

test("a finding names its place, its rule and what to do, and ends with 1", async () => {
  const file = draft("purpose.odcs.yaml", "logicalType: string\n", "logicalType: strin\n");
  const { code, out } = await mesh("contract", "lint", file);
  expect(code).toBe(1);
  expect(out).toMatch(
    /purpose.odcs.yaml:\d+:\d+ error odcs-allowed-values: .*"strin"\n {2}hint Did you mean "string"\?/,
  );
  expect(out).toMatch(/1 contract: 1 error, 0 warnings\n$/);
  const { findings } = JSON.parse((await mesh("contract", "lint", file, "--json")).out);
  expect(Object.keys(findings[0]).sort()).toEqual([
    "column",
    "file",
    "hint",
    "line",
    "message",
    "path",
    "rule",
    "severity",
  ]);
});

test("a file that is not there is a finding; an option that is not there is wrong usage", async () => {
  const { code, out } = await mesh("contract", "lint", join(folder, "gone.yaml"), "--json");
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ ok: false, findings: [{ rule: "odcs-unreadable", line: 1 }] });
  expect((await mesh("contract", "lint", "--strict")).code).toBe(2);
});

test("a folder stands for the contracts in it", async () => {
  const { out } = await mesh("contract", "lint", "domains/ontrack-learning");
  expect(out).toMatch(/[5-9] contracts: 0 errors, \d+ warnings\n$/);
});

test("the rules can be listed", async () => {
  const { out } = await mesh("contract", "lint", "--rules");
  expect(out).toMatch(/^ {2}odcs-unreadable +The file exists and can be read.$/m);
  expect(JSON.parse((await mesh("contract", "lint", "--rules", "--json")).out).rules.length).toBeGreaterThan(60);
});

test("two contracts are compared for those who read, or write", async () => {
  const { code, out } = await mesh("contract", "diff", units, nullable, "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ class: "MAJOR", dangerous: false, requiredBump: "major" });
  expect(JSON.parse(out).diffs[0]).toMatchObject({ rule: "nullability-loosened", class: "MAJOR", dangerous: false });
  const writer = JSON.parse((await mesh("contract", "diff", units, nullable, "--json", "--profile", "writer")).out);
  expect(writer.class).toBe("MINOR");
});

test("--enforce ends with 1 when the version conceals the change", async () => {
  expect((await mesh("contract", "diff", "ontrack-learning/units@1.0.0", nullable, "--enforce")).code).toBe(1);
  expect((await mesh("contract", "diff", units, units, "--enforce")).code).toBe(0);
});

test("Markdown is for a pull request", async () => {
  const { out } = await mesh("contract", "diff", units, nullable, "--markdown");
  expect(out).toContain("| `nullability-loosened` | ");
});

test("what the generated schema says is told with it, or why it says nothing", async () => {
  const { graphql } = JSON.parse((await mesh("contract", "diff", units, renamed, "--json")).out);
  expect(graphql).toMatchObject({ compared: true, class: "MAJOR" });
  expect(graphql.changes[0]).toMatchObject({ class: "MAJOR", dangerous: false });
  expect((await mesh("contract", "diff", units, renamed)).out).toContain(
    "GraphQL schema: MAJOR, which the rules explain.",
  );
  const writer = JSON.parse((await mesh("contract", "diff", units, renamed, "--json", "--profile", "writer")).out);
  expect(writer.graphql).toEqual({ compared: false, reason: "nobody writes through GraphQL" });
  const foreign = draft("foreign.odcs.yaml", "    name: unit\n", "    name: Unit of Study\n");
  const { out } = await mesh("contract", "diff", units, foreign, "--json");
  expect(JSON.parse(out).graphql).toMatchObject({
    compared: false,
    reason: expect.stringContaining("house-object-name"),
  });
});

test("a class that takes a column from whoever reads it now is MAJOR", async () => {
  const of = async (file: string) => JSON.parse((await mesh("contract", "diff", units, file, "--json")).out);
  const hidden = draft("hidden.odcs.yaml", "classification: internal", "classification: confidential");
  expect((await of(hidden)).diffs[0]).toMatchObject({ rule: "classification-raised", class: "MAJOR" });
  // Who brings no token read it until now.
  const inside = draft(
    "inside.odcs.yaml",
    "classification: public\n        examples: [true]",
    "classification: internal",
  );
  expect((await of(inside)).diffs[0]).toMatchObject({ rule: "classification-raised", class: "MAJOR" });
  const progress = "domains/ontrack-learning/products/student-progress/contract.odcs.yaml";
  const stricter = join(folder, "stricter.odcs.yaml");
  const before = readFileSync(join(root, progress), "utf8");
  writeFileSync(stricter, before.replace(/(name: campus\n[\s\S]*?classification: )confidential/, "$1restricted"));
  const { diffs } = JSON.parse((await mesh("contract", "diff", progress, stricter, "--json")).out);
  expect(diffs).toContainEqual(
    expect.objectContaining({ rule: "classification-raised", class: "MINOR", dangerous: true }),
  );
});

test("the metadata difference is one JSON document, for all products a list of them", async () => {
  const { code, out } = await mesh("contract", "diff", units, renamed, "--format", "metadata-difference");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    kind: "MetadataDifference",
    suggestedVersion: "2.0.0",
    diffs: [{ type: "CHANGE", field: "name", value1: "name", value2: "title", impactLevel: "MAJOR" }],
  });
  expect(JSON.parse((await mesh("contract", "diff", "--format", "metadata-difference")).out)).toEqual(
    expect.any(Array),
  );
});

test("who was seen reading it, and what is made from it, is told when that is asked for", async () => {
  const code = draft("code.odcs.yaml", "        name: code\n", "        name: unit_code\n");
  const { out } = await mesh("contract", "diff", units, code, "--who", "--json");
  const [first] = JSON.parse(out).diffs;
  expect(first).toMatchObject({ rule: "renamed", consumers: expect.any(Array) });
  expect((await mesh("contract", "diff", units, code, "--who", "--markdown")).out).toContain(
    "| where | who | instead |",
  );
  expect(JSON.parse((await mesh("contract", "diff", units, code, "--json")).out).diffs[0].consumers).toBeUndefined();
});

test("a product is compared with what is published of it", async () => {
  const { out } = await mesh("contract", "diff", "ontrack-learning/units", "--json");
  expect(JSON.parse(out)).toMatchObject({ against: expect.arrayContaining(["1.0.0"]), graphql: { compared: true } });
});

test.each([
  ["not-yaml", "{ this is: [no yaml\n", "odcs-yaml-syntax"],
  ["twice", text.replace("status: active", "status: active\nstatus: draft"), "odcs-yaml-duplicate-key"],
  ["other-version", text.replace("apiVersion: v3.2.0", "apiVersion: v9.9.9"), "v9.9.9"],
  ["deep", "[&a ".repeat(1_000_000), "nested too deep"],
])("a file that is %s is refused with its place", async (name, content, problem) => {
  const file = join(folder, `${name}.odcs.yaml`);
  writeFileSync(file, content);
  const { code, out, err } = await mesh("contract", "diff", units, file);
  expect(code).toBe(1);
  expect(out).toBe("");
  expect(err).toContain("contract/invalid");
  expect(err).toContain(problem);
  expect(err).toMatch(new RegExp(`${name}.odcs.yaml:\\d+:\\d+`));
});

test("an id that stands for another type is refused, whatever the version", async () => {
  const reused = draft("reused.odcs.yaml", "        name: name\n", "        name: title\n");
  writeFileSync(
    reused,
    readFileSync(reused, "utf8")
      .replace("version: 1.0.0", "version: 2.0.0")
      .replace(/(name: title[\s\S]*?)logicalType: string/, "$1logicalType: boolean"),
  );
  const { code, out } = await mesh("contract", "diff", units, reused, "--enforce");
  expect(code).toBe(1);
  expect(out).toContain("tombstone-reuse");
  expect(out).toContain("refused: no version makes this right");
});

test.each([
  [["contract", "diff", units, nullable, "--profile", "bob"], 2, "cli/usage"],
  [["contract", "diff", units, nullable, "--json", "--markdown"], 2, "cli/usage"],
  [["contract", "diff", units, nullable, "--json", "--format", "markdown"], 2, "exclude each other"],
  [["contract", "diff", units, nullable, "--format", "xml"], 2, "--format takes"],
  [["contract", "diff", "nobody/nothing"], 2, "cli/unknown-product"],
  [["contract", "diff", nullable], 2, "needs a second contract"],
  [["contract", "diff", units, join(folder, "gone.yaml")], 1, "contract/unreadable"],
  [["contract", "diff", units, draft("broken.odcs.yaml", "kind: DataContract", "kind: Other")], 1, "contract/invalid"],
] as const)("%j ends with %d: %s", async (args, expected, problem) => {
  const { code, out, err } = await mesh(...args);
  expect(code).toBe(expected);
  expect(out + err).toContain(problem);
});

test.each(["lint", "diff"])("mesh contract %s explains itself", async (name) => {
  const { code, out } = await mesh("contract", name, "--help");
  expect(code).toBe(0);
  expect(out).toContain("Examples:");
});
