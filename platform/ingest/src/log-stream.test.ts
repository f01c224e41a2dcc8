import { appendFile, copyFile, rename, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Landing, openLanding } from "@thoth/testing/landing";
import { quoteList } from "@thoth/warehouse/sql-text";
import { expect, test } from "vitest";
import type { Stream } from "./connector.ts";
import { logStream, longestLine } from "./log-stream.ts";
import { railsLog } from "./rails-log.ts";
import { sourceColumn } from "./source-column.ts";

const log = railsLog({ name: "log_lines", files: "production*.log*" });

const line = (task: number) => `2024-05-01 09:00:00 UTC,10.0.0.1,INFO: bo assessing task ${task} to complete\n`;
const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => line(from + index)).join("");

async function tasks({ query }: Landing): Promise<number[]> {
  return (await query("select task_id from raw.log_lines order by task_id")).map(({ task_id: id }) => Number(id));
}

const to = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

/** What happens to logs after `production.log` has been loaded with lines 1 to 5; afterwards 1 to 7 are there, each once. */
const rotations: readonly (readonly [string, (folder: string) => Promise<void>])[] = [
  [
    "it grew",
    async (dir) => {
      await appendFile(join(dir, "production.log"), lines(6, 7));
    },
  ],
  [
    "it was renamed, and its name has a new one",
    async (dir) => {
      await rename(join(dir, "production.log"), join(dir, "production.log.1"));
      await appendFile(join(dir, "production.log"), lines(6, 7));
    },
  ],
  [
    "it grew before it was renamed",
    async (dir) => {
      await appendFile(join(dir, "production.log"), line(6));
      await rename(join(dir, "production.log"), join(dir, "production.log.1"));
      await appendFile(join(dir, "production.log"), line(7));
    },
  ],
  [
    "it was renamed to a name that comes before, and nothing has its name",
    async (dir) => {
      await appendFile(join(dir, "production.log"), lines(6, 7));
      await rename(join(dir, "production.log"), join(dir, "production-old.log"));
    },
  ],
  [
    "it was copied and cut off, and the new one is longer by now",
    async (dir) => {
      await appendFile(join(dir, "production.log"), line(6));
      await copyFile(join(dir, "production.log"), join(dir, "production.log.1"));
      await truncate(join(dir, "production.log"));
      await appendFile(join(dir, "production.log"), `${line(7)}${"\n".repeat(1000)}`);
    },
  ],
  [
    "it was moved to where nobody looks, and its name has a new one",
    async (dir) => {
      await rename(join(dir, "production.log"), join(dir, "old.log"));
      await appendFile(join(dir, "production.log"), lines(6, 7));
    },
  ],
  [
    "it was cut off and written anew",
    async (dir) => {
      await truncate(join(dir, "production.log"));
      await appendFile(join(dir, "production.log"), lines(6, 7));
    },
  ],
  [
    "it was packed under another name",
    async (dir) => {
      // What is packed grows no more: its last line counts without an end.
      await appendFile(join(dir, "production.log.1.gz"), gzipSync(lines(1, 6).trimEnd()));
      await rm(join(dir, "production.log"));
      await appendFile(join(dir, "production.log"), line(7));
    },
  ],
];

test.each(rotations)("what has landed stays, and each line lands once: %s", async (_what, happen) => {
  await using landing = await openLanding();
  await landing.file("production.log", lines(1, 5));
  expect(await landing.land(log)).toMatchObject({ rowsInserted: 5 });
  await happen(landing.sourcesDir);
  expect(await landing.land(log)).toMatchObject({ rowsInserted: 2, rowsDeleted: 0, rowCountAfter: 7 });
  expect(await tasks(landing)).toEqual(to(7));
  expect(await landing.land(log)).toMatchObject({ rowsInserted: 0, rowsDeleted: 0 });
});

test("a row of logs that all move on by one name is read on where each of them ended", async () => {
  await using landing = await openLanding();
  const { sourcesDir: dir } = landing;
  for (const [name, last] of [
    ["production.log.2", 3],
    ["production.log.1", 6],
    ["production.log", 8],
  ] as const)
    await landing.file(name, lines(last - (last === 8 ? 1 : 2), last));
  await landing.land(log);
  for (const [from, name] of [
    ["log.2", "log.3"],
    ["log.1", "log.2"],
    ["log", "log.1"],
  ] as const)
    await rename(join(dir, `production.${from}`), join(dir, `production.${name}`));
  await appendFile(join(dir, "production.log.1"), line(9));
  await landing.file("production.log", line(10));
  expect(await landing.land(log)).toMatchObject({ rowsInserted: 2, rowsDeleted: 0 });
  expect(await tasks(landing)).toEqual(to(10));
});

test("a log that was moved away and comes back is the one that has landed", async () => {
  await using landing = await openLanding();
  const [file, away] = [join(landing.sourcesDir, "production.log"), join(landing.sourcesDir, "away.log")];
  await landing.file("production.log", lines(1, 2));
  await landing.land(log);
  await rename(file, away);
  await landing.file("production.log", line(3));
  await landing.land(log);
  await rename(away, join(landing.sourcesDir, "production.log.1"));
  await landing.file("production-b.log", line(4));
  expect(await landing.land(log)).toMatchObject({ rowsInserted: 1 });
  expect(await tasks(landing)).toEqual(to(4));
});

test("a copy beside a log is not read, nor are logs alike that are not the same left out", async () => {
  await using landing = await openLanding();
  await landing.file("production.log", lines(1, 40));
  await landing.file("production.log.copy.log", lines(1, 40));
  await landing.file("production-a.log", line(41));
  await landing.file("production-b.log", line(41));
  await landing.land(log);
  expect(await tasks(landing)).toEqual([...to(40), 41, 41]);
});

test("the half of a last line waits for the other", async () => {
  // Before anything was written: no log is at rest.
  await using landing = await openLanding({ now: 0 });
  const file = join(landing.sourcesDir, "production.log");
  await landing.file("production.log", `${line(1)}${line(2).slice(0, 70)}`);
  await landing.land(log);
  expect(await tasks(landing)).toEqual([1]);
  await appendFile(file, `${line(2).slice(70)}${line(3).slice(0, 5)}`);
  expect(await landing.land(log)).toMatchObject({ rowsInserted: 1 });
  await appendFile(file, line(3).slice(5));
  await landing.land(log);
  expect(await tasks(landing)).toEqual(to(3));
});

const written = Date.UTC(2026, 5, 1);
const day = 86_400_000;
const asWritten = (file: string) => utimes(file, new Date(written), new Date(written));

test.each<[string, (dir: string) => Promise<unknown>]>([
  ["it stays where it is", async () => undefined],
  [
    "it was renamed, and its name has a new one",
    async (dir) => {
      await rename(join(dir, "production.log"), join(dir, "production.log.1"));
      await appendFile(join(dir, "production.log"), lines(3, 4));
    },
  ],
])("a last line without its end is whole once nobody has written to its log for a day: %s", async (_, rotate) => {
  await using landing = await openLanding();
  const dir = landing.sourcesDir;
  await landing.file("production.log", `${line(1)}${line(2).trimEnd()}`);
  await asWritten(join(dir, "production.log"));
  await landing.land(log, { now: written });
  expect(await tasks(landing)).toEqual([1]);
  await rotate(dir);
  await landing.land(log, { now: written + day - 1 });
  expect(await tasks(landing)).not.toContain(2);
  await landing.land(log, { now: written + day });
  expect((await tasks(landing)).slice(0, 2)).toEqual([1, 2]);
  expect(await landing.land(log, { now: written + 2 * day })).toMatchObject({ rowsInserted: 0 });
});

test.each<[string, string, (bytes: Buffer) => Buffer]>([
  ["as it is", "production.log", (bytes) => bytes],
  ["packed", "production.log.gz", gzipSync],
])("a last line that ends within a character waits, and holds nothing else up: %s", async (_, name, packed) => {
  await using landing = await openLanding();
  const file = join(landing.sourcesDir, name);
  await landing.file("production-a.log", line(2));
  await writeFile(file, packed(Buffer.concat([Buffer.from(`${line(1)}caf`), Buffer.from([0xc3])])));
  await asWritten(file);
  await landing.land(log, { now: written + day });
  expect((await tasks(landing)).toSorted()).toEqual([1, 2]);
});

test("a log that is written to after all goes on behind the line that was taken for whole", async () => {
  await using landing = await openLanding();
  const file = join(landing.sourcesDir, "production.log");
  await landing.file("production.log", `${line(1)}${line(2).trimEnd()}`);
  await asWritten(file);
  await landing.land(log, { now: written + day });
  await appendFile(file, `\n${line(3)}${line(4).trimEnd()}`);
  await landing.land(log, { now: written + day });
  expect(await tasks(landing)).toEqual(to(3));
});

test("a last line is never taken in half where the writer is at work, whenever its log began", async () => {
  await using landing = await openLanding();
  const file = join(landing.sourcesDir, "production.log");
  await landing.file("production.log", line(1));
  await asWritten(file);
  await landing.land(log, { now: written + 2 * day });
  await appendFile(file, line(2).slice(0, 70));
  const now = Math.ceil((await stat(file)).mtimeMs);
  await landing.land(log, { now });
  expect(await tasks(landing)).toEqual([1]);
  await appendFile(file, line(2).slice(70));
  await landing.land(log, { now });
  expect(await tasks(landing)).toEqual(to(2));
});

test("lines may end in either way within one log", async () => {
  await using landing = await openLanding();
  await landing.file("production.log", `${lines(1, 2).replaceAll("\n", "\r\n")}${line(3)}`);
  await landing.land(log);
  expect(await tasks(landing)).toEqual(to(3));
});

test("what is no text is named by its log, and by its line where the log is read from its start", async () => {
  await using landing = await openLanding();
  const noText = Buffer.concat([Buffer.from(line(4)), Buffer.from([0xff, 0x0a])]);
  const [old, fresh] = [join(landing.sourcesDir, "production.log"), join(landing.sourcesDir, "production-a.log")];
  await landing.file("production.log", lines(1, 3));
  await landing.land(log);
  await appendFile(old, noText);
  await expect(landing.land(log)).rejects.toMatchObject({ code: "ingest/malformed-file", at: { file: old } });
  await truncate(old, lines(1, 3).length);
  await appendFile(fresh, noText);
  await expect(landing.land(log)).rejects.toMatchObject({ at: { file: fresh, line: 2 } });
  expect(await tasks(landing)).toEqual(to(3));
});

test("a log larger than a batch lands in several; cut off between them, the next load brings the rest", async () => {
  await using landing = await openLanding();
  const column = { name: "line", type: "VARCHAR" };
  const stream = logStream(
    { name: "log_lines", files: "*.log", bytesPerBatch: longestLine + 1 },
    [column],
    (files) => ({
      kind: "relation",
      explain: (failure) => failure,
      sql: `SELECT line, ${sourceColumn(files)} FROM read_csv(${quoteList(files.map(({ path }) => path))}, header = false,
auto_detect = false, columns = {'line': 'VARCHAR'}, filename = true)`,
    }),
  );
  const all = 120_000;
  await landing.file("a.log", Array.from({ length: all }, (_, index) => `${index} ${"x".repeat(80)}\n`).join(""));
  const stop = new AbortController();
  const cut: Stream = {
    ...stream,
    async *read(context) {
      for await (const batch of stream.read(context)) {
        yield batch;
        stop.abort();
      }
    },
  };
  await expect(landing.land(cut, { signal: stop.signal })).rejects.toMatchObject({ name: "AbortError" });
  const counts = "select count(*)::integer as n, count(distinct line)::integer as lines from raw.log_lines";
  const [durable] = await landing.query(counts);
  expect(durable?.n).toBeGreaterThan(0);
  expect(durable?.n).toBeLessThan(all);
  await landing.land(stream);
  expect(await landing.query(counts)).toEqual([{ n: all, lines: all }]);
});

/** As a checkpoint was before logs had marks. */
const oldCheckpoints: readonly (readonly [string, (folder: string) => Promise<void>, Record<string, unknown>])[] = [
  ["nothing happened", async () => undefined, { rowsInserted: 0, rowsDeleted: 0, rowCountAfter: 2 }],
  [
    "it grew: it replaces its rows once more",
    async (dir) => appendFile(join(dir, "production.log"), line(3)),
    { rowsRead: 3, rowsInserted: 1, rowsDeleted: 0, rowCountAfter: 3 },
  ],
  [
    "it was renamed",
    async (dir) => {
      await rename(join(dir, "production.log"), join(dir, "production.log.1"));
      await appendFile(join(dir, "production.log"), line(3));
    },
    { rowsInserted: 1, rowsDeleted: 0, rowCountAfter: 3 },
  ],
  [
    "it was cut off",
    async (dir) => {
      await truncate(join(dir, "production.log"));
      await appendFile(join(dir, "production.log"), line(3));
    },
    { rowsInserted: 1, rowsDeleted: 0, rowCountAfter: 3 },
  ],
];

test.each(oldCheckpoints)("goes on from a checkpoint of names, sizes and times: %s", async (_what, happen, landed) => {
  await using landing = await openLanding();
  const file = join(landing.sourcesDir, "production.log");
  const modifiedAt = Date.UTC(2026, 0, 1);
  await landing.file("production.log", lines(1, 2));
  await utimes(file, new Date(modifiedAt), new Date(modifiedAt));
  const sizeBytes = Buffer.byteLength(lines(1, 2));
  const old = { files: { "production.log": { sizeBytes, modifiedAt } } };
  await landing.land(log);
  const before = {
    ...log,
    read: (context: Parameters<typeof log.read>[0]) => log.read({ ...context, checkpoint: old }),
  };
  await happen(landing.sourcesDir);
  expect(await landing.land(before)).toMatchObject(landed);
  const count = Number(landed.rowCountAfter);
  expect(await tasks(landing)).toEqual(to(count));
  await appendFile(file, line(count + 1));
  expect(await landing.land(log)).toMatchObject({ rowsInserted: 1, rowsDeleted: 0 });
});

test("with another key of pseudonyms a log that has not changed is not read a second time", async () => {
  await using landing = await openLanding();
  await landing.file("production.log", lines(1, 2));
  await landing.file("production-b.log", line(4));
  const { checkpointAfter } = await landing.land(log);
  const checkpoint = { ...checkpointAfter, key: "another" };
  const again = { ...log, read: (context: Parameters<typeof log.read>[0]) => log.read({ ...context, checkpoint }) };
  await appendFile(join(landing.sourcesDir, "production.log"), line(3));
  expect(await landing.land(again)).toMatchObject({ rowsInserted: 1, rowsDeleted: 0 });
  expect(await tasks(landing)).toEqual(to(4));
});
