import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolder, replaceFile } from "./replace-file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "replace-file-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("a file is made with its mode, and replaced whole, leaving nothing beside it", async () => {
  const file = join(folder, "note.json");
  await replaceFile(file, "old", { mode: 0o600 });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await Promise.all(
    ["first", "second", "third"].map((text) => replaceFile(file, text.repeat(10_000), { mode: 0o600 })),
  );
  expect(["first", "second", "third"].map((text) => text.repeat(10_000))).toContain(await readFile(file, "utf8"));
  expect(await readdir(folder)).toEqual(["note.json"]);
});

test("what cannot take the place of what is there leaves it, and nothing beside it", async () => {
  const place = join(folder, "note.json");
  await mkdir(place);
  await writeFile(join(place, "inside"), "kept");
  await expect(replaceFile(place, "new")).rejects.toThrow();
  expect(await readdir(folder)).toEqual(["note.json"]);
  expect(await readFile(join(place, "inside"), "utf8")).toBe("kept");
  await expect(replaceFile(join(folder, "missing", "note.json"), "new")).rejects.toThrow("ENOENT");
});

test("a folder is made with those above it, and may be there", async () => {
  const deep = join(folder, "a", "b", "c");
  await makeFolder(deep);
  await makeFolder(deep);
  await replaceFile(join(deep, "x"), "text");
  expect(await readFile(join(deep, "x"), "utf8")).toBe("text");
});
