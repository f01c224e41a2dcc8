import { afterEach, expect, test } from "vitest";
import {
  contractFile,
  dayMs,
  loans,
  record,
  type SmallRepository,
  smallRepository,
  startOfTime,
} from "./fixtures/small-repository.ts";

let repository: SmallRepository;
afterEach(() => repository[Symbol.dispose]());

const rename = () => repository.change(contractFile, "name: title", "name: lent_title");

test("a breaking change is told in plain words, with the query for the old major version", async () => {
  repository = smallRepository();
  rename();
  repository.change(
    contractFile,
    "        logicalType: string\n        classification: confidential",
    "        logicalType: integer\n        classification: confidential",
  );
  const plan = await record(repository, { name: "lent", summary: "Titles are titles of what was lent." });
  expect(plan.kind).toBe("opened");
  expect(repository.read(".changeset/lent.md")).toBe(`---
"@thoth/library": major
---

Titles are titles of what was lent.

**library/loans 1.0.0 → 2.0.0 (MAJOR)**

- Breaks consumers: "title" is now called "lent_title".
- Breaks consumers: The type of "reader" was "string", is "integer".

Version 1 goes on being served from version 2.0.0 by this query:

\`\`\`sql
-- library/loans v1
select
  "code",
  "lent_title" as "title",
  cast("reader" as VARCHAR) as "reader" -- was VARCHAR, is INTEGER: check that every value fits
from library.product.loans_v2
\`\`\`
`);
  expect(plan.subject.products).toMatchObject([{ sensitive: ["reader"], from: "1.0.0", to: "2.0.0" }]);
});

const staged = "domains/library/products/loans/previous/v1.sql";

test("what breaks is put beside the old version at once; what does not waits for its release", async () => {
  repository = smallRepository();
  repository.change(contractFile, "What was lent.", "What was lent, by its title.");
  const before = repository.read(contractFile);
  await record(repository, { name: "words" });
  expect(repository.read(contractFile)).toBe(before);
  rename();
  const plan = await record(repository, { name: "words" });
  expect(plan.files.map(({ file }) => file)).toEqual([
    ".changeset/words.md",
    staged,
    "domains/library/products/loans/generated/row.ts",
    contractFile,
    "contracts/reviews/words.yaml",
  ]);
  expect(repository.read(contractFile)).toBe(
    before.replace("name: title", "name: lent_title").replace("'1.0.0'", "'2.0.0'"),
  );
  expect(repository.read(staged)).toMatch(/^-- library\/loans v1\nselect\n/);
  expect(repository.read("domains/library/products/loans/generated/row.ts")).toContain("lent_title: string");
  const files = repository.files();
  expect(await record(repository, {})).toMatchObject({ kind: "unchanged" });
  expect(repository.files()).toEqual(files);
});

test("a query may be edited where it runs or in the changeset, and not in both", async () => {
  repository = smallRepository();
  rename();
  await record(repository, { name: "lent" });
  const [from, upper, lower] = ['"lent_title" as', 'upper("lent_title") as', 'lower("lent_title") as'];
  repository.change(staged, from, upper);
  await record(repository, {});
  expect(repository.read(".changeset/lent.md")).toContain(upper);
  repository.change(".changeset/lent.md", upper, lower);
  await record(repository, {});
  expect(repository.read(staged)).toContain(lower);
  repository.change(".changeset/lent.md", lower, from);
  repository.change(staged, lower, upper);
  const before = repository.files();
  await expect(record(repository, {})).rejects.toMatchObject({ code: "contract/two-mappings", at: { file: staged } });
  expect(repository.files()).toEqual(before);
});

test("columns that are gone, and that may be null now, ask for a decision", async () => {
  repository = smallRepository();
  const text = repository.read(contractFile);
  const [from, to] = [text.indexOf("      - id: reader"), text.indexOf("slaProperties:")];
  repository.write(contractFile, `${text.slice(0, from)}${text.slice(to)}`);
  repository.change(
    contractFile,
    "        required: true\n        classification: internal",
    "        classification: internal",
  );
  await record(repository, { name: "gone" });
  const body = repository.read(".changeset/gone.md");
  expect(body).toContain('"title", -- may be null now: say what stands for null\n');
  expect(body).toContain('cast(null as VARCHAR) as "reader" -- gone: say how to compute it, or leave it null\n');
});

test("recorded again, words and queries of people stay, and consumers know since then of what they knew", async () => {
  repository = smallRepository();
  rename();
  await record(repository, { name: "lent", summary: "Mine." });
  const file = ".changeset/lent.md";
  repository.change(file, '"lent_title" as "title"', 'upper("lent_title") as "title"');
  repository.change(contractFile, "Number of the loan.", "Number of the loan, from its slip.");
  const again = await record(repository, { now: startOfTime + 9 * dayMs, author: "Rosa <rosa@example.org>" });
  expect(again).toMatchObject({ kind: "renewed", name: "lent" });
  expect(repository.read(file)).toContain("Mine.\n");
  expect(repository.read(file)).toContain('upper("lent_title") as "title"');
  expect(again.subject.authors).toEqual(["Ada <ada@example.org>", "Rosa <rosa@example.org>"]);
  // the query is new to them
  expect(again.subject.notice).toBe(startOfTime + 9 * dayMs);
  repository.change(contractFile, "from its slip.", "from the slip.");
  const third = await record(repository, { now: startOfTime + 20 * dayMs });
  expect(third.subject).toMatchObject({ notice: startOfTime + 9 * dayMs, opened: startOfTime + 20 * dayMs });
  expect(await record(repository, { now: startOfTime + 30 * dayMs })).toMatchObject({ kind: "unchanged" });
  expect(repository.read(file)).toContain('upper("lent_title") as "title"');
  repository.change(file, ": major", ": patch");
  await record(repository, { now: startOfTime + 31 * dayMs });
  expect(repository.read(file)).toContain(": major");
  const impact = { since: "2025-12-02", affected: ["rooms"], elements: [] };
  const seen = await record(repository, { now: startOfTime + 40 * dayMs, impact });
  expect(seen).toMatchObject({ kind: "renewed", subject: { notice: startOfTime + 9 * dayMs } });
});

test("a column that was announced to go has its notice since then", async () => {
  repository = smallRepository();
  const old = `contracts/published/${loans}/1.0.0.odcs.yaml`;
  const since =
    "\n        deprecated: true\n        customProperties: [{ property: deprecatedSince, value: '2026-01-05' }]";
  repository.change(
    old,
    "        description: Pseudonym of the reader.",
    `        description: Pseudonym of the reader.${since}`,
  );
  const text = repository.read(contractFile);
  const [from, to] = [text.indexOf("      - id: reader"), text.indexOf("slaProperties:")];
  repository.write(contractFile, `${text.slice(0, from)}${text.slice(to)}`);
  const plan = await record(repository, { name: "gone" });
  expect(plan.subject.notice).toBe(Date.parse("2026-01-05"));
});

test.each([
  [
    "a name that is taken",
    { name: "lent" },
    "contract/changeset-exists",
    () => repository.write(".changeset/lent.md", "---\n---\n"),
  ],
  [
    "what no version makes right",
    {},
    "contract/change-refused",
    () => repository.change(contractFile, "status: active", "status: draft"),
  ],
  ["a domain without package", {}, "contract/no-package", () => repository.write("domains/library/package.json", "{}")],
  [
    "a contract that another open changeset speaks of",
    { name: "other" },
    "contract/changeset-overlap",
    () => record(repository, { name: "lent" }),
  ],
  [
    "a contract that cannot be read",
    {},
    "contract/invalid",
    () => repository.change(contractFile, "kind: DataContract", "kind: Other"),
  ],
])("nothing is written for %s", async (_, request, code, spoil) => {
  repository = smallRepository();
  rename();
  await spoil();
  const before = repository.files();
  await expect(record(repository, request)).rejects.toMatchObject({ code });
  expect(repository.files()).toEqual(before);
});
