import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2019 } from "ajv/dist/2019.js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { generateModel, modelFile } from "./generate-model.ts";

const folder = "domains/school/products/courses";
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "generate-"));
  mkdirSync(join(root, folder), { recursive: true });
  cpSync(
    fileURLToPath(new URL("../fixtures/course.odcs.yaml", import.meta.url)),
    join(root, folder, "contract.odcs.yaml"),
  );
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function generate(...args: string[]): { code: number; output: string } {
  const script = fileURLToPath(new URL("./generate.ts", import.meta.url));
  try {
    const output = execFileSync(process.execPath, ["--conditions=thoth-source", script, "--root", root, ...args], {
      encoding: "utf8",
      stdio: "pipe",
    });
    return { code: 0, output };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { code: status, output: stdout + stderr };
  }
}

test("the model of the standard is what our schema says", async () => {
  expect(readFileSync(modelFile, "utf8")).toBe(await generateModel());
});

test.each(["odcs.schema.json", "glossary.schema.json"])("%s is a JSON Schema of draft 2019-09", (name) => {
  const schema = JSON.parse(readFileSync(new URL(`../schema/${name}`, import.meta.url), "utf8")) as object;
  const ajv = new Ajv2019();
  expect(ajv.validateSchema(schema), ajv.errorsText()).toBe(true);
});

test("generates once, and under --check only tells what is stale", () => {
  expect(generate("--check")).toEqual({
    code: 1,
    output: expect.stringContaining(`stale   ${folder}/generated/row.ts`),
  });
  expect(generate()).toEqual({ code: 0, output: expect.stringContaining(`written ${folder}/generated/row.ts`) });
  expect(generate("--check")).toEqual({
    code: 0,
    output: expect.stringContaining(`current ${folder}/generated/row.ts`),
  });
});

test("an invalid contract fails with its place and leaves the others generated", () => {
  mkdirSync(join(root, "domains/school/products/broken"), { recursive: true });
  writeFileSync(
    join(root, "domains/school/products/broken/contract.odcs.yaml"),
    "apiVersion: v3.2.0\nkind: DataContract\nname: [\n",
  );
  const { code, output } = generate();
  expect(code).toBe(1);
  expect(output).toContain("domains/school/products/broken/contract.odcs.yaml:4:1");
  expect(output).toContain(`written ${folder}/generated/row.ts`);
});
