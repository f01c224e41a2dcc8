import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { runCommandLine } from "../command-line.ts";
import { recordingEffects } from "../testing/recording-effects.ts";

const repository = resolve(import.meta.dirname, "../../../..");
const root = mkdtempSync(join(tmpdir(), "policy-commands-"));
const contract = "domains/school/products/courses/contract.odcs.yaml";
const course = readFileSync(join(repository, "platform/contract/fixtures/course.odcs.yaml"), "utf8");

beforeEach(() => {
  rmSync(root, { recursive: true, force: true });
  write("mesh.config.ts", 'export default { domains: "domains/*/domain.ts", servers: async () => ({}) };\n');
  cpSync(join(repository, "contracts/policies"), join(root, "contracts/policies"), { recursive: true });
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

function change(file: string, from: string, to: string): void {
  const text = readFileSync(join(root, file), "utf8");
  expect(text).toContain(from);
  write(
    file,
    text.replace(from, () => to),
  );
}

async function mesh(...args: readonly string[]) {
  const effects = recordingEffects({ cwd: root });
  const code = await runCommandLine(args, effects);
  return { code, ...effects.said };
}

const waiver = `policy: support-channel
product: school/courses
owner: registry
reason: The channel opens with the new term.
expires: 2026-06-30
`;

test("policy list names every policy and every waiver", async () => {
  write("contracts/waivers/channel.yaml", waiver);
  const { code, out } = await mesh("policy", "list");
  expect(code).toBe(0);
  expect(out).toMatch(/^ {2}error {3}owner-and-steward +Every product names an owner and a steward\.$/m);
  expect(out).toMatch(
    /^ {2}waived {2}support-channel +school\/courses, until 2026-06-30 by registry: The channel opens/m,
  );
  expect(out).toMatch(/\d+ policies, 1 waiver\n$/);
  const told = JSON.parse((await mesh("policy", "list", "--json")).out);
  expect(told).toMatchObject({ ok: true, findings: [], waivers: [{ policy: "support-channel", owner: "registry" }] });
  expect(told.policies[0]).toEqual({
    id: "access-roles",
    title: expect.any(String),
    why: expect.any(String),
    severity: "error",
    waivable: true,
    file: "contracts/policies/access-roles.yaml",
  });
});

test("policy list tells what cannot be read", async () => {
  change("contracts/policies/naming.yaml", "rules:", "ruls:");
  const { code, out } = await mesh("policy", "list");
  expect(code).toBe(1);
  expect(out).toMatch(/contracts\/policies\/naming.yaml:\d+:1 error policy-unknown-key: Unknown key "ruls"/);
});

test("policy test runs the examples", async () => {
  expect(await mesh("policy", "test", "naming")).toEqual({
    code: 0,
    out: "ok   naming: 1 passing example, 1 failing example\n",
    err: "",
  });
  change("contracts/policies/naming.yaml", "name: endDate", "name: end_date");
  const { code, out } = await mesh("policy", "test");
  expect(code).toBe(1);
  expect(out).toMatch(/^FAIL naming\n {5}contracts\/policies\/naming.yaml:\d+:\d+ error policy-example: .*capitals/m);
  expect(out).toMatch(/^ok {3}no-restricted-key: /m);
  const told = JSON.parse((await mesh("policy", "test", "naming", "--json")).out);
  expect(told).toMatchObject({ ok: false, policies: ["naming"], findings: [{ rule: "policy-example" }] });
});

test("a policy that is not there is a wrong command line", async () => {
  const { code, err } = await mesh("policy", "test", "nameing");
  expect(code).toBe(2);
  expect(err).toContain('there is no policy "nameing"; did you mean "naming"?');
});

test("check judges by the policies, also when a contract breaks the standard", async () => {
  write(contract, course.replace("logicalType: integer", "logicalType: integer\n        colour: red"));
  write("domains/school/products/rooms/contract.odcs.yaml", course.replaceAll("courses", "rooms"));
  write("contracts/waivers/channel.yaml", waiver.replace("courses", "rooms"));
  const { code, out } = await mesh("check");
  expect(code).toBe(1);
  expect(out).toMatch(/^FAIL contracts: 2 contracts, 1 error, /m);
  expect(out).toMatch(/^FAIL policies: \d+ policies, 1 waiver, \d+ errors, \d+ warnings$/m);
  const { findings } = JSON.parse((await mesh("check", "--json")).out);
  const of = (rule: string) => findings.filter((finding: { rule: string }) => finding.rule === rule);
  expect(of("policy/owner-and-steward").map(({ message }: { message: string }) => message)).toEqual([
    "school/rooms names no owner",
    "school/rooms names no steward",
  ]);
  expect(of("policy/support-channel")).toMatchObject([
    { severity: "info", message: expect.stringContaining("(waived") },
  ]);
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
