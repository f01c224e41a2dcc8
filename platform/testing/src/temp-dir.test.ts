import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "./temp-dir.ts";

test("is there, empty and its own, and is gone with its content afterwards", async () => {
  const paths: string[] = [];
  {
    await using first = await tempDir();
    await using second = await tempDir();
    paths.push(first.path, second.path);
    await mkdir(join(first.path, "deep"));
    await writeFile(join(first.path, "deep", "file"), "content");
    expect(paths.every(existsSync)).toBe(true);
  }
  expect(new Set(paths).size).toBe(2);
  expect(paths.some(existsSync)).toBe(false);
});

test("disposing twice, or after somebody else removed it, is no error", async () => {
  const dir = await tempDir();
  await dir[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});
