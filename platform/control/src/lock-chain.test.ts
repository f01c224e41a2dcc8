import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import { type ChainLink, currentLink, giveBack, takeNext } from "./lock-chain.ts";

test("begins with nothing and goes on from the highest link", async () => {
  await using dir = await tempDir();
  const folder = join(dir.path, "lock");
  const beginning = currentLink(folder);
  expect(beginning).toMatchObject({ number: 0, content: undefined });
  expect(takeNext(folder, beginning, "a")).toMatchObject({ number: 1, content: "a" });
  expect(currentLink(folder)).toMatchObject({ number: 1, content: "a" });
  takeNext(folder, currentLink(folder), "b");
  expect(currentLink(folder)).toMatchObject({ number: 2, content: "b" });
  expect(await readdir(folder)).toEqual(["2"]);
});

test("counts in numbers, not in letters", async () => {
  await using dir = await tempDir();
  for (const name of ["9", "10", "draft-11", "011"]) await writeFile(join(dir.path, name), name);
  expect(currentLink(dir.path)).toMatchObject({ number: 10, content: "10" });
});

test("what was given back stays as the link that counts, without content", async () => {
  await using dir = await tempDir();
  const link = takeNext(dir.path, currentLink(dir.path), "a") as ChainLink;
  giveBack(link);
  expect(currentLink(dir.path)).toMatchObject({ number: 1, content: undefined });
  giveBack(link);
  await rm(link.file);
  giveBack(link);
});

test("of two that saw the same link only one takes the next", async () => {
  await using dir = await tempDir();
  const seen = currentLink(dir.path);
  expect(takeNext(dir.path, seen, "first")).toBeDefined();
  expect(takeNext(dir.path, seen, "second")).toBeUndefined();
  expect(currentLink(dir.path)).toMatchObject({ number: 1, content: "first" });
});

test("one that slept while others took, gave back and cleared away comes too late", async () => {
  await using dir = await tempDir();
  const seen = takeNext(dir.path, currentLink(dir.path), "dead") as ChainLink;
  for (const content of ["b", "c"]) giveBack(takeNext(dir.path, currentLink(dir.path), content) as ChainLink);
  takeNext(dir.path, currentLink(dir.path), "alive");
  expect(takeNext(dir.path, seen, "sleeper")).toBeUndefined();
  expect(currentLink(dir.path)).toMatchObject({ number: 4, content: "alive" });
  expect(await readdir(dir.path)).toEqual(["4"]);
});
