import { rmSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { castVote } from "../council/cast-vote.ts";
import { readCouncil } from "../council/read-council.ts";
import { readReview } from "../council/read-review.ts";
import { writeFiles } from "./file-plan.ts";
import {
  contractFile,
  dayMs,
  loans,
  record,
  type SmallRepository,
  smallRepository,
  startOfTime,
} from "./fixtures/small-repository.ts";
import { judgeRelease } from "./judge-release.ts";
import { planVersion } from "./plan-version.ts";
import { readRegister } from "./register.ts";
import { takenElements } from "./taken-elements.ts";

let repository: SmallRepository;
afterEach(() => repository[Symbol.dispose]());

const later = startOfTime + 100 * dayMs;
const published = `contracts/published/${loans}/2.0.0.odcs.yaml`;

/** Two changes that break, voted on; on a branch where somebody undid what the changeset put there, unless it is staged. */
async function ready({ staged = false } = {}): Promise<void> {
  repository = smallRepository();
  repository.change(contractFile, "name: title", "name: lent_title");
  const text = repository.read(contractFile);
  const [from, to] = [text.indexOf("      - id: reader"), text.indexOf("slaProperties:")];
  repository.write(contractFile, `${text.slice(0, from)}${text.slice(to)}`);
  await record(repository, { name: "lent" });
  if (!staged) {
    repository.change(contractFile, "'2.0.0'", "'1.0.0'");
    for (const name of ["previous", "generated"])
      rmSync(`${repository.root}/domains/library/products/loans/${name}`, { recursive: true });
  }
  await approve("lead", "privacy-steward", "rooms-steward", "sports-steward");
}

async function approve(...members: readonly string[]): Promise<void> {
  const { root } = repository;
  for (const by of members) {
    const ballot = { by, vote: "approve" as const };
    const said = await castVote(root, readReview(root, "lent"), {
      ballot,
      council: readCouncil(root),
      now: startOfTime + dayMs,
    });
    writeFiles(root, [said.file]);
  }
}

async function release(now = later): Promise<string[]> {
  return writeFiles(repository.root, (await planVersion(repository.root, { now: now })).files);
}

test("versions are raised, published and registered, and the review is closed", async () => {
  await ready();
  const before = repository.read(contractFile);
  expect(await release()).toEqual([
    "domains/library/products/loans/previous/v1.sql",
    `contracts/published/${loans}/register.yaml`,
    published,
    "domains/library/products/loans/generated/row.ts",
    contractFile,
    "contracts/reviews/lent.yaml",
  ]);
  expect(repository.read(contractFile)).toBe(before.replace("version: '1.0.0' #", "version: '2.0.0' #"));
  expect(repository.read(published)).toBe(repository.read(contractFile));
  expect(repository.read("domains/library/products/loans/previous/v1.sql")).toMatch(
    /^-- library\/loans v1\nselect\n[\s\S]*"lent_title" as "title",\n[\s\S]*from library\.product\.loans_v2\n$/,
  );
  expect(repository.read("domains/library/products/loans/generated/row.ts")).toContain("lent_title: string");
  expect(readReview(repository.root, "lent").review.released).toEqual({ at: later });
  expect(readRegister(repository.root, loans)).toMatchObject({
    versions: [{ version: "1.0.0" }, { version: "2.0.0", published: "2026-06-10", changeset: "lent" }],
    tombstones: [
      { id: "reader", name: "reader", logicalType: "string", until: "2.0.0" },
      { id: "title", name: "title", logicalType: "string", until: "2.0.0" },
    ],
  });
  expect(await judgeRelease(repository.root, { now: later })).toEqual([]);
  expect(await release(later + dayMs)).toEqual([]);
  repository.change("contracts/reviews/lent.yaml", "Ada", "Eve");
  const [rewritten, ...others] = await judgeRelease(repository.root, { now: later });
  expect([rewritten?.rule, others]).toEqual(["review-changed", []]);
});

test("what was put beside the old version with the changeset is released as it is", async () => {
  await ready({ staged: true });
  const staged = repository.files();
  expect(await release()).toEqual([
    `contracts/published/${loans}/register.yaml`,
    published,
    "contracts/reviews/lent.yaml",
  ]);
  expect(repository.files()).toMatchObject({ [contractFile]: staged[contractFile] });
});

test("what is gone stays taken: nothing of another type gets its id or name", async () => {
  await ready();
  await release();
  expect(takenElements(repository.root, loans, "2.0.0").map(({ name }) => name)).toEqual(["reader", "title"]);
  const taken =
    "      - { id: heading, name: title, description: Rank of the title., logicalType: integer, classification: public }\n";
  repository.change(contractFile, "slaProperties:", `${taken}slaProperties:`);
  await expect(record(repository, { name: "again" })).rejects.toMatchObject({ code: "contract/change-refused" });
});

describe("a release that is cut short goes on to the same end", () => {
  test.each([0, 1, 2, 3, 4, 5, 6])("after %d files", async (count) => {
    await ready();
    const { files } = await planVersion(repository.root, { now: later });
    expect(files).toHaveLength(6);
    using whole = repository.copy();
    writeFiles(whole.root, files);
    writeFiles(repository.root, files.slice(0, count));
    await release();
    expect(repository.files()).toEqual(whole.files());
  });
});

test("a release in an emergency is possible at once, and owes a review", async () => {
  repository = smallRepository();
  repository.change(contractFile, "name: title", "name: lent_title");
  await record(repository, { name: "lent" });
  const { root } = repository;
  const now = startOfTime + dayMs;
  const ballot = { by: "lead", vote: "approve", emergency: true, reason: "Titles tell who lent" } as const;
  writeFiles(root, [
    (await castVote(root, readReview(root, "lent"), { ballot, council: readCouncil(root), now })).file,
  ]);
  const plan = await planVersion(root, { now: now });
  expect(plan.releases).toEqual([{ product: loans, from: "1.0.0", to: "2.0.0", changeset: "lent", emergency: true }]);
  writeFiles(root, plan.files);
  expect(await judgeRelease(root, { now: now + 7 * dayMs })).toEqual([]);
  const overdue = await judgeRelease(root, { now: now + 8 * dayMs });
  expect(overdue.map(({ rule }) => rule)).toEqual(["review-approvals"]);
  expect(overdue[0]?.message).toContain("released in an emergency");
  await approve("library-steward", "privacy-steward", "rooms-steward");
  expect(await judgeRelease(root, { now: now + 8 * dayMs })).toEqual([]);
});

test.each<[string, () => void, string]>([
  ["the notice is not over", () => undefined, "review-notice"],
  ["a contract was edited", () => repository.change(contractFile, "Number of", "The number of"), "review-stale"],
  [
    "a published file was edited",
    () => repository.change(`contracts/published/${loans}/1.0.0.odcs.yaml`, "What was lent.", "What?"),
    "published-edited",
  ],
])("nothing is released while %s", async (_, spoil, rule) => {
  await ready();
  spoil();
  const before = repository.files();
  const refusal = await release(startOfTime + 89 * dayMs).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: "contract/not-releasable", at: { line: expect.any(Number) } });
  expect(String((refusal as Error).message)).toContain(rule);
  expect(repository.files()).toEqual(before);
});

test("another file under the version to come is not written over", async () => {
  await ready();
  const other = repository.read(contractFile).replace("'1.0.0'", "'2.0.0'").replace("What was lent.", "Other.");
  repository.write(published, other);
  await expect(release()).rejects.toMatchObject({ code: "contract/not-releasable" });
  expect(repository.read(published)).toBe(other);
});
