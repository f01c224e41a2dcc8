import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readFiles } from "./read-files.ts";
import { scanImports } from "./scan-imports.ts";

const summary = (source: string) =>
  scanImports(source).map(({ kind, specifier, typeOnly }) => `${kind}${typeOnly ? " type" : ""} ${specifier}`);

test.each<[string, string[]]>([
  ['import "a";', ["import a"]],
  ['import a from "a"', ["import a"]],
  ["import * as a from 'a';", ["import a"]],
  ['import a, { b as c, "d e" as f } from "a";', ["import a"]],
  ['import {\n  a,\n  // from "comment"\n  b,\n} from "a";', ["import a"]],
  ['import{a}from"a";import{b}from"b";', ["import a", "import b"]],
  ['import { from } from "a";', ["import a"]],
  ['import data from "./data.json" with { type: "json" };', ["import ./data.json"]],
  ['import type { A } from "a";', ["import type a"]],
  ['import type A from "a";', ["import type a"]],
  ['import type * as A from "a";', ["import type a"]],
  ['import { type A } from "a";', ["import a"]],
  ['import type from "a";', ["import a"]],
  ['import type, { a } from "a";', ["import a"]],
  ['import type from from "a";', ["import type a"]],
  ['export { a } from "a";', ["export a"]],
  ['export * from "a";', ["export a"]],
  ['export * as b from "a";', ["export a"]],
  ['export type { A } from "a";', ["export type a"]],
  ['export type * from "a";', ["export type a"]],
  ['const a = await import("a");', ["dynamic a"]],
  ["const a = await import(`a`);", ["dynamic a"]],
  ['import("a").then((a) => a.b);', ["dynamic a"]],
  ['(await import("a")).b;', ["dynamic a"]],
  ['const text = `${await import("a")} and ${{ b: 1 }.b}`; import "c";', ["dynamic a", "import c"]],
  ['const f = (a: import("a").A) => a;', ["dynamic type a"]],
  ['type A = typeof import("a");', ["dynamic type a"]],
])("%s", (source, expected) => {
  expect(summary(source)).toEqual(expected);
});

test.each([
  "const a = \"import b from 'b'\";",
  'const a = `import b from "b"`;',
  'const a = `${x} import b from "b"`;',
  '// import b from "b"',
  '/* import b from "b" */',
  "const a = /import 'b'/.test(c);",
  "const a = [/'/, /[/']/];",
  "import.meta.url;",
  "loader.import('b');",
  "const a = { import: 'b' };",
  "await import(name);",
  "await import(`./${name}.ts`);",
  "export const a = 'b';",
  "export { a };\nconst from = 'b';",
  "export type A = { from: 'b' };",
  "export default function from() { return 'b'; }",
])("names no module: %s", (source) => {
  expect(summary(source)).toEqual([]);
});

test.each([
  ["const half = a / 2; const b = 'x' / 3;", "a division is no regular expression"],
  ["a++ / 2; b[0] / (c) / d;", "nor after a bracket"],
  ["const it = 'it\\'s'; const b = \"\\\"\";", "escaped quotes"],
  ["return /['\"`]/.test(a);", "quotes in a regular expression"],
  ["const a = `\\`${`inner ${b}`}`;", "templates in templates"],
])("%s does not hide what follows: %s", (before) => {
  expect(summary(`${before}\nimport "a";`)).toEqual(["import a"]);
});

test("says on which line a module is named", () => {
  expect(scanImports('/* \n */\nimport {\n  a,\n} from "a";\nimport "b";').map(({ line }) => line)).toEqual([5, 6]);
});

test("agrees with Node's own type stripping on every file here: what is type-only is gone, nothing else is", () => {
  const root = join(import.meta.dirname, "../..");
  const files = [...readFiles(root).keys()].filter((file) => file.endsWith(".ts"));
  expect(files.length).toBeGreaterThan(20);
  for (const file of files) {
    const source = readFileSync(join(root, file), "utf8");
    const atRunTime = scanImports(source).filter(({ typeOnly }) => !typeOnly);
    expect(scanImports(stripTypeScriptTypes(source)), file).toEqual(atRunTime);
  }
});
