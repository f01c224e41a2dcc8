import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import { rawColumns } from "../sources/raw-columns.ts";
import { databaseTables } from "./database-tables.ts";
import { writeSample } from "./write-sample.ts";

const asOf = Date.parse("2026-11-22T03:00:00Z");

/** Path → hash of content and time of change. */
async function fingerprints(dir: string): Promise<Record<string, string>> {
  const names = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const files = names.map((entry) => path.join(entry.parentPath, entry.name)).sort();
  const prints = files.map(async (file) => {
    const hash = createHash("sha256").update(await readFile(file));
    const dated = /\.(csv|log)$|ga4/.test(file) ? (await stat(file)).mtimeMs : 0;
    return [path.relative(dir, file), `${hash.digest("hex")}@${dated}`] as const;
  });
  return Object.fromEntries(await Promise.all(prints));
}

async function writtenPrints(seed: number): Promise<Record<string, string>> {
  await using dir = await tempDir();
  await writeSample({ dir: dir.path, seed, asOf, scale: 0.004 });
  return await fingerprints(dir.path);
}

test("the same seed writes the same bytes with the same dates, another seed other ones", async () => {
  const first = await writtenPrints(1);
  expect(Object.keys(first).length).toBeGreaterThan(100);
  expect(await writtenPrints(1)).toEqual(first);
  const other = await writtenPrints(2);
  const tables = ["ontrack/db/tasks.csv", "ontrack/db/users.csv", "ontrack/log/production-2026-03.log"];
  for (const file of tables) expect(other[file]).not.toBe(first[file]);
});

test("what is read of the dump leaves out every secret and everything that names a person", () => {
  const withheld =
    /password|token|email|(^|_)ip$|first_name|last_name|nickname|login_id|student_id|^comment$|extension_response|evidence/;
  for (const [table, columns] of Object.entries(rawColumns)) {
    const inDump = Object.keys(databaseTables[table as keyof typeof databaseTables]);
    for (const column of Object.keys(columns)) {
      expect(inDump, `${table}.csv`).toContain(column);
      expect(column, table).not.toMatch(withheld);
    }
  }
  expect(Object.keys(databaseTables.users).filter((column) => withheld.test(column)).length).toBeGreaterThan(8);
  expect(rawColumns.users.username).toEqual({ type: "VARCHAR", pseudonymise: true });
});

test.each([0, -1, Number.NaN])("a scale of %d is refused before anything is written", async (scale) => {
  await using dir = await tempDir();
  const attempt = writeSample({ dir: dir.path, seed: 1, asOf, scale });
  await expect(attempt).rejects.toMatchObject({ code: "ontrack-sample/invalid-scale" });
  expect(await readdir(dir.path)).toEqual([]);
});

test.each([
  ["2026-11-01T14:00:00Z", "the first hour of a trimester"],
  ["2026-06-25T00:00:00Z", "the gap between two"],
  ["2025-12-29T00:00:00Z", "the break over new year"],
])("a sample as of %s is complete: %s", async (instant) => {
  await using dir = await tempDir();
  const now = Date.parse(instant);
  await writeSample({ dir: dir.path, seed: 3, asOf: now, scale: 0.004 });
  const logs = (await readdir(path.join(dir.path, "ontrack/log"))).filter((name) => !name.includes("late"));
  const newest = path.join(dir.path, "ontrack/log", logs.sort().at(-1) ?? "");
  const age = now - (await stat(newest)).mtimeMs;
  expect(age).toBeGreaterThanOrEqual(0);
  expect(age).toBeLessThanOrEqual(2 * 3_600_000);
  const { faults } = JSON.parse(await readFile(path.join(dir.path, "ontrack/faults.json"), "utf8"));
  for (const { kind, count } of faults) expect(count, kind).toBeGreaterThan(0);
});
