import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { seedControlStore } from "@thoth/testing/control-store";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommandLine } from "./command-line.ts";
import { commands } from "./command-list.ts";
import { recordingEffects } from "./testing/recording-effects.ts";

const repository = resolve(import.meta.dirname, "../../..");
let home: TempDir;

beforeAll(async () => {
  home = await tempDir();
  await seedControlStore(join(home.path, "control"));
});
afterAll(() => home[Symbol.asyncDispose]());

async function mesh(args: readonly string[], folder = home.path) {
  const effects = recordingEffects({ cwd: repository, env: { MESH_HOME: folder, MESH_SAMPLE_SCALE: "0.001" } });
  const code = await runCommandLine(args, effects);
  return { code, ...effects.said };
}

describe.each(Object.entries(commands))("mesh %s", (name, entry) => {
  const words = name.split(" ");

  test("takes as many words as its usage says", async () => {
    const { positionals, usage } = await entry.load();
    const [least, most] = positionals;
    if (Number.isFinite(most)) {
      const { code, err } = await mesh([...words, ...Array<string>(most + 1).fill("x")]);
      expect([code, err]).toEqual([2, expect.stringContaining(`mesh ${name} does not take x`)]);
    }
    if (least === 0) return;
    const { code, err } = await mesh([...words, ...Array<string>(least - 1).fill("x")]);
    expect([code, err]).toEqual([2, expect.stringContaining(`mesh ${name} needs ${usage}`)]);
  });
});

const asked = ["--role", "unit-researcher", "--purpose", "learning-research", "--reason", "Study 12"];
const product = "ontrack-learning/student-progress";

test.each<[string, readonly string[], string?]>([
  ["run", ["ontrack-learning/unit"]],
  ["runs", ["ontrack-learning/unit"], "Did you mean ontrack-learning/units?"],
  ["runs show", ["nothing"]],
  ["runs retry", ["ontrack-learning/unit"]],
  ["schedule pause", ["ontrack-learning/unit"]],
  ["schedule fire", ["nothing"]],
  ["source", ["ontrack-learning/nothing", "spec"]],
  ["quality", ["ontrack-learning/unit"]],
  ["rollback", ["ontrack-learning/unit"]],
  ["snapshots", ["ontrack-learning/unit"]],
  ["export", ["ontrack-learning/unit"], "Did you mean ontrack-learning/units?"],
  ["lineage", ["ontrack-learning/unit"]],
  ["usage", ["ontrack-lerning"], "Did you mean ontrack-learning?"],
  ["lifecycle", ["ontrack-learning/unit"]],
  ["new product", ["ontrack/units"]],
  ["serve domain", ["ontrack"]],
  ["contract diff", ["ontrack-learning/unit"]],
  ["contract impact", ["ontrack-learning/unit"]],
  ["contract publish", ["ontrack-learning/unit"]],
  ["council show", ["nothing"]],
  ["collector refused", ["ontrack"]],
  ["collector key", ["revoke", "nothing"]],
  ["policy test", ["nothing"]],
  ["access request", ["ontrack-learning/student-progres", ...asked], `Did you mean ${product}?`],
  ["access request", [product, ...asked, "--role", "unit-reseacher"], "Did you mean unit-researcher?"],
  ["access request", [product, ...asked, "--purpose", "learning-reserch"], "Did you mean learning-research?"],
  ["access request", [product, ...asked, "--column", "target_grad"], "Did you mean target_grade?"],
  ["access explain", ["ontrack-learning/unit"], "Did you mean ontrack-learning/units?"],
  ["access list", ["--product", "ontrack-learning/unit"]],
  ["access grant", ["ag_0"]],
  ["access export", ["ag_0"]],
  ["key", ["add", "x", "--product", "ontrack-learning/unit"], "Did you mean ontrack-learning/units?"],
  ["key", ["add", "x", "--purpose", "learning-reserch"], "Did you mean learning-research?"],
  ["key", ["revoke", "nothing"]],
  ["token", ["--as", "ada", "--product", "ontrack-learning/unit"], "Did you mean ontrack-learning/units?"],
  ["token", ["--as", "ada", "--purpose", "learning-reserch"], "Did you mean learning-research?"],
])("mesh %s %j names what there is not: wrong usage", async (name, args, guess = "") => {
  const { code, out, err } = await mesh([...name.split(" "), ...args]);
  expect([code, err, out]).toEqual([2, expect.stringMatching(/\n {2}hint ./), ""]);
  expect(err).toContain(guess);
});

test.each([
  ["query", ["{ units { totalCount } }", "--url", "http://127.0.0.1:1/graphql"]],
  ["export", ["ontrack-learning/units", "--url", "http://127.0.0.1:1"]],
])("mesh %s fails when no gateway answers: it was tried", async (name, args) => {
  const { code, err } = await mesh([name, ...args]);
  expect([code, err]).toEqual([1, expect.stringContaining("cli/server-unreachable")]);
});

test.each<[number, string, readonly string[]]>([
  [0, "runs", []],
  [1, "snapshots", []],
  [0, "usage", []],
  [0, "access list", []],
  [0, "access explain", ["ontrack-learning/units"]],
  [0, "webhook list", []],
  [0, "collector refused", []],
  [1, "sql", ["select 1"]],
  [1, "export", ["ontrack-learning/units"]],
  [1, "query", ["{ units { totalCount } }"]],
])("without a home, the exit code is %i for mesh %s %j", async (expected, name, args) => {
  const folder = join(home.path, "nowhere", name.replaceAll(" ", "-"));
  const { code, err } = await mesh([...name.split(" "), ...args], folder);
  expect([code, err]).toEqual([expected, expect.not.stringContaining("cli/unexpected")]);
  expect(existsSync(join(folder, "control"))).toBe(false);
});
