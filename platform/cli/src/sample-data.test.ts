import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Domain, SampleOptions } from "@thoth/pipeline/domain";
import { meshHome } from "@thoth/pipeline/mesh-home";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import { ensureSampleData } from "./sample-data.ts";
import type { Settings } from "./settings.ts";
import { recordingEffects } from "./testing/recording-effects.ts";

/** Domains with samples, and a note of what was asked of them. */
function domainsNamed(...names: readonly string[]) {
  const written: (SampleOptions & { readonly domain: string })[] = [];
  const sample = async () => ({ writeSample: async () => undefined });
  const write = async ({ name }: Domain, options: SampleOptions) => void written.push({ domain: name, ...options });
  return { domains: names.map((name) => ({ name, sample }) as Partial<Domain> as Domain), written, write };
}

const sample = { seed: 7, scale: 0.5, asOf: undefined };
const settings = (part: Partial<Settings> = {}) => ({ sample, ...part }) as Settings;

test("each domain's sample is written once, and all see the same instant", async () => {
  await using dir = await tempDir();
  const home = meshHome(dir.path);
  const [one, two] = [domainsNamed("a", "b"), domainsNamed("a", "b", "c")];
  await ensureSampleData(one.domains, home, {
    settings: settings(),
    effects: recordingEffects({ now: () => 1000 }),
    write: one.write,
  });
  await ensureSampleData(two.domains, home, {
    settings: settings({ sample: { seed: 8, scale: 1, asOf: 5 } }),
    effects: recordingEffects({ now: () => 2000 }),
    write: two.write,
  });
  const expected = { dir: home.sourcesDir, seed: 7, scale: 0.5, asOf: 1000 };
  expect(one.written).toEqual([
    { domain: "a", ...expected },
    { domain: "b", ...expected },
  ]);
  expect(two.written).toEqual([{ domain: "c", ...expected }]);
  expect(JSON.parse(await readFile(join(home.sourcesDir, ".sample.json"), "utf8"))).toMatchObject({
    asOf: "1970-01-01T00:00:01.000Z",
    domains: ["a", "b", "c"],
  });
});

test("the date of the sample can be said", async () => {
  await using dir = await tempDir();
  const { domains, written, write } = domainsNamed("a");
  const asOf = Date.UTC(2026, 2, 2);
  const said = settings({ sample: { ...sample, asOf } });
  await ensureSampleData(domains, meshHome(dir.path), { settings: said, effects: recordingEffects(), write });
  expect(written).toMatchObject([{ asOf }]);
});

test("real sources are never written to", async () => {
  await using dir = await tempDir();
  const { domains, written, write } = domainsNamed("a");
  const real = settings({ sourcesDir: dir.path });
  await ensureSampleData(domains, meshHome(dir.path, dir.path), { settings: real, effects: recordingEffects(), write });
  expect(written).toEqual([]);
});

test("a sample that was cut short is written again as of the same instant", async () => {
  await using dir = await tempDir();
  const home = meshHome(dir.path);
  const { domains, written, write } = domainsNamed("a");
  const cutShort = async () => Promise.reject(new Error("stopped"));
  const first = { settings: settings(), effects: recordingEffects({ now: () => 1000 }), write: cutShort };
  await expect(ensureSampleData(domains, home, first)).rejects.toThrow("stopped");
  const second = { settings: settings(), effects: recordingEffects({ now: () => 2000 }), write };
  await ensureSampleData(domains, home, second);
  expect(written).toMatchObject([{ domain: "a", asOf: 1000 }]);
});

test.each(["", "{}", '{ "domains": [], "asOf": "soon" }'])("a note that says nothing is told of: %j", async (text) => {
  await using dir = await tempDir();
  const home = meshHome(dir.path, undefined);
  const { domains, write } = domainsNamed("a");
  await ensureSampleData(domains, home, { settings: settings(), effects: recordingEffects(), write });
  const file = join(home.sourcesDir, ".sample.json");
  await writeFile(file, text);
  await expect(
    ensureSampleData(domains, home, { settings: settings(), effects: recordingEffects(), write }),
  ).rejects.toMatchObject({ code: "cli/sample-mark", at: { file } });
});
