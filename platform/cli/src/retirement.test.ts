import { join } from "node:path";
import { contractFile, loans, smallRepository } from "@thoth/contract/changeset/fixtures/small-repository";
import { publishContract } from "@thoth/contract/publish-contract";
import { openUsageFile } from "@thoth/control/usage-files";
import { meshHome } from "@thoth/pipeline/mesh-home";
import { seedControlStore } from "@thoth/testing/control-store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommandLine } from "./command-line.ts";
import { recordingEffects } from "./testing/recording-effects.ts";

const day = 86_400_000;
/** The control plane is new, and counts since today. */
const today = Date.now();
const dayOf = (number: number) => new Date(today + number * day).toISOString().slice(0, 10);

/** The product has been announced to end in 100 days, and its contract in work says that it has. */
const repository = smallRepository();
const home = meshHome(join(repository.root, "var"));

beforeAll(async () => {
  repository.write("mesh.config.ts", 'export default { domains: "domains/*/domain.ts", servers: async () => ({}) };\n');
  repository.change(contractFile, "version: '1.0.0'", "version: '1.1.0'");
  repository.change(contractFile, "status: active", "status: deprecated");
  const announced = `customProperties: [{ property: deprecatedSince, value: "${dayOf(-1)}" }]\nslaProperties:\n  - { property: endOfSupport, value: "${dayOf(100)}" }\n`;
  repository.change(contractFile, "slaProperties:\n", announced);
  publishContract(repository.root, contractFile, today - day);
  repository.change(contractFile, "status: deprecated", "status: retired");
  await seedControlStore(home.controlDir);
});
afterAll(() => repository[Symbol.dispose]());

async function onDay(number: number, ...args: readonly string[]) {
  const effects = recordingEffects({ cwd: repository.root, now: () => today + number * day });
  const code = await runCommandLine(args, effects);
  return { code, ...effects.said };
}

const tooSoon = expect.arrayContaining([
  expect.objectContaining({ rule: "status", blocked: true, suggestion: expect.stringContaining("Deprecate it first") }),
]);

async function differences(number: number): Promise<unknown> {
  const { code, out } = await onDay(number, "contract", "diff", loans, "--json");
  expect(code).toBe(0);
  return JSON.parse(out).diffs;
}

// Each test goes on from the one before.
test("before its day nothing retires", async () => {
  expect(await differences(99)).toEqual(tooSoon);
  const { code, err } = await onDay(99, "contract", "changeset", "--name", "gone", "--author", "Ada");
  expect([code, err]).toEqual([1, expect.stringContaining("contract/change-refused")]);
  expect(Object.keys(repository.files()).filter((file) => file.startsWith(".changeset"))).toEqual([]);
});

test("nor while somebody has read it in the last 30 days", async () => {
  const hour = Math.floor((today + 90 * day) / 3_600_000) * 3_600_000;
  const reader = { consumer: "desk-app", domain: undefined, purpose: undefined };
  const counts = [{ hour, product: loans, version: "1.1.0", columns: ["code"], ...reader, reads: 1 }];
  {
    await using file = openUsageFile(home.usageDir, () => today + 90 * day);
    await file.save({ writer: "desk", sequence: 1, counts });
  }
  expect(await differences(101)).toEqual(tooSoon);
});

test("then it does: with the notice since it was deprecated, and no version 2 of what is gone", async () => {
  const [retired, ...others] = (await differences(125)) as { rule: string }[];
  expect(retired).toMatchObject({ rule: "status", class: "MAJOR" });
  expect(retired).not.toHaveProperty("blocked");
  expect(others.map(({ rule }) => rule)).toEqual(["version-mismatch"]);
  expect(await onDay(125, "contract", "changeset", "--name", "gone", "--author", "Ada")).toMatchObject({ code: 0 });
  expect(repository.read(".changeset/gone.md")).not.toContain("```sql");
  expect(repository.read("contracts/reviews/gone.yaml")).toContain(`notice: ${dayOf(-1)}T00:00:00Z`);
});

test("the gate believes the review where nobody is seen reading, and not before the day", async () => {
  const rules = async (number: number) => {
    const { err } = await onDay(number, "contract", "version");
    return [...err.matchAll(/^ {2}\S+:\d+:\d+ ([a-z-]+): /gm)].map(([, rule]) => rule);
  };
  const votesMissing = ["published-unreviewed", "review-approvals", "review-ack"];
  expect(await rules(126)).toEqual(votesMissing);
  expect(await rules(98)).toEqual(["published-unreviewed", "status", ...votesMissing.slice(1)]);
});
