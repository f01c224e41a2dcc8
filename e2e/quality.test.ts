import { afterAll, beforeAll, expect, test } from "vitest";
import { loansProject, type SmallProject } from "./small-project.ts";

/** What the operator sees of rows that broke a contract. */
let project: SmallProject;

const contract = "domains/library-loans/products/loans/contract.odcs.yaml";
const env = { MESH_SAMPLE_SEED: "1", MESH_SAMPLE_SCALE: "0.05", MESH_SAMPLE_AS_OF: "2026-06-01" };

beforeAll(async () => {
  project = await loansProject();
  await project.change(
    contract,
    "    quality:\n",
    `    quality:
      - id: affordable
        name: No loan costs more than 150
        type: sql
        query: select count(*) from {object} where amount > 150
        mustBe: 0
        dimension: accuracy
        severity: error
      - id: plausible
        name: A librarian finds the categories plausible
        type: text
        description: Looked at once a trimester.
        dimension: accuracy
`,
  );
});

afterAll(() => project?.[Symbol.asyncDispose]());

test("without permission the run fails; with it the good rows are published and the run is partial", async () => {
  const failed = await project.mesh(["run"], env);
  expect(failed.code, failed.err).toBe(1);
  expect(failed.err).toMatch(
    /pipeline\/checks-failed.*No loan costs more than 150 \(measured \d+, must be 0; line \d+\)/s,
  );
  await project.change(
    contract,
    "slaProperties:",
    `customProperties:
  - { property: partialPublish, value: true }
  - { property: maxRejectedShare, value: 0.1 }
slaProperties:`,
  );
  await project.change(contract, "classification: internal", "classification: confidential");
  const partial = await project.mesh(["run"], env);
  expect(partial.code, partial.err).toBe(0);
  expect(partial.err).toMatch(/\d+ rows of library-loans\/loans broke the contract and were held back/);
});

interface Held {
  readonly rejected: readonly {
    readonly row: Record<string, unknown>;
    readonly rules: string[];
    readonly runId: string;
  }[];
}

async function heldBack(...more: string[]): Promise<Held["rejected"]> {
  const { out, code, err } = await project.mesh(["quality", "library-loans", "--rejected", "--json", ...more]);
  expect(code, err).toBe(0);
  return (JSON.parse(out) as Held).rejected;
}

test("rejected rows are whole, and covered where they are confidential", async () => {
  const [masked, whole] = [await heldBack(), await heldBack("--unmask")];
  expect(masked.length).toBeGreaterThan(0);
  expect(whole.map(({ row }) => Number(row.amount) > 150)).toEqual(whole.map(() => true));
  const hidden = Object.keys(masked[0]?.row ?? {}).filter((name) => masked[0]?.row[name] === "•••");
  expect(hidden).toHaveLength(1);
  expect(Object.keys(whole[0]?.row ?? {})).toEqual(["id", "category", "amount", "changed_at"]);
  expect(new Set(whole.flatMap(({ rules }) => rules))).toEqual(new Set(["rule:affordable"]));
});

test("the history tells what failed in earlier runs", async () => {
  const { out } = await project.mesh(["quality", "library-loans/loans", "--history", "--json"]);
  const { results } = JSON.parse(out) as { results: { checkId: string; status: string }[] };
  expect(results.map(({ checkId, status }) => `${checkId} ${status}`)).toEqual(Array(2).fill("rule:affordable failed"));
});

test("the results are told by dimension, rules for people as well, and the profile by column", async () => {
  const profile = await project.mesh(["quality", "library-loans/loans", "--profile"]);
  expect(profile.out).toMatch(/^library-loans\/loans 0\.1\.0: \d+ kept, 1 broken, 1 not judged\n {2}run /);
  expect(profile.out).toMatch(
    /accuracy: 0 of 2 kept\n {4}✗ {2}No loan costs more than 150 \[rule:affordable\]: \d+, must be 0\n {4}– {2}A librarian/,
  );
  expect(profile.out).toMatch(/library-loans\/loans: \d+ rows, profiled .* in \d+ ms/);
  expect(profile.out).toMatch(/amount +0\.0 %/);
});

test.each([
  [["quality", "nowhere"], "cli/unknown-domain"],
  [["quality", "--unmask"], "cli/usage"],
])("mesh %j says what is wrong", async (args, code) => {
  expect((await project.mesh(args)).err).toContain(code);
});
