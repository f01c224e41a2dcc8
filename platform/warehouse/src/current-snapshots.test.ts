import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { mkdtempDisposable, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  currentSnapshotsFile,
  readCurrentSnapshots,
  watchCurrentSnapshots,
  writeCurrentSnapshots,
} from "./current-snapshots.ts";
import type { Snapshot } from "./snapshot.ts";

let dir: Awaited<ReturnType<typeof mkdtempDisposable>>;
beforeEach(async () => {
  dir = await mkdtempDisposable(join(tmpdir(), "current-"));
});
afterEach(() => dir.remove());

const snapshot = (id: string): Snapshot => ({
  id,
  domain: "learning",
  product: "units",
  contractVersion: "1.0.0",
  rowCount: 1,
  sizeBytes: 2,
  publishedAt: 3,
  watermark: null,
  runId: "r",
});

test("what was written is read; nothing was, before the first time", async () => {
  const folder = join(dir.path, "not", "there", "yet");
  expect(await readCurrentSnapshots(folder)).toEqual([]);
  await writeCurrentSnapshots(folder, [snapshot("1"), snapshot("2")]);
  expect(await readCurrentSnapshots(folder)).toEqual([snapshot("1"), snapshot("2")]);
  expect(await readdir(folder)).toEqual(["current.json"]);
});

test.each([
  ["no JSON", "{"],
  ["another version", '{"formatVersion": 2, "snapshots": []}'],
  ["another shape", '{"formatVersion": 1}'],
  ["null", "null"],
])("a file with %s is refused with its place", async (_, text) => {
  writeFileSync(currentSnapshotsFile(dir.path), text);
  await expect(readCurrentSnapshots(dir.path)).rejects.toMatchObject({
    code: "warehouse/current-file-unreadable",
    at: { file: currentSnapshotsFile(dir.path) },
  });
});

test("a folder in its place is refused too", async () => {
  mkdirSync(currentSnapshotsFile(dir.path));
  await expect(readCurrentSnapshots(dir.path)).rejects.toMatchObject({ code: "warehouse/current-file-unreadable" });
});

const never = 2 ** 31 - 1;

/** Collects what a watch reports and lets a test wait for it. */
function collect(options: { pollMs?: number } = {}) {
  const controller = new AbortController();
  const seen: string[] = [];
  let wake = Promise.withResolvers<void>();
  const push = (entry: string) => {
    seen.push(entry);
    wake.resolve();
    wake = Promise.withResolvers();
  };
  watchCurrentSnapshots(dir.path, (snapshots) => push(snapshots.map(({ id }) => id).join(",")), {
    ...options,
    signal: controller.signal,
    onError: (error) => push((error as { code: string }).code),
  });
  const until = async (entry: string) => {
    while (!seen.includes(entry)) await wake.promise;
  };
  return { seen, until, stop: () => controller.abort() };
}

test("a watch tells what is current, then every change once, across bad content, and stops", async () => {
  const watch = collect({ pollMs: never });
  await watch.until("");
  await writeCurrentSnapshots(dir.path, [snapshot("1")]);
  await watch.until("1");
  await writeCurrentSnapshots(dir.path, [snapshot("1")]);
  // At once: a file that is written in place is empty for a moment, which would be told too.
  const broken = join(dir.path, "broken");
  writeFileSync(broken, "broken");
  renameSync(broken, currentSnapshotsFile(dir.path));
  await watch.until("warehouse/current-file-unreadable");
  await writeCurrentSnapshots(dir.path, [snapshot("1"), snapshot("2")]);
  await watch.until("1,2");
  watch.stop();
  await writeCurrentSnapshots(dir.path, [snapshot("3")]);
  const after = collect({ pollMs: never });
  await after.until("3");
  after.stop();
  expect(watch.seen).toEqual(["", "1", "warehouse/current-file-unreadable", "1,2"]);
});

test("what changes while a change is still being handled is not lost, and changes never overlap", async () => {
  const controller = new AbortController();
  const handled: string[] = [];
  const entered = Promise.withResolvers<void>();
  const finished = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let inside = 0;
  await writeCurrentSnapshots(dir.path, [snapshot("1")]);
  const onChange = async (snapshots: readonly Snapshot[]) => {
    inside += 1;
    expect(inside).toBe(1);
    entered.resolve();
    await gate.promise;
    handled.push(snapshots.map(({ id }) => id).join(","));
    inside -= 1;
    if (handled.at(-1) === "3") finished.resolve();
  };
  watchCurrentSnapshots(dir.path, onChange, { signal: controller.signal, pollMs: never, onError: finished.reject });
  await entered.promise;
  await writeCurrentSnapshots(dir.path, [snapshot("2")]);
  await writeCurrentSnapshots(dir.path, [snapshot("3")]);
  // The watch has to have heard of both before the gate opens: another watch of the same folder has by then.
  const witness = collect({ pollMs: never });
  await witness.until("3");
  gate.resolve();
  await finished.promise;
  witness.stop();
  controller.abort();
  expect(handled.at(0)).toBe("1");
});

test("a folder that comes later is found by looking again and again", async () => {
  const folder = dir.path;
  await dir.remove();
  const watch = collect({ pollMs: 5 });
  await watch.until("");
  mkdirSync(folder);
  await writeCurrentSnapshots(folder, [snapshot("1")]);
  await watch.until("1");
  watch.stop();
});

test("changes made by another process arrive, and every content that is read is whole", async () => {
  const watch = collect({ pollMs: never });
  const script = new URL("./fixtures/write-current.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, ["--conditions=thoth-source", script, dir.path, "150"], { stdio: "inherit" });
  await once(child, "exit");
  await watch.until("150");
  watch.stop();
  expect(watch.seen).not.toContain("warehouse/current-file-unreadable");
  const numbers = watch.seen.filter((entry) => entry !== "").map(Number);
  expect(numbers).toEqual(numbers.toSorted((left, right) => left - right));
});
