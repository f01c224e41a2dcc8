import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { councilText } from "../changeset/fixtures/small-repository.ts";
import { isAuthor, memberOfAccount, speakersFor } from "./council.ts";
import { parseCouncil } from "./read-council.ts";

const file = "contracts/council.yaml";
const council = parseCouncil(councilText, file);

test("the council of this repository can decide about everything", () => {
  const root = fileURLToPath(new URL("../../../../", import.meta.url));
  const own = parseCouncil(readFileSync(`${root}${file}`, "utf8"), file);
  for (const domain of ["ontrack-learning", "splashkit-usage", "platform-operations", "library-loans"]) {
    expect(speakersFor(own, domain).length).toBeGreaterThan(0);
  }
  // whoever the author is, enough others are left for the highest gate
  expect(own.members.length - 1).toBeGreaterThan(own.quorum);
  expect(new Set(own.members.flatMap(({ roles }) => roles))).toEqual(
    new Set(["owner", "steward", "privacy", "emergency"]),
  );
});

test.each([
  ["rooms-steward", "rooms-steward"],
  ["Rosa <ROSA@example.org>", "rooms-steward"],
  ["rosa@example.org", "rooms-steward"],
  ["Rosa <other@example.org>", undefined],
  ["", undefined],
])("the account %j is %s", (account, name) => {
  expect(memberOfAccount(council, account)?.name).toBe(name);
});

test("authors are known by any of their names", () => {
  const [, , rooms, sports] = council.members;
  const authors = ["Ada <ada@example.org>", "Rosa <rosa@example.org>"];
  expect([rooms, sports].map((member) => member && isAuthor(member, authors))).toEqual([true, false]);
});

test("for a domain that nobody names, those speak who stand in for all", () => {
  expect(speakersFor(council, "rooms").map(({ name }) => name)).toEqual(["rooms-steward"]);
  expect(speakersFor(council, "elsewhere").map(({ name }) => name)).toEqual(["lead"]);
});

test.each([
  ["a number out of range", "supermajority: 0.66", "supermajority: 66", 8, "council-"],
  ["a word that is none", "roles: [privacy]", "roles: [privasy]", 6, "council-allowed-values"],
  ["a key that is none", "quorum: 3", "quorum: 3\nqorum: 2", 8, "council-unknown-key"],
  ["a key that is missing", "highTrafficShare: 0.25\n", "", 1, "council-missing-key"],
  ["a member twice", "name: privacy-steward", "name: lead", 6, "council-member-twice"],
  ["more votes than members", "quorum: 3", "quorum: 6", 7, "council-quorum"],
  ["a key twice", "quorum: 3", "quorum: 3\nquorum: 3", 8, "council-yaml-duplicate-key"],
  ["no YAML", "quorum: 3", "quorum: [3", 8, "council-yaml-syntax"],
  ["an alias that leads nowhere", "quorum: 3", "quorum: *three", 7, "council-yaml-alias"],
])("%s is refused with its place", (_, from, to, line, rule) => {
  expect(councilText).toContain(from);
  const read = () => parseCouncil(councilText.replace(from, to), file);
  expect(read).toThrow(
    expect.objectContaining({ code: "contract/council-invalid", at: { file, line, column: expect.any(Number) } }),
  );
  expect(read).toThrow(rule);
});
