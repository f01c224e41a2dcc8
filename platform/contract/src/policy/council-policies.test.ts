import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { formatPath } from "../finding.ts";
import type { DataContract } from "../generated/odcs.ts";
import { readPolicies } from "./read-policies.ts";
import { readWaivers } from "./waiver.ts";

/** The policies that bind this repository, held against their own examples. */
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const { policies, findings } = readPolicies(root);
const guide = readFileSync(join(root, "docs/policies.md"), "utf8");

test("every policy of the council is sound", () => {
  expect(findings).toEqual([]);
  expect(policies.length).toBeGreaterThan(0);
});

test("the guide lists every policy with its severity, and no other", () => {
  const listed = [...guide.matchAll(/^\| `([a-z-]+)` \| (error|warning|info)(, always)? \|/gm)];
  const said = listed.map(([, id, severity, always]) => ({ id, severity, waivable: always === undefined }));
  const held = policies.map(({ policy: { id, severity, waivable = true } }) => ({ id, severity, waivable }));
  expect(said).toHaveLength(held.length);
  expect(said).toEqual(expect.arrayContaining(held));
});

test("what the guide shows as a policy and as a waiver is one", () => {
  const [policy = "", waiver = ""] = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text);
  const folder = mkdtempSync(join(tmpdir(), "guide-"));
  try {
    for (const name of ["policies", "waivers"]) mkdirSync(join(folder, "contracts", name), { recursive: true });
    writeFileSync(join(folder, "contracts/policies/no-restricted-key.yaml"), policy);
    writeFileSync(join(folder, "contracts/waivers/shown.yaml"), waiver);
    expect(readPolicies(folder)).toMatchObject({ ids: ["no-restricted-key"], findings: [] });
    expect(readWaivers(folder)).toMatchObject({ files: 1, findings: [], waivers: [{ expires: "2026-12-05" }] });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe.each(policies.map((compiled) => [compiled.policy.id, compiled] as const))("%s", (_, { policy, judge }) => {
  const judged = ({ contract, today = "2026-01-01" }: { contract: unknown; today?: string }) =>
    judge(contract as DataContract, Date.parse(today)).map(({ path, message }) => ({
      at: formatPath(path),
      says: message,
    }));

  test.each(policy.examples.passing.map((example) => [example.what, example] as const))(
    "passes: %s",
    (_what, example) => {
      expect(judged(example)).toEqual([]);
    },
  );

  test.each(policy.examples.failing.map((example) => [example.what, example] as const))(
    "fails: %s",
    (_what, example) => {
      expect(judged(example)).toEqual(expect.arrayContaining([...example.finds]));
      expect(judged(example)).toHaveLength(example.finds.length);
    },
  );

  test("every hint says something, with nothing left to fill in", () => {
    const hints = policy.examples.failing.flatMap(({ contract, today = "2026-01-01" }) =>
      judge(contract as unknown as DataContract, Date.parse(today)).map(({ hint }) => hint),
    );
    for (const hint of hints) expect(hint).toMatch(/^(?!.*\{(product|name|value|missing|found)\}).{10,}$/s);
  });
});
