import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import { ExportStore } from "./export-store.ts";

const forever = new AbortController().signal;

/** Writes as many bytes, and counts how often. */
function writer(bytes: number) {
  const made = { times: 0 };
  const write = async (file: string) => {
    made.times += 1;
    await writeFile(file, Buffer.alloc(bytes, 1));
    return made.times;
  };
  return { made, write };
}

async function read(store: ExportStore<number>, key: string, write: (file: string) => Promise<number>) {
  const { handle, sizeBytes, details } = await store.open(key, write, forever);
  try {
    return { bytes: (await handle.readFile()).length, sizeBytes, details };
  } finally {
    await handle.close();
  }
}

test("a file is made once, also for those who want it at the same time, and again when somebody has removed it", async () => {
  await using dir = await tempDir();
  const store = new ExportStore<number>(dir.path, 1_000);
  const { made, write } = writer(10);
  const all = await Promise.all([read(store, "a", write), read(store, "a", write), read(store, "a", write)]);
  expect(all).toEqual(all.map(() => ({ bytes: 10, sizeBytes: 10, details: 1 })));
  expect(await read(store, "a", write)).toMatchObject({ details: 1 });
  expect(made.times).toBe(1);
  await rm(`${dir.path}/a.parquet`);
  expect(await read(store, "a", write)).toMatchObject({ bytes: 10, details: 2 });
});

test("what was not read for longest makes room, and who reads it still can", async () => {
  await using dir = await tempDir();
  const store = new ExportStore<number>(dir.path, 100);
  const { write } = writer(40);
  const old = await store.open("old", write, forever);
  await read(store, "b", write);
  await read(store, "old", write);
  await read(store, "c", write);
  expect((await readdir(dir.path)).toSorted()).toEqual(["c.parquet", "old.parquet"]);
  await read(store, "d", write);
  expect((await readdir(dir.path)).toSorted()).toEqual(["c.parquet", "d.parquet"]);
  expect(await old.handle.readFile()).toHaveLength(40);
  await old.handle.close();
});

test("a file that is too large is refused, while it grows or when it is there, and nothing of it stays", async () => {
  await using dir = await tempDir();
  const store = new ExportStore<number>(dir.path, 100);
  await expect(read(store, "a", writer(101).write)).rejects.toMatchObject({ code: "gateway/export-too-large" });
  const growing = (file: string, signal: AbortSignal) =>
    new Promise<number>((_, reject) => {
      void writeFile(file, Buffer.alloc(200));
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  await expect(store.open("b", growing, forever)).rejects.toMatchObject({ code: "gateway/export-too-large" });
  expect(await readdir(dir.path)).toEqual([]);
  expect(await read(store, "c", writer(100).write)).toMatchObject({ bytes: 100 });
});

test("what fails is told, and tried again the next time", async () => {
  await using dir = await tempDir();
  const store = new ExportStore<number>(dir.path, 100);
  const failing = async (file: string) => {
    await writeFile(file, "half");
    throw new Error("no more ink");
  };
  await expect(read(store, "a", failing)).rejects.toThrow("no more ink");
  expect(await readdir(dir.path)).toEqual([]);
  expect(await read(store, "a", writer(4).write)).toMatchObject({ bytes: 4 });
  expect(await readFile(`${dir.path}/a.parquet`)).toHaveLength(4);
});

test("whoever leaves ends what is made for nobody else", async () => {
  await using dir = await tempDir();
  const store = new ExportStore<number>(dir.path, 100);
  const leaving = new AbortController();
  const { promise: aborted, resolve } = Promise.withResolvers<unknown>();
  const begun = Promise.withResolvers<void>();
  const waiting = (_file: string, signal: AbortSignal) =>
    new Promise<number>((_, reject) => {
      signal.addEventListener("abort", () => {
        resolve(signal.reason);
        reject(signal.reason);
      });
      begun.resolve();
    });
  const opening = store.open("a", waiting, leaving.signal);
  await begun.promise;
  leaving.abort(new Error("gone"));
  await expect(opening).rejects.toThrow("gone");
  await expect(aborted).resolves.toMatchObject({ message: "gone" });
});
