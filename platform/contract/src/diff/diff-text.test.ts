import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readContract } from "../parse-contract.ts";
import { diffContracts } from "./diff-contracts.ts";
import { diffMarkdown } from "./diff-markdown.ts";
import { diffText } from "./diff-text.ts";
import { diffVersions } from "./diff-versions.ts";

const text = readFileSync(new URL("../../fixtures/catalogue.odcs.yaml", import.meta.url), "utf8");
const read = (edited: string) => readContract(edited, "catalogue.odcs.yaml").contract;
const before = read(text);

const edited = text
  .replace("version: 1.2.0", "version: 1.3.0")
  .replace("      - id: title\n        name: title\n", "      - id: title\n        name: heading\n")
  .replace("- value: advanced", "- value: advanced\n          - value: expert")
  .replace("Price in euros.", "Price | in *euros* <b>");
const diff = diffContracts(before, read(edited));

test("a diff for people goes from the gravest to the smallest, and ends with the version", () => {
  expect(diffText("school/catalogue", diff)).toBe(`school/catalogue, for readers
MAJOR (breaks consumers)
  renamed           "title" is now called "heading"
                    /schema[name=course]/properties[name=title]/name
                    instead: Let title keep its name and id as a deprecated property with the same values, and add heading with an id of its own beside it: that is a minor version. Remove title in the next major version, after 90 days and once nobody reads it any more.
  version-mismatch  The changes ask for a major step, 2.0.0 or higher: was 1.2.0, is 1.3.0
                    /version
                    instead: Let \`mesh contract changeset\` and the release raise it, or raise \`version\` yourself.
DANGEROUS (a minor step that may surprise consumers)
  enum-value-added  "level" can be "expert" now; it was one of "beginner", "advanced"
                    /schema[name=course]/properties[name=level]/enum
                    instead: Tell readers beforehand: whoever lists all values meets one they do not know.
PATCH (changes nothing that was promised)
  docs  description was "Price in euros.", is "Price | in *euros* <b>"
        /schema[name=course]/properties[name=fee]/description
Required: major (2.0.0 or higher); declared: minor (1.2.0 → 1.3.0), which is not enough.`);
});

test("in Markdown the words of a contract are never markup", () => {
  const lines = diffMarkdown("school/catalogue", diff).split("\n");
  expect(lines.slice(0, 7)).toEqual([
    "### school/catalogue: MAJOR, dangerous",
    "",
    "| | |",
    "| --- | --- |",
    "| version | Required: major (2.0.0 or higher); declared: minor (1.2.0 → 1.3.0), which is not enough. |",
    "| changes | 2 MAJOR, 1 DANGEROUS, 1 PATCH |",
    "| judged for | readers |",
  ]);
  expect(lines).toContain("**DANGEROUS** (a minor step that may surprise consumers)");
  expect(lines.at(-1)).toBe(
    '| `docs` | description was "Price in euros.", is "Price \\| in \\*euros\\* &lt;b>" | `/schema[name=course]/properties[name=fee]/description` |  |',
  );
});

test("what is refused is called so", () => {
  const backwards = diffContracts(before, { ...before, status: "draft", version: "2.0.0" });
  expect(diffText("x", backwards)).toContain("refused: no version makes this right");
  expect(diffMarkdown("x", backwards)).toContain("| Refused: The status");
});

test("who reads what changes is told where it is known", () => {
  const notes = { consumers: ({ rule }: { rule: string }) => (rule === "renamed" ? ["ada", "bob|"] : []) };
  expect(diffText("x", diff, notes)).toContain("read by: ada, bob|");
  const rows = diffMarkdown("x", diff, notes).split("\n");
  expect(rows).toContain("| rule | change | where | who | instead |");
  expect(rows.find((row) => row.startsWith("| `renamed`"))).toContain("| ada, bob\\| |");
  expect(rows.find((row) => row.startsWith("| `docs`"))).toContain("| nobody seen |");
});

test("what breaks only those who stayed behind is told so, and what the schema says", () => {
  const older = { ...before, version: "1.1.0", tags: ["old"] };
  const newest = { ...before, tags: ["old", "new"] };
  const work = { ...before, version: "1.3.0", tags: ["new"], status: "active" };
  const several = diffVersions([older, { ...newest, schema: older.schema?.slice(0, 1) ?? [] }], work);
  expect(several.diffs.map(({ rule, against }) => [rule, against])).toEqual([
    ["object-added", ["1.2.0"]],
    ["docs", ["1.1.0", "1.2.0"]],
  ]);
  const only = { ...several, diffs: several.diffs.map((one) => ({ ...one, against: ["1.1.0"] })) };
  const notes = { graphql: "MINOR, as the rules say" };
  expect(diffText("x", only, notes)).toMatch(/^x, for readers, against 1.1.0, 1.2.0\n.*only against 1.1.0\n/s);
  expect(diffText("x", only, notes)).toContain("\nGraphQL schema: MINOR, as the rules say.\n");
  expect(diffMarkdown("x", only, notes)).toContain(" (only against 1.1.0) |");
  expect(diffMarkdown("x", only, notes)).toContain(
    "\n| compared with | 1.1.0, 1.2.0 |\n| GraphQL schema | MINOR, as the rules say |\n",
  );
});

test("nothing is nothing", () => {
  expect(diffText("x", diffContracts(before, before))).toBe(
    "x, for readers\nNo change that asks for a version; the version is still 1.2.0.",
  );
});
