import { appendFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ReadCount, UsageBatch } from "@thoth/contract/impact/read-count";
import { seedControlStore } from "@thoth/testing/control-store";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ControlPlane } from "./control-plane.ts";
import { openControl } from "./open-control.ts";
import { openUsageFile, UsageIntake } from "./usage-files.ts";
import { openUsageStore } from "./usage-store.ts";

let dir: TempDir;
let control: ControlPlane;
let folder: string;
let tests = 0;

beforeAll(async () => {
  dir = await tempDir();
  await seedControlStore(join(dir.path, "control"));
  control = await openControl({ dataDir: join(dir.path, "control") });
});

beforeEach(() => {
  folder = join(dir.path, `usage-${++tests}`);
});

afterAll(async () => {
  await control?.[Symbol.asyncDispose]();
  await dir?.[Symbol.asyncDispose]();
});

const hour = Date.UTC(2026, 2, 18, 12);
const dayMs = 86_400_000;

function batchOf(sequence: number, reads = 1): UsageBatch {
  const reader = { consumer: "ada", domain: undefined, purpose: "it's\na test" };
  const count: ReadCount = { hour, product: `test-${tests}/courses`, version: "1.0.0", columns: [], ...reader, reads };
  return { writer: `writer-${tests}`, sequence, counts: [count] };
}

function openIntake(now = hour, onDamage: (file: string) => void = unexpected) {
  return new UsageIntake(
    folder,
    openUsageStore(control, () => now),
    { clock: () => now, onDamage },
  );
}

function unexpected(file: string): never {
  throw new Error(`${file} is damaged`);
}

async function readsNow(): Promise<number> {
  const { uses } = await openUsageStore(control, () => hour).report({ domain: `test-${tests}`, since: 0 });
  return uses.reduce((sum, { reads }) => sum + reads, 0);
}

test("what a process leaves is taken in, and its file removed once it has ended", async () => {
  const intake = openIntake();
  {
    await using file = openUsageFile(folder, () => hour);
    await file.save(batchOf(1));
    await intake.takeIn();
    expect(await readsNow()).toBe(1);
    await file.save(batchOf(2, 5));
    await file.save(batchOf(3));
    await intake.takeIn();
    await intake.takeIn();
    expect(await readsNow()).toBe(7);
    expect(await readdir(folder)).toEqual([`2026-03-18-writer-${tests}.ndjson`]);
  }
  await intake.takeIn();
  expect([await readsNow(), await readdir(folder)]).toEqual([7, []]);
});

test("an owner that died after it took in, and before it removed, counts nothing twice", async () => {
  {
    await using file = openUsageFile(folder, () => hour);
    await file.save(batchOf(1));
    await openIntake().takeIn();
  }
  await openIntake().takeIn();
  expect(await readsNow()).toBe(1);
});

test("a batch that was cut off while it was written is brought again, and counted once", async () => {
  await using file = openUsageFile(folder, () => hour);
  await file.save(batchOf(1));
  const [name = ""] = await readdir(folder);
  await appendFile(join(folder, name), JSON.stringify(batchOf(2)).slice(0, 40));
  await openIntake().takeIn();
  expect(await readsNow()).toBe(1);
  await file.save(batchOf(2));
  const damaged: string[] = [];
  await openIntake(hour, (each) => damaged.push(each)).takeIn();
  expect([await readsNow(), damaged]).toEqual([2, [join(folder, name)]]);
});

test("the file of a process that was killed goes when its day has long ended", async () => {
  const file = openUsageFile(folder, () => hour);
  await file.save(batchOf(1));
  await openIntake(hour + dayMs).takeIn();
  expect(await readdir(folder)).toHaveLength(1);
  await openIntake(hour + 2 * dayMs).takeIn();
  expect([await readsNow(), await readdir(folder)]).toEqual([1, []]);
});

test.each([
  "nonsense",
  "{}",
  "null",
  '{"writer":"x","sequence":1,"counts":[{}]}',
  '{"writer":"x","sequence":1,"counts":[{"hour":0,"product":"a/b","version":"1","columns":[],"consumer":"c","reads":-1}]}',
])("a line that is no batch is reported, and the others count: %s", async (line) => {
  {
    await using file = openUsageFile(folder, () => hour);
    await file.save(batchOf(1));
  }
  await writeFile(join(folder, "2026-03-18-other.ndjson"), `${line}\n`);
  const damaged: string[] = [];
  await openIntake(hour, (file) => damaged.push(file)).takeIn();
  expect([await readsNow(), damaged]).toEqual([1, [join(folder, "2026-03-18-other.ndjson")]]);
});

test("files stay while the control plane takes nothing", async () => {
  {
    await using file = openUsageFile(folder, () => hour);
    await file.save(batchOf(1));
  }
  const save = () => Promise.reject(new Error("the server is away"));
  const intake = new UsageIntake(folder, { save }, { clock: () => hour, onDamage: unexpected });
  await expect(intake.takeIn()).rejects.toThrow("away");
  await openIntake().takeIn();
  expect(await readsNow()).toBe(1);
});

test("a home where nobody left anything", async () => {
  await openIntake().takeIn();
});
