import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import { replaceSampleFolder, sampleMarker } from "./sample-folder.ts";

const fillWith = (text: string) => async (folder: string) => {
  await writeFile(path.join(folder, "a.csv"), text);
  return { seed: 1 };
};

test("a new sample takes the place of an older one, and the marker says what it is", async () => {
  await using dir = await tempDir();
  await replaceSampleFolder(dir.path, "ontrack", fillWith("old"));
  await replaceSampleFolder(dir.path, "ontrack", fillWith("new"));
  expect(await readFile(path.join(dir.path, "ontrack/a.csv"), "utf8")).toBe("new");
  expect(JSON.parse(await readFile(path.join(dir.path, "ontrack", sampleMarker), "utf8"))).toEqual({ seed: 1 });
  expect(await readdir(dir.path)).toEqual(["ontrack"]);
});

test("a failure half way leaves the older sample and nothing else", async () => {
  await using dir = await tempDir();
  await replaceSampleFolder(dir.path, "ontrack", fillWith("old"));
  const failing = async (folder: string) => {
    await writeFile(path.join(folder, "a.csv"), "half");
    throw new Error("disk full");
  };
  await expect(replaceSampleFolder(dir.path, "ontrack", failing)).rejects.toThrow("disk full");
  expect(await readFile(path.join(dir.path, "ontrack/a.csv"), "utf8")).toBe("old");
  expect(await readdir(dir.path)).toEqual(["ontrack"]);
});

test("files that no sample wrote are never replaced", async () => {
  await using dir = await tempDir();
  await mkdir(path.join(dir.path, "ontrack"));
  await writeFile(path.join(dir.path, "ontrack/tasks.csv"), "real");
  const attempt = replaceSampleFolder(dir.path, "ontrack", fillWith("invented"));
  await expect(attempt).rejects.toMatchObject({ code: "ontrack-sample/would-overwrite" });
  expect(await readFile(path.join(dir.path, "ontrack/tasks.csv"), "utf8")).toBe("real");
});
