import {
  contractFile,
  loans,
  record,
  type SmallRepository,
  smallRepository,
  startOfTime,
} from "@thoth/contract/changeset/fixtures/small-repository";
import { afterEach, expect, test } from "vitest";
import { runCommandLine } from "./command-line.ts";
import { recordingEffects } from "./testing/recording-effects.ts";

/** What people and editors do to the files of the council: every writing command says what is wrong, and writes nothing. */
let repository: SmallRepository;
afterEach(() => repository[Symbol.dispose]());

const review = "contracts/reviews/lent.yaml";
const published = `contracts/published/${loans}/1.0.0.odcs.yaml`;
const rename = () => repository.change(contractFile, "name: title", "name: lent_title");
const open = async () => {
  rename();
  await record(repository, { name: "lent" });
};
/** The column's id goes on to something else. */
const reuse = () =>
  repository.change(
    contractFile,
    "name: title\n        description: What was lent.\n        logicalType: string",
    "name: shelf\n        description: Where it stands.\n        logicalType: integer",
  );

const changeset = ["contract", "changeset", "--name", "lent", "--author", "Ada"];
const release = ["contract", "version"];
const approve = ["council", "approve", "lent", "--as", "lead"];
const everything = [changeset, release, approve];

test.each<[string, () => void | Promise<void>, readonly (readonly string[])[], string, RegExp]>([
  [
    "a contract that is not YAML",
    async () => {
      await open();
      repository.change(contractFile, "schema:\n", "schema: [\n");
    },
    everything,
    "contract/invalid",
    /loans\/contract\.odcs\.yaml:\d+:\d+/,
  ],
  [
    "anchors a million deep",
    async () => {
      await open();
      repository.write(contractFile, "[&a ".repeat(1_000_000));
    },
    everything,
    "contract/invalid",
    /loans\/contract\.odcs\.yaml:1:\d+ .*nested too deep/,
  ],
  [
    "a key twice",
    async () => {
      await open();
      repository.change(contractFile, "domain: library", "domain: library\ndomain: rooms");
    },
    everything,
    "contract/invalid",
    /loans\/contract\.odcs\.yaml:9:1 odcs-yaml-duplicate-key/,
  ],
  [
    "an unknown apiVersion",
    async () => {
      await open();
      repository.change(contractFile, "v3.2.0", "v9.9.9");
    },
    everything,
    "contract/invalid",
    /loans\/contract\.odcs\.yaml:2:13 .*v9\.9\.9/,
  ],
  [
    "an id that stood for another type",
    reuse,
    [changeset],
    "contract/change-refused",
    /tombstone-reuse[\s\S]*loans\/contract\.odcs\.yaml/,
  ],
  [
    "a vote of somebody who is not on the council",
    open,
    [[...approve.slice(0, -1), "mallory"]],
    "contract/not-on-council",
    /mallory/,
  ],
  [
    "a vote of a stranger that was written by hand",
    async () => {
      await open();
      const digest = /^digest: (\S+)$/m.exec(repository.read(review))?.[1];
      const line = `{ by: mallory, vote: approve, at: 2026-03-02T10:00:00Z, digest: ${digest} }`;
      repository.change(review, "\nvotes:\n", `\nvotes:\n  - ${line}\n`);
    },
    [release],
    "contract/not-releasable",
    /reviews\/lent\.yaml:\d+:\d+ review-stranger/,
  ],
  [
    "a review whose digest no longer matches",
    async () => {
      await open();
      repository.change(review, "class: MAJOR", "class: PATCH");
    },
    [release],
    "contract/not-releasable",
    /reviews\/lent\.yaml:\d+:\d+ review-changed/,
  ],
  [
    "and a vote on it",
    async () => {
      await open();
      repository.change(contractFile, "One row a loan.", "One row every loan.");
    },
    [approve, release],
    "library/loans is not what",
    /lent/,
  ],
  [
    "a published file that was edited by hand",
    async () => {
      await open();
      repository.change(published, "What was lent.", "What?");
    },
    [release],
    "contract/not-releasable",
    /published\/library\/loans\/1\.0\.0\.odcs\.yaml:\d+:\d+ published-edited/,
  ],
])("%s", async (_, spoil, commands, words, place) => {
  repository = smallRepository();
  repository.write("mesh.config.ts", 'export default { domains: "domains/*/domain.ts", servers: async () => ({}) };\n');
  await spoil();
  const before = repository.files();
  for (const args of commands) {
    const effects = recordingEffects({ cwd: repository.root, now: () => startOfTime + 3_600_000 });
    expect(await runCommandLine(args, effects)).toBe(1);
    expect(effects.said.err).toContain(words);
    expect(effects.said.err).toMatch(place);
    expect(repository.files()).toEqual(before);
  }
});
