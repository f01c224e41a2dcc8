import { rmSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { castVote, giveAnswer } from "../council/cast-vote.ts";
import { readCouncil } from "../council/read-council.ts";
import { readReview } from "../council/read-review.ts";
import { publishContract } from "../publish-contract.ts";
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
import { requireReview } from "./require-review.ts";

let repository: SmallRepository;
afterEach(() => repository[Symbol.dispose]());

const review = "contracts/reviews/change.yaml";
const changeset = ".changeset/change.md";
const later = startOfTime + 100 * dayMs;

async function rulesFound(now = later): Promise<string[]> {
  const findings = await judgeRelease(repository.root, { now: now });
  for (const { line, column, hint, file } of findings) {
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
    expect(hint.length).toBeGreaterThan(10);
    expect(file).toMatch(/^(contracts|domains|\.changeset)\//);
  }
  return findings.map(({ rule }) => rule);
}

async function approve(...members: readonly string[]): Promise<void> {
  const { root } = repository;
  for (const by of members) {
    const ballot = { by, vote: "approve" as const };
    const now = startOfTime + 120_000;
    const { file } = await castVote(root, readReview(root, "change"), { ballot, council: readCouncil(root), now });
    writeFiles(root, [file]);
  }
}

const rename = () => repository.change(contractFile, "name: title", "name: lent_title");
const reword = () => repository.change(contractFile, "What was lent.", "What was lent, by its title.");
const addColumn = () =>
  repository.change(
    contractFile,
    "slaProperties:",
    "      - { id: day, name: day, description: Day of the loan., logicalType: date, classification: public }\nslaProperties:",
  );

describe("a repository in order", () => {
  test("as published", async () => {
    repository = smallRepository();
    expect(await rulesFound()).toEqual([]);
  });

  test.each([
    ["PATCH", reword, [], 0],
    ["MINOR", addColumn, ["rooms-steward"], 0],
    ["MAJOR", rename, ["lead", "privacy-steward", "rooms-steward"], 100],
  ])("%s with all it needs", async (_, change, votes, days) => {
    repository = smallRepository();
    change();
    await record(repository, { name: "change" });
    await approve(...votes);
    expect(await rulesFound(startOfTime + days * dayMs + 180_000)).toEqual([]);
  });

  test("a product that was never published is a draft, until it is in a changeset", async () => {
    repository = smallRepository();
    const draft = repository.read(contractFile).replace("name: loans", "name: fines").replace("c9a10", "c9a11");
    repository.write("domains/library/products/fines/contract.odcs.yaml", draft);
    expect(await rulesFound()).toEqual([]);
    const plan = await record(repository, { name: "change" });
    expect(plan.subject.products).toMatchObject([{ product: "library/fines", class: "MINOR", to: "1.0.0" }]);
    expect(await rulesFound()).toEqual(["review-approvals"]);
  });
});

describe("what stands against a release", () => {
  const say = (line: string) => repository.change(review, "\nvotes:\n", `\nvotes:\n  - ${line}\n`);
  const digest = () => readReview(repository.root, "change").review.digest;

  test.each<[string, () => void | Promise<void>, string[]]>([
    ["no changeset", () => rename(), ["changeset-missing"]],
    [
      "too small a step",
      async () => {
        addColumn();
        await record(repository, { name: "change" });
        await approve("lead");
        repository.change(changeset, "minor", "patch");
      },
      ["changeset-bump"],
    ],
    [
      "a changeset that does not name the package",
      async () => {
        reword();
        await record(repository, { name: "change" });
        repository.change(changeset, "@thoth/library", "@thoth/other");
      },
      ["changeset-bump"],
    ],
    [
      "a changeset that is gone",
      async () => {
        reword();
        await record(repository, { name: "change" });
        rmSync(`${repository.root}/${changeset}`);
      },
      ["review-unknown-changeset"],
    ],
    [
      "a contract that was edited after the vote",
      async () => {
        addColumn();
        await record(repository, { name: "change" });
        await approve("lead");
        reword();
      },
      ["review-stale"],
    ],
    [
      "and recorded again: the votes are void",
      async () => {
        addColumn();
        await record(repository, { name: "change" });
        await approve("lead");
        reword();
        await record(repository, { name: "change" });
      },
      ["review-approvals"],
    ],
    [
      "a query that was edited after the vote",
      async () => {
        rename();
        await record(repository, { name: "change" });
        await approve("lead", "privacy-steward", "rooms-steward");
        repository.change(changeset, '"lent_title" as "title"', "upper(lent_title) as title");
      },
      ["review-stale"],
    ],
    [
      "another query than runs on the branch",
      async () => {
        rename();
        await record(repository, { name: "change" });
        await approve("lead", "privacy-steward", "rooms-steward");
        const staged = "domains/library/products/loans/previous/v1.sql";
        repository.change(staged, '"lent_title" as "title"', "upper(lent_title) as title");
      },
      ["changeset-mapping"],
    ],
    [
      "a review whose class was edited",
      async () => {
        rename();
        await record(repository, { name: "change" });
        repository.change(review, "class: MAJOR", "class: PATCH");
      },
      ["review-stale", "review-changed"],
    ],
    [
      "a review that was backdated",
      async () => {
        rename();
        await record(repository, { name: "change" });
        await approve("lead", "privacy-steward", "rooms-steward");
        repository.change(review, "notice: 2026-03-02", "notice: 2025-03-02");
      },
      ["review-changed"],
    ],
    [
      "a vote of a stranger",
      async () => {
        reword();
        await record(repository, { name: "change" });
        say(`{ by: mallory, vote: approve, at: 2026-03-03T09:00:00Z, digest: ${digest()} }`);
      },
      ["review-stranger"],
    ],
    [
      "a vote from the future",
      async () => {
        reword();
        await record(repository, { name: "change" });
        say(`{ by: lead, vote: approve, at: 2036-03-03T09:00:00Z, digest: ${digest()} }`);
      },
      ["review-future"],
    ],
    [
      "two votes of one member",
      async () => {
        reword();
        await record(repository, { name: "change" });
        say(`{ by: lead, vote: approve, at: 2026-03-03T09:00:00Z, digest: ${digest()} }`);
        say(`{ by: lead, vote: approve, at: 2026-03-03T09:00:01Z, digest: ${digest()} }`);
      },
      ["review-twice"],
    ],
    [
      "a vote of the author",
      async () => {
        reword();
        await record(repository, { name: "change", author: "Rosa <rosa@example.org>" });
        say(`{ by: rooms-steward, vote: approve, at: 2026-03-03T09:00:00Z, digest: ${digest()} }`);
      },
      ["review-own-vote"],
    ],
    [
      "a vote with a word of its own",
      async () => {
        reword();
        await record(repository, { name: "change" });
        say(`{ by: lead, vote: aprove, at: 2026-03-03T09:00:00Z, digest: ${digest()} }`);
      },
      ["review-allowed-values"],
    ],
    [
      "an answer of a domain that nobody asked",
      async () => {
        rename();
        await record(repository, { name: "change" });
        await approve("lead", "privacy-steward", "rooms-steward");
        const line = `{ domain: rooms, ack: approved, by: rooms-steward, at: 2026-03-03T09:00:00Z, digest: ${digest()} }`;
        repository.change(review, "\nacks:\n", `\nacks:\n  - ${line}\n`);
      },
      ["review-not-affected"],
    ],
    [
      "a change that no version makes right",
      async () => {
        reword();
        await record(repository, { name: "change" });
        repository.change(contractFile, "status: active", "status: draft");
      },
      ["status"],
    ],
    [
      "a changeset about nothing",
      async () => {
        reword();
        await record(repository, { name: "change" });
        repository.change(contractFile, "What was lent, by its title.", "What was lent.");
      },
      ["review-stale"],
    ],
    [
      "a published file that was edited",
      () => repository.change(`contracts/published/${loans}/1.0.0.odcs.yaml`, "What was lent.", "What?"),
      ["published-edited", "changeset-missing"],
    ],
    [
      "a published file that mesh did not write",
      () => {
        const text = repository.read(contractFile).replace("'1.0.0'", "'0.9.0'");
        repository.write(`contracts/published/${loans}/0.9.0.odcs.yaml`, text);
      },
      ["published-unregistered"],
    ],
    [
      "a product whose folder is gone",
      () => rmSync(`${repository.root}/domains/library/products`, { recursive: true }),
      ["published-abandoned"],
    ],
    [
      "a breaking version that nobody decided about",
      () => {
        rename();
        repository.change(contractFile, "'1.0.0'", "'2.0.0'");
        publishContract(repository.root, contractFile, startOfTime);
      },
      ["published-unreviewed"],
    ],
  ])("%s", async (_, spoil, expected) => {
    repository = smallRepository();
    await spoil();
    expect(await rulesFound()).toEqual(expected);
  });

  test.each([
    ["a key twice", "class: PATCH", "class: PATCH\n    class: MINOR", "review-yaml-duplicate-key"],
    ["no YAML", "products:", "products: [", "review-yaml-syntax"],
    ["an alias that leads nowhere", "class: PATCH", "class: *patch", "review-yaml-alias"],
    ["a key of its own", "class: PATCH", "class: PATCH\n    clas: PATCH", "review-unknown-key"],
    ["a digest that is none", "digest: ", "digest: x", "review-"],
    ["another name than its file", "changeset: change", "changeset: other", "review-file"],
    ["no instant", "opened: 2026-03-02T09:01:00Z", "opened: yesterday", "review-"],
  ])("a review with %s", async (_, from, to, rule) => {
    repository = smallRepository();
    reword();
    await record(repository, { name: "change" });
    repository.change(review, from, to);
    const found = await rulesFound();
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toContain(rule);
  });

  test.each([
    ["register", `contracts/published/${loans}/register.yaml`, "sha256: ", "sha256: x", "contract/register-invalid"],
    ["council", "contracts/council.yaml", "quorum: 3", "quorum: none", "contract/council-invalid"],
    ["changeset", changeset, "patch", "patsch", "contract/changeset-invalid"],
    ["front matter", changeset, "---\n", "--\n", "contract/changeset-invalid"],
  ])("a %s that cannot be read", async (_, file, from, to, code) => {
    repository = smallRepository();
    reword();
    await record(repository, { name: "change" });
    repository.change(file, from, to);
    const attempt = judgeRelease(repository.root, { now: later });
    await expect(attempt).rejects.toMatchObject({ code, at: { file, line: expect.any(Number) } });
  });

  test("a published file that is gone", async () => {
    repository = smallRepository();
    const register = `contracts/published/${loans}/register.yaml`;
    repository.change(register, "version: 1.0.0", "version: 0.8.0");
    expect(await rulesFound()).toEqual(["published-unregistered", "published-gone"]);
  });
});

describe("publishing without a review", () => {
  const place = { kind: "product", domain: "library", product: "loans", file: contractFile } as const;
  const raise = (version: string) => repository.change(contractFile, "'1.0.0'", `'${version}'`);

  test.each<[string, () => void, string, boolean]>([
    ["what is published already", () => undefined, "1.0.0", true],
    ["words", reword, "1.0.1", true],
    ["one column more", addColumn, "1.1.0", false],
    ["a column by another name", rename, "2.0.0", false],
  ])("%s", (_, change, version, allowed) => {
    repository = smallRepository();
    change();
    raise(version);
    const attempt = () => requireReview(repository.root, place);
    if (allowed) expect(attempt).not.toThrow();
    else expect(attempt).toThrow(expect.objectContaining({ code: "contract/needs-changeset" }));
  });
});

describe("nothing is written for", () => {
  const chamber = () => ({ council: readCouncil(repository.root), now: later });
  const vote = (by: string, more = {}) =>
    castVote(repository.root, readReview(repository.root, "change"), {
      ballot: { by, vote: "approve", ...more },
      ...chamber(),
    });
  const answer = (by: string, domain?: string) =>
    giveAnswer(repository.root, readReview(repository.root, "change"), {
      answer: { by, ack: "approved", ...(domain !== undefined && { domain }) },
      ...chamber(),
    });
  const impact = { since: "2025-12-02", affected: ["rooms", "sports"], elements: [] };

  test.each<[string, () => Promise<unknown>, string]>([
    ["a stranger", () => vote("mallory"), "contract/not-on-council"],
    ["the author", () => vote("rooms-steward"), "contract/own-changeset"],
    [
      "an emergency that is not the member's to declare",
      () => vote("privacy-steward", { emergency: true }),
      "contract/no-emergency-role",
    ],
    [
      "the same vote again",
      async () => {
        await approve("lead");
        await vote("lead");
      },
      "contract/already-said",
    ],
    [
      "a contract that has moved on",
      async () => {
        reword();
        await vote("lead");
      },
      "contract/review-stale",
    ],
    ["an answer for a domain of others", () => answer("sports-steward", "rooms"), "contract/not-speaker"],
    ["an answer nobody needs", () => answer("library-steward"), "contract/not-affected"],
    [
      "an answer for a domain that is not affected",
      () => answer("library-steward", "library"),
      "contract/not-affected",
    ],
    ["a changeset there is none of", async () => readReview(repository.root, "../council"), "contract/no-review"],
  ])("%s", async (_, attempt, code) => {
    repository = smallRepository();
    rename();
    await record(repository, { name: "change", author: "rosa@example.org", impact });
    const before = repository.files();
    await expect(attempt()).rejects.toMatchObject({ code });
    const changed = Object.entries(repository.files()).filter(
      ([file, text]) => before[file] !== text && file !== contractFile,
    );
    expect(changed.map(([file]) => file)).toEqual(code === "contract/already-said" ? [review] : []);
  });

  test("a member who answers for the only domain of theirs does not have to name it", async () => {
    repository = smallRepository();
    rename();
    await record(repository, { name: "change", impact });
    const { document } = await answer("rooms-steward");
    expect(document.review.acks).toMatchObject([{ domain: "rooms", ack: "approved" }]);
  });
});
