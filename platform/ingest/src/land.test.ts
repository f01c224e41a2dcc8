import { openLanding } from "@thoth/testing/landing";
import { expect, test } from "vitest";
import type { Batch, Stream } from "./connector.ts";
import { csvFiles } from "./csv-files.ts";

const columns = { id: "BIGINT", at: "TIMESTAMP WITH TIME ZONE" } as const;
const news = csvFiles({ name: "news", files: "news/*.csv", eventTime: "at", columns });
const header = "id,at\n";

test("a full load counts what it drops and what it brings", async () => {
  await using landing = await openLanding();
  await landing.file("news/a.csv", `${header}1,2026-01-02T00:00:00Z\n2,2026-01-03T00:00:00Z\n`);
  const first = await landing.land(news);
  const again = await landing.land(news, { full: true });
  expect(again).toMatchObject({ rowsRead: 2, rowsInserted: 2, rowsDeleted: 2, rowCountAfter: 2 });
  expect(again).toMatchObject({ checkpointBefore: first.checkpointAfter, checkpointAfter: first.checkpointAfter });
  expect(await landing.query("select distinct _run_id from raw.news")).toEqual([{ _run_id: "run-2" }]);
});

test.each([
  ["by its key", ["from_id"], { rowsInserted: 1, rowsUpdated: 1, rowsDeleted: 1 }],
  ["without a key, as rows", undefined, { rowsInserted: 2, rowsUpdated: 0, rowsDeleted: 2 }],
  ["by a key that is none, as rows", ["name"], { rowsInserted: 2, rowsUpdated: 0, rowsDeleted: 2 }],
])("what is read again counts as changed where it is: %s", async (_what, key, changed) => {
  await using landing = await openLanding();
  const dump = csvFiles({
    name: "people",
    files: "people.csv",
    mode: "replace",
    columns: { id: { type: "BIGINT", from: "from_id" }, name: "VARCHAR", who: { type: "VARCHAR", pseudonymise: true } },
  });
  const stream: Stream = { ...dump, ...(key && { key }) };
  const write = (...rows: string[]) => landing.file("people.csv", `from_id,name,who\n${rows.join("\n")}\n`);
  await write("1,a,x", "2,b,x", "3,,x", "4,,y");
  expect(await landing.land(stream)).toMatchObject({ rowsInserted: 4, rowsUpdated: 0, rowsDeleted: 0 });
  await write("3,,x", "1,a,x", "2,c,x", "5,,y");
  expect(await landing.land(stream)).toMatchObject({ rowsRead: 4, ...changed, rowCountAfter: 4 });
});

test("a full load of a source that cannot be read leaves rows and checkpoint as they are", async () => {
  await using landing = await openLanding();
  await landing.file("news/a.csv", `${header}1,2026-01-02T00:00:00Z\n`);
  await landing.land(news);
  await landing.file("news/a.csv", `${header}one,2026-01-02T00:00:00Z\n2,\n3,\n`);
  await expect(landing.land(news, { full: true })).rejects.toMatchObject({ code: "ingest/wrong-type" });
  await landing.file("news/a.csv", undefined);
  await expect(landing.land(news, { full: true })).rejects.toMatchObject({ code: "ingest/no-files" });
  expect(await landing.query("select id from raw.news")).toEqual([{ id: 1n }]);
  await landing.file("news/a.csv", `${header}1,2026-01-02T00:00:00Z\n5,2026-01-05T00:00:00Z\n`);
  expect(await landing.land(news)).toMatchObject({ rowsRead: 2, rowsDeleted: 0, rowsInserted: 1, rowCountAfter: 2 });
});

test("a full load takes over another type", async () => {
  await using landing = await openLanding();
  await landing.file("news/a.csv", `${header}1,2026-01-02T00:00:00Z\n`);
  await landing.land(news);
  const texts = csvFiles({ name: "news", files: "news/*.csv", columns: { ...columns, id: "VARCHAR" } });
  await expect(landing.land(texts)).rejects.toMatchObject({ code: "ingest/raw-type-changed" });
  await landing.land(texts, { full: true });
  expect(await landing.query("select id from raw.news")).toEqual([{ id: "1" }]);
});

test("a type that is spelt otherwise is the same type", async () => {
  await using landing = await openLanding();
  await landing.file("news/a.csv", `${header}1,2026-01-02T00:00:00Z\n`);
  await landing.land(news);
  const spelt = { id: "int8", at: "timestamptz" };
  await landing.land(csvFiles({ name: "news", files: "news/*.csv", columns: spelt }));
  expect(await landing.query("select id from raw.news")).toEqual([{ id: 1n }]);
});

/** A stream that gives what it is told to. */
function dictated(batches: () => readonly Omit<Batch, "bytes">[]): Stream {
  return {
    name: "dictated",
    columns: [{ name: "id", type: "INTEGER" }],
    async *read() {
      for (const batch of batches()) yield { bytes: 10, ...batch };
    },
  };
}

const batch = (ids: readonly number[], checkpoint: number) =>
  ({
    data: { kind: "rows", source: "dictation", rows: ids.map((id) => [id]) },
    replaces: "new",
    checkpoint: { checkpoint },
  }) as const;

test("a source that has nothing any more leaves an empty table after a full load", async () => {
  await using landing = await openLanding();
  await landing.land(dictated(() => [batch([1, 2], 1)]));
  const full = await landing.land(
    dictated(() => []),
    { full: true },
  );
  expect(full).toMatchObject({
    rowsDeleted: 2,
    rowCountAfter: 0,
    checkpointBefore: { checkpoint: 1 },
    checkpointAfter: null,
  });
  expect(await landing.land(dictated(() => [batch([3], 1)]))).toMatchObject({
    rowCountAfter: 1,
    checkpointBefore: null,
  });
});

test("the table is there though the source has never had anything", async () => {
  await using landing = await openLanding();
  expect(await landing.land(dictated(() => []))).toMatchObject({ rowCountAfter: 0, checkpointAfter: null });
  expect(await landing.query("select id, _source from raw.dictated")).toEqual([]);
});

test("what became durable before a failure is not read again", async () => {
  await using landing = await openLanding();
  const broken = dictated(() => [batch([1], 1), batch([Number.NaN], 2)]);
  await expect(landing.land(broken)).rejects.toMatchObject({ code: "warehouse/value-type" });
  const next = await landing.land(dictated(() => [batch([2], 2)]));
  expect(next).toMatchObject({ checkpointBefore: { checkpoint: 1 }, rowsInserted: 1, rowCountAfter: 2, bytesIn: 10 });
});

test("a full load that fails behind its first batch goes on from there", async () => {
  await using landing = await openLanding();
  await landing.land(dictated(() => [batch([8, 9], 9)]));
  const broken = dictated(() => [batch([1], 1), batch([Number.NaN], 2)]);
  await expect(landing.land(broken, { full: true })).rejects.toMatchObject({ code: "warehouse/value-type" });
  const next = await landing.land(dictated(() => [batch([2], 2)]));
  expect(next).toMatchObject({ checkpointBefore: { checkpoint: 1 }, rowCountAfter: 2 });
  expect(await landing.query("select id from raw.dictated order by id")).toEqual([{ id: 1 }, { id: 2 }]);
});

test("an event from the future does not pass for news", async () => {
  const now = Date.UTC(2026, 0, 10);
  await using landing = await openLanding({ now });
  await landing.file("news/a.csv", `${header}1,2026-01-02T00:00:00Z\n2,2099-01-01T00:00:00Z\n`);
  expect(await landing.land(news)).toMatchObject({ rowCountAfter: 2, watermark: Date.UTC(2026, 0, 2) });
  await landing.file("news/b.csv", `${header}3,2026-01-10T00:00:00Z\n`);
  expect(await landing.land(news)).toMatchObject({ watermark: now, watermarkBefore: Date.UTC(2026, 0, 2) });
});

test.each([
  ["fewer rows than the connector counted", { rows: 3 }, 2],
  ["more rows than the connector counted", { rows: 1 }, 2],
  ["rows lost among those that had landed before", { rows: 3, countSql: "select 2 as count" }, 2],
])("%s undo the batch", async (_, handed, found) => {
  await using landing = await openLanding();
  const sql = "select unnest([1, 2])::integer as id, 'here' as _source";
  const data = { kind: "relation", sql, handed, explain: (failure: unknown) => failure } as const;
  const stream = dictated(() => [{ data, replaces: "new", checkpoint: { at: 1 } }]);
  await expect(landing.land(stream)).rejects.toMatchObject({
    code: "ingest/counts-differ",
    message: expect.stringContaining(`gave ${handed.rows} rows of dictated, and ${found} arrived`),
  });
  expect(await landing.query("select id from raw.dictated")).toEqual([]);
});
