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
    env: {},
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

test.each([
  [["contract", "diff", units, nullable, "--profile", "bob"], 2, "cli/usage"],
  [["contract", "diff", units, nullable, "--json", "--markdown"], 2, "cli/usage"],
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
