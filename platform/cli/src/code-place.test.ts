import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import { placeOfCode } from "./code-place.ts";

/** The error that Node itself gives for a module, not the test runner. */
async function failureOf(file: string): Promise<Error> {
  const script = `import(${JSON.stringify(file)}).catch(({ message, stack }) => console.log(JSON.stringify({ message, stack })))`;
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, ["--input-type=module", "--eval", script], (_error, stdout) => resolve(stdout));
  });
  const { message, stack } = JSON.parse(output) as { message: string; stack: string };
  return Object.assign(new Error(message), { stack });
}

test.each([
  ["a mistake of syntax", "export const a = {\n  b: ;\n};", { line: 2, column: 6 }],
  ["TypeScript that cannot be stripped", "enum A { b }", { line: 1, column: 1 }],
  ["a name that does not exist", "const a = 1;\nexport default nothing.foo;", { line: 2, column: 16 }],
  [
    "an import of a name that is not exported",
    'import { x } from "node:fs";\nexport default x;',
    { line: 1, column: 10 },
  ],
  ["an import that leads nowhere", 'import "./nowhere.ts";', {}],
])("%s has its place", async (_what, code, place) => {
  await using dir = await tempDir();
  await mkdir(join(dir.path, "domains"));
  const file = join(dir.path, "domains/domain.ts");
  await writeFile(file, code);
  expect(placeOfCode(await failureOf(file), dir.path)).toEqual({ file: "domains/domain.ts", ...place });
});

test("code elsewhere has none", async () => {
  await using dir = await tempDir();
  const file = join(dir.path, "domain.ts");
  await writeFile(file, "export default nothing.foo;");
  expect(placeOfCode(await failureOf(file), join(dir.path, "other"))).toBeUndefined();
  expect(placeOfCode("no error", dir.path)).toBeUndefined();
});
