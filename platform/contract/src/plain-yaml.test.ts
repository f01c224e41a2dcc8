import { existsSync, globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isCollection, parseDocument, visit } from "yaml";
import { readPlainYaml } from "./plain-yaml.ts";

const fixture = readFileSync(new URL("../fixtures/course.odcs.yaml", import.meta.url), "utf8");

test("a contract as people write it is plain", () => {
  expect(readPlainYaml(fixture)?.value).toMatchObject({ kind: "DataContract", version: "1.2.0" });
});

test.each([
  ["an anchor", "a: &b 1\nc: *b\n"],
  ["a tag", "a: !!str 1\n"],
  ["a second document", "a: 1\n---\nb: 2\n"],
  ["an end of the document", "a: 1\n...\n"],
  ["a directive", "%YAML 1.1\n---\na: 1\n"],
  ["a tab", "a:\t1\n"],
  ["a duplicate key", "a: 1\na: 2\n"],
  ["a key that is null", "null: 1\n"],
  ["a key that is empty", ": 1\n"],
  ["a key that is a list", "? [a]\n: 1\n"],
  ["a stated indentation", "a: |2\n    b\n"],
  ["a key after a map", 'a:\n- {"b": 1}c: 2\n'],
  ["a number that is none", "a: 1e999\n"],
  ["no map", "- a\n"],
  ["nothing", ""],
  ["a bracket left open", "a: [1\n"],
  ["nesting without end", `a: ${"[".repeat(500)}`],
])("%s is for the other parser", (_, text) => expect(readPlainYaml(text)).toBeUndefined());

/** What the parser that knows places makes of a text; undefined where it finds an error. */
function readWithPlaces(text: string): { readonly value: unknown } | undefined {
  const document = parseDocument(text, { prettyErrors: false, logLevel: "error" });
  let hasListForKey = false;
  visit(document, {
    Pair: (_, { key }) => {
      hasListForKey ||= isCollection(key);
    },
  });
  return document.errors.length > 0 || hasListForKey ? undefined : { value: document.toJS() };
}

function agrees(text: string): void {
  const plain = readPlainYaml(text);
  if (plain) expect(plain, JSON.stringify(text)).toEqual(readWithPlaces(text));
}

// biome-ignore format: a table of what may stand in YAML
const pieces = [
  "\n", "  ", "a", "b: ", ": ", "- ", "#", " #", "'", '"', "{", "}", "[", "]", ",", "|", ">", "|-\n", ">-\n", "~", "null", "true",
  "1_000", "0x1F", "0o17", "017", "1e3", ".5", "-.inf", ".nan", "5.", "+1", "1:30", "2026-01-01", "<<: ", "__proto__: 1", "---\n",
  "...\n", "? ", "!", "&a ", "*a", "@", "%", "\\", "é", "\u2028", "😀", "=", "-", "\n  ", "\n    ", "a: b\n", "''", '""', "-0", "\n# c\n",
  "{a: 1}", "[a, b: c]", '{"a":1}', "yes", "no", "off",
];
const soup = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 12 }).map((list) => list.join(""));

test("where it answers, both parsers read the same", () => {
  fc.assert(fc.property(soup, agrees), { numRuns: 5000 });
  fc.assert(
    fc.property(soup, (text) => agrees(`a: ${text}`)),
    { numRuns: 3000 },
  );
});

test("a damaged contract is read as the other parser reads it, or left to it", () => {
  const damage = fc.tuple(fc.nat(fixture.length), fc.nat(4), fc.constantFrom("", ...pieces));
  const damaged = damage.map(([at, cut, piece]) => fixture.slice(0, at) + piece + fixture.slice(at + cut));
  fc.assert(fc.property(damaged, agrees), { numRuns: 300 });
});

const standard = new URL("../../../../shared/standards/odcs/examples/", import.meta.url);

test.skipIf(!existsSync(standard))("the standard's own examples are read alike", () => {
  for (const file of globSync("*.yaml", { cwd: fileURLToPath(standard) }))
    agrees(readFileSync(new URL(file, standard), "utf8"));
});
