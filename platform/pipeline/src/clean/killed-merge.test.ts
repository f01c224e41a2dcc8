import { spawn } from "node:child_process";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { openWriteSide } from "@thoth/warehouse/write-side";
import { afterAll, beforeAll, expect, test } from "vitest";
import { difference, openCleanHome } from "./fixtures/clean-home.ts";
import { things, versionOf } from "./fixtures/things.ts";

let dir: TempDir;

beforeAll(async () => {
  dir = await tempDir();
});

afterAll(() => dir[Symbol.asyncDispose]());

const open = (file: string) => openWriteSide({ file, tmpDir: dir.path, pseudonymKey: "a key for tests" });
const old = "select id, 1 as seen, 'word ' || id as word from range(5000) as numbers (id)";

test("a merge that is killed at any statement leaves the old rows, and the next one ends as if nothing had been", async () => {
  const prepared = join(dir.path, "prepared.duckdb");
  {
    await using engine = await open(prepared);
    const home = await openCleanHome(engine, things.columns, { things: things.query });
    await home.land(versionOf(1, { first: 0, count: 5000 }), "the first load");
    expect((await home.compute("things", "the first run")).how).toBe("in full: it is the first time");
    await home.land(versionOf(2, { first: 4000, count: 2000 }), "the second load");
  }
  const whole = await mergeIn(prepared, 0, "whole");
  expect(whole.output).toMatchObject({ how: "from 2000 new of 7000 rows of raw.things" });
  const { changes = 0 } = whole.output ?? {};
  expect(changes).toBeGreaterThan(8);
  for (const before of [3, 6, changes - 3, changes - 1, changes]) {
    const killed = await mergeIn(prepared, before, `killed-${before}`);
    expect(killed.signal).toBe("SIGKILL");
    await using engine = await open(killed.file);
    expect(await difference(engine, "clean.things", old), `before change ${before}`).toEqual([]);
    const home = await openCleanHome(engine, things.columns, { things: things.query });
    const { how, changes: merged, version } = await home.compute("things", "the third run");
    expect({ how, merged, version }).toEqual({
      how: "from 2000 new of 7000 rows of raw.things",
      merged: { inserted: 1000, updated: 1000, deleted: 0 },
      version: "the third run",
    });
    expect(await difference(engine, "clean.things", things.query)).toEqual([]);
  }
});

interface Merged {
  readonly file: string;
  readonly signal: NodeJS.Signals | null;
  readonly output: { readonly changes: number; readonly how: string } | undefined;
}

/** In a process of its own, on a copy of the file; before no change for 0. */
async function mergeIn(prepared: string, before: number, name: string): Promise<Merged> {
  const file = join(dir.path, `${name}.duckdb`);
  await copyFile(prepared, file);
  const main = fileURLToPath(new URL("fixtures/killed-merge.ts", import.meta.url));
  const task = JSON.stringify({ file, tmpDir: dir.path, before });
  const child = spawn(process.execPath, ["--conditions=thoth-source", main, task], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once("exit", (_, signal) => resolve(signal)));
  const output = await text(child.stdout);
  const signal = await ended;
  return { file, signal, output: output === "" ? undefined : JSON.parse(output) };
}
