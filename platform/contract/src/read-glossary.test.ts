import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readGlossary } from "./read-glossary.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "glossary-"));
  mkdirSync(join(root, "contracts/glossary"), { recursive: true });
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const course =
  "term: course\ntitle: Course\nkind: entity\ndefinition: What is taught.\nmaster:\n  product: school/courses\n  key: [code]\nrelated: [seat]\n";
const seat = "term: seat\ntitle: Seat\nkind: concept\ndefinition: A place in a course.\nsynonyms: [place]\n";

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, "contracts/glossary", name), text);
}

test("terms are read in order", () => {
  write({ "seat.yaml": seat, "course.yaml": course });
  expect(readGlossary(root).map(({ term, kind }) => [term, kind])).toEqual([
    ["course", "entity"],
    ["seat", "concept"],
  ]);
  expect(readGlossary(root)[0]?.master).toEqual({ product: "school/courses", key: ["code"] });
});

test("no glossary is an empty one", () => {
  rmSync(join(root, "contracts"), { recursive: true });
  expect(readGlossary(root)).toEqual([]);
});

test.each([
  [
    "no definition",
    "seat.yaml",
    seat.replace("definition: A place in a course.\n", ""),
    "seat.yaml:1:1 odcs-missing-key",
  ],
  ["an unknown key", "seat.yaml", `${seat}colour: red\n`, "seat.yaml:6:1 odcs-unknown-key"],
  ["a kind of its own", "seat.yaml", seat.replace("kind: concept", "kind: thing"), "seat.yaml:3:7 odcs-allowed-values"],
  ["another's file", "chair.yaml", seat, "chair.yaml:1:7 house-glossary-file"],
  ["a link that leads nowhere", "seat.yaml", `${seat}related: [table]\n`, "seat.yaml:6:11 house-glossary-related"],
  [
    "a master of a concept",
    "seat.yaml",
    `${seat}master: {product: school/seats, key: [id]}\n`,
    "seat.yaml:3:7 odcs-misplaced-key",
  ],
  ["broken YAML", "seat.yaml", "term: [\n", "seat.yaml:2:1 odcs-yaml-syntax"],
  ["nothing", "seat.yaml", "", "seat.yaml:1:1 odcs-wrong-type"],
])("%s is refused with its place", (_, name, text, expected) => {
  write({ [name]: text });
  expect(() => readGlossary(root)).toThrow(`contracts/glossary/${expected}`);
});
