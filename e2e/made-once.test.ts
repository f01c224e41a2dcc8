import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, inject, test } from "vitest";
import { madeOnce } from "./made-once.ts";

/** Keeps who made it; the folder it was made in is gone afterwards. */
async function folderOf(maker: string) {
  const dir = await tempDir("made-once-test-");
  await writeFile(join(dir.path, "maker"), maker);
  return { root: dir.path, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

test("of many who ask at once one makes it, and all find what it made", async () => {
  const made: string[] = [];
  const ask = (maker: string) =>
    madeOnce("asked-at-once", () => {
      made.push(maker);
      return folderOf(maker);
    });
  const found = await Promise.all(["ada", "bob", "cyd"].map(ask));
  expect(made).toHaveLength(1);
  expect(new Set(found).size).toBe(1);
  expect(await readFile(join(found[0] ?? "", "maker"), "utf8")).toBe(made[0]);
});

test("who fails to make it says so, and holds nobody else up", async () => {
  await expect(madeOnce("fails-first", () => Promise.reject(new Error("the disk is full")))).rejects.toThrow("is full");
  const found = await madeOnce("fails-first", () => folderOf("bob"));
  expect(await readFile(join(found, "maker"), "utf8")).toBe("bob");
});

test("what its maker was killed over is not waited for", async () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  await writeFile(join(inject("madeOnce"), "forsaken.claim"), String(pid));
  await expect(madeOnce("forsaken", () => folderOf("ada"))).rejects.toThrow("who made forsaken was killed");
});
