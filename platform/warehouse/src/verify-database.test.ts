import { open, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import { verifyDatabase } from "./verify-database.ts";
import { openWriteSide } from "./write-side.ts";

async function writeDatabase(folder: string): Promise<string> {
  const file = join(folder, "domain.duckdb");
  // Several threads may leave blocks that hold nothing, where damage harms nobody.
  await using engine = await openWriteSide({ file, tmpDir: folder, pseudonymKey: "a key for tests", threads: 1 });
  await engine.run("create table raw.numbers as select i, hash(i)::varchar as text from range(200000) r(i)");
  await engine.checkpoint();
  return file;
}

test("counts the tables of a sound file", async () => {
  await using dir = await tempDir();
  const file = await writeDatabase(dir.path);
  expect(await verifyDatabase(file)).toBe(1);
});

test("finds damage in the middle of a table, which opening alone does not", async () => {
  await using dir = await tempDir();
  const file = await writeDatabase(dir.path);
  const { size } = await stat(file);
  const handle = await open(file, "r+");
  await handle.write(Buffer.alloc(64, 0xff), 0, 64, Math.floor(size / 2));
  await handle.close();
  await expect(verifyDatabase(file)).rejects.toMatchObject({ code: "warehouse/corrupt-file", at: { file } });
});

test.each([
  ["text.duckdb", "no database", "warehouse/corrupt-file"],
  ["missing.duckdb", undefined, "warehouse/file-unreachable"],
])("%s is refused", async (name, content, code) => {
  await using dir = await tempDir();
  const file = join(dir.path, name);
  if (content !== undefined) await writeFile(file, content);
  await expect(verifyDatabase(file)).rejects.toMatchObject({ code });
});
