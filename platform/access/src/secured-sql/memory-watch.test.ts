import { linkScope } from "@thoth/kernel/abort-scope";
import { countedBytes } from "@thoth/warehouse/counted-memory";
import { connectEngine, openEngine } from "@thoth/warehouse/open-engine";
import { expect, test } from "vitest";
import { MemoryWatch, type Watched } from "./memory-watch.ts";

const mebibyte = 2 ** 20;

/** A process whose size is told, and looked at whenever it changes. */
function openWatch(most: number) {
  let [native, counted, looks] = [500, 0, 0];
  const use = {
    native: () => {
      looks += 1;
      return native * mebibyte;
    },
    counted: async () => counted * mebibyte,
  };
  const watch = new MemoryWatch(most * mebibyte, use);
  const grow = async (to: number, countedTo = counted) => {
    [native, counted] = [to, countedTo];
    const before = looks;
    await expect.poll(() => looks, { interval: 5 }).toBeGreaterThan(before + 1);
  };
  return { watch, grow };
}

function begin(watch: MemoryWatch) {
  const scope = linkScope();
  const watched: Watched = watch.guard(scope);
  return { scope, watched, reason: () => scope.signal.reason };
}

const outOfMemory = { code: "warehouse/out-of-memory" };

test("a statement for which the process has grown by too much is stopped", async () => {
  const { watch, grow } = openWatch(100);
  const { watched, reason } = begin(watch);
  await grow(590);
  expect(reason()).toBeUndefined();
  await grow(300);
  await grow(399);
  expect(reason()).toBeUndefined();
  await grow(401);
  expect(reason()).toMatchObject(outOfMemory);
  watched[Symbol.dispose]();
});

test("what engines count against limits of their own is not held against a statement", async () => {
  const { watch, grow } = openWatch(100);
  const { watched, reason } = begin(watch);
  await grow(900, 350);
  expect(reason()).toBeUndefined();
  await grow(1_000);
  expect(reason()).toMatchObject(outOfMemory);
  watched[Symbol.dispose]();
});

test("what others have grown by, and while it rested, is not held against a statement", async () => {
  const { watch, grow } = openWatch(100);
  const [cursor, greedy] = [begin(watch), begin(watch)];
  cursor.watched.rest();
  await grow(650);
  expect(greedy.reason()).toMatchObject(outOfMemory);
  greedy.watched[Symbol.dispose]();
  await grow(900);
  cursor.watched.work();
  await grow(950);
  expect(cursor.reason()).toBeUndefined();
  await grow(1_010);
  expect(cursor.reason()).toMatchObject(outOfMemory);
  cursor.watched[Symbol.dispose]();
});

test("of two that run the one that was there while it grew is stopped, and no other", async () => {
  const { watch, grow } = openWatch(100);
  const greedy = begin(watch);
  await grow(590);
  const late = begin(watch);
  await grow(640);
  expect(greedy.reason()).toMatchObject(outOfMemory);
  expect(late.reason()).toBeUndefined();
  for (const each of [greedy, late]) each.watched[Symbol.dispose]();
});

test("another engine that fills its memory, and much JavaScript, end no statement", async () => {
  const other = await openEngine({ threads: 1, memoryLimit: "2GB" });
  const connection = await connectEngine(other);
  const watch = new MemoryWatch(150 * mebibyte);
  const { watched, reason } = begin(watch);
  const burst = Buffer.alloc(300 * mebibyte, 1);
  await connection.run("create table held as select i, hash(i) as h from range(5000000) t(i) order by h");
  expect(await countedBytes()).toBeGreaterThan(75 * mebibyte);
  expect(burst.at(-1)).toBe(1);
  expect(reason()).toBeUndefined();
  watched[Symbol.dispose]();
  connection.closeSync();
  other.closeSync();
});
