import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fileSink } from "./file-sink.ts";

let dir: TempDir;

beforeAll(async () => {
  dir = await tempDir();
});

afterAll(() => dir[Symbol.asyncDispose]());

const { signal } = new AbortController();

test.each([
  ["is not there", undefined, '{"run":1}\n{"run":2}\n'],
  ["is empty", "", '{"run":1}\n{"run":2}\n'],
  ["ends whole", '{"run":0}\n', '{"run":0}\n{"run":1}\n{"run":2}\n'],
  ["was cut off", '{"run":0}\n{"ru', '{"run":0}\n{"ru\n{"run":1}\n{"run":2}\n'],
])("events are lines of their own in a file that %s", async (what, before, after) => {
  const file = join(dir.path, `${what}.ndjson`);
  if (before !== undefined) await writeFile(file, before);
  const sink = fileSink(file);
  for (const run of [1, 2]) await sink.deliver(JSON.stringify({ run }), signal);
  expect(await readFile(file, "utf8")).toBe(after);
});

test("a line that another one left unfinished between two events ends before the next", async () => {
  const file = join(dir.path, "cut-between.ndjson");
  const sink = fileSink(file);
  await sink.deliver('{"run":1}', signal);
  await truncate(file, 5);
  await sink.deliver('{"run":2}', signal);
  expect(await readFile(file, "utf8")).toBe('{"run\n{"run":2}\n');
});

test("a folder in the place of the file is told, and worth another try", async () => {
  await expect(fileSink(dir.path).deliver("{}", signal)).rejects.toMatchObject({ worthRetrying: true });
});

test("lines of two processes that write at the same time do not mix, however long they are", async () => {
  const file = join(dir.path, "shared.ndjson");
  const many = { count: 12, size: 1_500_000 };
  const processes = await Promise.all(["one", "two"].map((name) => startAdding({ file, name, ...many })));
  await Promise.all(processes.map((add) => add()));
  // A process that is held up in the middle of its line looks like one that died there: an empty line follows.
  const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
  const runs = lines.map((line) => JSON.parse(line).run.runId as string);
  for (const name of ["one", "two"])
    expect(runs.filter((run) => run.startsWith(name))).toEqual(
      Array.from({ length: many.count }, (_, index) => `${name} ${index}`),
    );
  expect(runs).toHaveLength(2 * many.count);
});

/** @returns what makes it begin, and waits for its end */
async function startAdding(setting: object): Promise<() => Promise<void>> {
  const main = join(import.meta.dirname, "fixtures/adding-process.ts");
  const child = spawn(process.execPath, ["--conditions=thoth-source", main, JSON.stringify(setting)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const said: string[] = [];
  child.stdout.on("data", (text: Buffer) => said.push(text.toString()));
  await once(child.stdout, "data");
  return async () => {
    const closed = once(child, "close");
    child.stdin.write("go\n");
    expect([...(await closed), said.join("")]).toEqual([0, null, "ready\n"]);
  };
}
