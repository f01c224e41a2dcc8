import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { seedControlStore } from "@thoth/testing/control-store";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommandLine } from "../command-line.ts";
import { recordingEffects } from "../testing/recording-effects.ts";

const repository = resolve(import.meta.dirname, "../../../..");
let home: TempDir;

beforeAll(async () => {
  home = await tempDir();
  await seedControlStore(join(home.path, "control"));
});
afterAll(() => home[Symbol.asyncDispose]());

async function mesh(...args: readonly string[]) {
  const effects = recordingEffects({ cwd: repository, env: { MESH_HOME: home.path } });
  const code = await runCommandLine(args, effects);
  return { code, ...effects.said };
}

async function recordedActs(): Promise<string[]> {
  const folder = join(home.path, "audit");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".ndjson")).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  const records = texts.flatMap((text) => text.trimEnd().split("\n")).map((line) => JSON.parse(line));
  return records.flatMap(({ event, subject }) => (subject === undefined ? [] : [`${event} ${subject}`]));
}

test("a webhook is added, shown without its secret, and removed", async () => {
  const added = await mesh("webhook", "add", "https://portal.example.edu/mesh", "ontrack-learning/units", "--json");
  expect(added, added.err).toMatchObject({ code: 0 });
  const { id, secret } = JSON.parse(added.out) as { id: string; secret: string };
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const listed = await mesh("webhook", "list");
  expect(listed.out).toContain(id);
  expect(listed.out).toContain("https://portal.example.edu/mesh");
  expect((await mesh("webhook", "list", "--json")).out).not.toMatch(/secret|whsec_/i);
  expect(await mesh("webhook", "retry", id)).toMatchObject({ code: 0, out: "nothing waits or was given up\n" });
  expect(await mesh("webhook", "remove", id)).toMatchObject({ code: 0, out: `${id} is removed\n` });
  expect((await mesh("webhook", "list")).out).toBe("Nobody is told of publications.\n");
  expect((await recordedActs()).toSorted()).toEqual([`key-issued ${id}`, `key-revoked ${id}`]);
});

test.each([
  [["http://portal.example.edu/", "ontrack-learning/units"], "cli/webhook-url", 2],
  [["https://169.254.169.254/", "ontrack-learning/units", "--allow-private"], "cli/webhook-url", 2],
  [["https://portal.example.edu/", "ontrack-learning/unts"], "cli/unknown-product", 2],
  [["https://portal.example.edu/", "ontrack-learning/student-progress"], "cli/webhook-consumer"],
  [["https://portal.example.edu/", "ontrack-learning/units", "--purpose", "learning-research"], "cli/webhook-consumer"],
  [
    ["https://portal.example.edu/", "ontrack-learning/units", "--purpose", "fun"],
    "access/agreement-purpose-unknown",
    2,
  ],
  [["https://portal.example.edu/", "ontrack-learning/units", "--for", "role:reader"], "roles come with the", 2],
  [["https://portal.example.edu/", "ontrack-learning/units", "--for", "anonymous"], "means something else here", 2],
  [["https://portal.example.edu/", "ontrack-learning/units", "--for", "service:nobody"], "mesh key add nobody"],
])("mesh webhook add %j is refused", async (args, code, exit = 1) => {
  const refused = await mesh("webhook", "add", ...args);
  expect(refused.code).toBe(exit);
  expect(refused.err).toContain(code);
});

test.each(["remove", "retry"])("mesh webhook %s of nothing is a wrong command line", async (command) => {
  expect(await mesh("webhook", command, "wh_0000000000")).toMatchObject({
    code: 2,
    err: expect.stringContaining("cli/webhook-unknown"),
  });
});

test("a machine's webhook is held to the limits of its key", async () => {
  await mesh("key", "add", "portal", "--product", "ontrack-learning/units");
  const add = (product: string) =>
    mesh("webhook", "add", "https://portal.example.edu/", product, "--for", "service:portal");
  expect(await add("ontrack-learning/units")).toMatchObject({ code: 0 });
  expect((await add("ontrack-learning/task-completion")).err).toContain("limited to ontrack-learning/units");
});
