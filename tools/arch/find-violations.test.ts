import { expect, test } from "vitest";
import { findViolations } from "./find-violations.ts";
import { formatViolation } from "./violation.ts";

const sources = { "./internal/*": null, "./*": { "thoth-source": "./src/*.ts", default: "./dist/*.js" } };

function manifest(name: string, dependencies: Record<string, string> = {}): string {
  return JSON.stringify({ name, version: "0.1.0", exports: sources, dependencies });
}

/** A small workspace without a fault, in which each case plants one. */
const sound: Record<string, string> = {
  "package.json": JSON.stringify({ name: "root", version: "1.0.0", devDependencies: { vitest: "4.0.0" } }),
  "platform/kernel/package.json": manifest("@thoth/kernel"),
  "platform/kernel/src/clock.ts": 'import { hrtime } from "node:process";\nexport const clock = hrtime;',
  "platform/slo/package.json": manifest("@thoth/slo", { "@thoth/kernel": "0.1.0", yaml: "2.0.0" }),
  "platform/slo/src/verdict.ts": 'import { clock } from "@thoth/kernel/clock";\nimport { parse } from "yaml";',
  "platform/slo/src/verdict.test.ts": 'import { test } from "vitest";\nimport { random } from "@thoth/testing/random";',
  "platform/testing/package.json": manifest("@thoth/testing", { "@thoth/slo": "0.1.0" }),
  "platform/testing/src/random.ts": 'import type { Verdict } from "@thoth/slo/verdict";',
  "domains/units/package.json": manifest("@thoth/units", { "@thoth/slo": "0.1.0", "@thoth/testing": "0.1.0" }),
  "domains/units/domain.ts": 'import { verdict } from "@thoth/slo/verdict";\nimport sample from "./sample/units.ts";',
  "domains/units/sample/units.ts": 'import { random } from "@thoth/testing/random";',
  "domains/units/testing/case.ts": 'import { raw } from "@thoth/testing/random";\nimport { expect } from "vitest";',
  "domains/units/fixtures/rows.ts": 'import { raw } from "@thoth/testing/random";',
  "domains/usage/package.json": manifest("@thoth/usage"),
  "domains/usage/domain.ts": "export default {};",
  "gateway/server/package.json": manifest("@thoth/gateway", { "@thoth/slo": "0.1.0" }),
  "gateway/server/src/serve.ts": 'export { verdict } from "@thoth/slo/verdict";',
  "mesh.config.ts": 'import units from "./domains/units/domain.ts";\nimport { serve } from "@thoth/gateway/serve";',
};

function violations(changes: Record<string, string> = {}): string[] {
  return findViolations(new Map(Object.entries({ ...sound, ...changes }))).map(formatViolation);
}

test("a sound workspace has none", () => {
  expect(violations()).toEqual([]);
});

test.each<[string, string, string, string]>([
  ["a lower layer imports a higher one", "platform/kernel/src/clock.ts", 'import "@thoth/slo/verdict";', "layer-order"],
  ["even its types", "platform/kernel/src/clock.ts", 'import type { V } from "@thoth/slo/verdict";', "layer-order"],
  ["even lazily", "platform/kernel/src/clock.ts", 'await import("@thoth/slo/verdict");', "layer-order"],
  ["even in a test", "platform/kernel/src/clock.test.ts", 'import "@thoth/slo/verdict";', "layer-order"],
  ["the platform imports a domain", "platform/slo/src/a.ts", 'import "@thoth/units/domain";', "layer-order"],
  ["the platform imports the gateway", "platform/slo/src/a.ts", 'export * from "@thoth/gateway/serve";', "layer-order"],
  ["a domain imports a domain", "domains/usage/a.ts", 'import "@thoth/units/domain";', "layer-order"],
  ["a domain imports a domain by path", "domains/usage/a.ts", 'import "../units/domain.ts";', "layer-order"],
  ["a domain imports the gateway", "domains/usage/a.ts", 'import "@thoth/gateway/serve";', "layer-order"],
  ["the gateway imports a domain", "gateway/server/src/a.ts", 'import "@thoth/units/domain";', "layer-order"],
  [
    "the gateway imports the top of the tree",
    "gateway/server/src/a.ts",
    'import "../../../mesh.config.ts";',
    "layer-order",
  ],
  ["code imports test material", "platform/slo/src/a.ts", 'import "@thoth/testing/random";', "layer-order"],
  ["a domain imports other test material", "domains/units/a.ts", 'import "@thoth/testing/suite";', "layer-order"],
  ["code imports a test", "platform/slo/src/a.ts", 'import "./verdict.test.ts";', "test-material"],
  ["code imports what tests use", "domains/units/a.ts", 'import "./testing/case.ts";', "test-material"],
  ["a package imports another by path", "platform/slo/src/a.ts", 'import "../../kernel/src/clock.ts";', "layer-order"],
  ["internals are imported", "platform/slo/src/a.ts", 'import "@thoth/kernel/internal/clock";', "layer-order"],
  ["a package has no layer", "platform/extra/package.json", manifest("@thoth/extra"), "unplaced-package"],
  ["an undeclared library", "platform/slo/src/a.ts", 'import "ajv/dist/2019.js";', "undeclared-dependency"],
  ["an undeclared package", "gateway/server/src/a.ts", 'import "@thoth/kernel/clock";', "undeclared-dependency"],
  ["a test tool in code", "platform/slo/src/a.ts", 'import "vitest";', "undeclared-dependency"],
  ["an undeclared library in a test", "platform/slo/src/a.test.ts", 'import "ajv";', "undeclared-dependency"],
  ["an undeclared library in a tool", "tools/a.ts", 'import "ajv";', "undeclared-dependency"],
  [
    "a library nobody imports",
    "domains/usage/package.json",
    manifest("@thoth/usage", { ajv: "8.0.0" }),
    "unused-dependency",
  ],
  [
    "a version range",
    "platform/slo/package.json",
    manifest("@thoth/slo", { "@thoth/kernel": "0.1.0", yaml: "^2.0.0" }),
    "inexact-dependency",
  ],
  [
    "an old version of a package",
    "platform/slo/package.json",
    manifest("@thoth/slo", { "@thoth/kernel": "0.0.9", yaml: "2.0.0" }),
    "inexact-dependency",
  ],
  ["a file named utils", "platform/slo/src/utils.ts", "", "file-name"],
  ["a file named types", "domains/units/types.ts", "", "file-name"],
  ["its test", "platform/slo/src/helpers.test.ts", "", "file-name"],
  ["a barrel", "platform/slo/src/index.ts", "", "file-name"],
  ["a name in camel case", "platform/slo/src/errorBudget.ts", "", "file-name"],
  ["a file that is not there", "platform/slo/src/a.ts", 'import "./b.ts";', "missing-file"],
  ["a missing file of another package", "platform/slo/src/a.ts", 'import "@thoth/kernel/b";', "missing-file"],
  ["an import without its ending", "platform/slo/src/a.ts", 'import "./verdict";', "missing-file"],
  ["a file that imports itself", "platform/slo/src/a.ts", 'import "./a.ts";', "import-cycle"],
])("%s: %s with %s is %s", (_what, file, text, rule) => {
  const found = violations({ [file]: text });
  expect(
    found.some((line) => line.startsWith(file) && line.includes(` ${rule}: `)),
    found.join("\n"),
  ).toBe(true);
});

test("names file, line, rule and reason", () => {
  expect(violations({ "domains/usage/domain.ts": '\nimport units from "../units/domain.ts";' })).toEqual([
    "domains/usage/domain.ts:2 layer-order: ../units/domain.ts: leaves its package; import the other one by its name",
  ]);
});

const cycle = {
  "platform/slo/src/a.ts": 'import "./b.ts";',
  "platform/slo/src/b.ts": 'import { type C } from "@thoth/slo/c";',
  "platform/slo/src/c.ts": 'export * from "./a.ts";\nimport "./verdict.ts";',
};

test("finds a cycle over several files and prints the way round, once", () => {
  expect(violations(cycle)).toEqual([
    "platform/slo/src/a.ts import-cycle: platform/slo/src/a.ts → platform/slo/src/b.ts → platform/slo/src/c.ts → platform/slo/src/a.ts",
  ]);
});

test("a lazy import closes a cycle too", () => {
  const lazy = { ...cycle, "platform/slo/src/c.ts": 'export const a = () => import("./a.ts");' };
  expect(violations(lazy)).toHaveLength(1);
});

test.each([
  ["platform/slo/src/b.ts", 'import type { C } from "@thoth/slo/c";'],
  ["platform/slo/src/c.ts", 'export type { A } from "./a.ts";'],
])("types alone close no cycle: %s with %s", (file, text) => {
  expect(violations({ ...cycle, [file]: text })).toEqual([]);
});

test("two knots are two findings", () => {
  const second = { "tools/x.ts": 'import "./y.ts";', "tools/y.ts": 'import "./x.ts";' };
  expect(violations({ ...cycle, ...second })).toHaveLength(2);
});

test.each([
  ["expect(x).toMatchObject({ message: /a/ });", [1]],
  ["await expect(x).rejects.toMatchObject([\n  { at: 1, reason: { text: /a(b)/ } }, /c/,\n]);", [2, 2]],
  ["expect(x).toMatchObject({ message: expect.stringMatching(/a/) });", []],
  ["expect(x).toMatchObject({ kind: /a/.test(x) ? 1 : 2, half: a / b / c });", []],
  ["expect(x).toMatchObject({});\nexpect(x).toMatch(/a/);", []],
  ["expect(x).toMatchObject<Partial<A>>({ a: /a/ });", [1]],
  ["expect(x).toMatchObject({ a: new RegExp(b) });", [1]],
  ["expect(x).toMatchObject({ a: f(new RegExp(b)) }); if (a > (b)) c(/a/);", []],
])("a pattern that is held against nothing: %s", (text, lines) => {
  const rule = "idle-pattern: toMatchObject takes a pattern for an object without keys, which every text matches";
  const file = "platform/slo/src/verdict.test.ts";
  const found = violations({ [file]: text }).map((line) => line.split(";")[0]);
  expect(found).toEqual(lines.map((line) => `${file}:${line} ${rule}`));
});
