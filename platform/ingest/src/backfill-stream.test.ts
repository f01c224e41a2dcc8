import { openLanding } from "@thoth/testing/landing";
import { expect, test } from "vitest";
import type { Batch, Stream } from "./connector.ts";
import { csvFiles } from "./csv-files.ts";
import { loadAgain } from "./database-parts.suite.ts";
import { siftRows } from "./sifted-rows.ts";

const january = { from: Date.UTC(2026, 0, 1), until: Date.UTC(2026, 1, 1) };
const february = { from: january.until, until: Date.UTC(2026, 2, 1) };
const columns = { id: "INTEGER", at: "TIMESTAMP WITH TIME ZONE" };
const marks = (maxRejectedShare?: number) =>
  csvFiles({ name: "marks", files: "*.csv", columns, eventTime: "at", ...(maxRejectedShare && { maxRejectedShare }) });
const csv = (...ids: readonly (number | string)[]) =>
  `id,at\n${ids.map((id, day) => `${id},2026-01-0${day + 1}T00:00:00Z\n`).join("")}`;
const landed = `select id, _run_id as run from raw.marks order by _source, "at"`;
const held = `select run_id, reasons, "row" ->> 'id' as id from mesh.rejected_rows order by rowid`;

test.each([
  [undefined, csv(1, "x", 3, 4, 5), "ingest/wrong-type"],
  [0.1, csv(1, "two", "three", "four", "five"), "ingest/too-many-misfits"],
])("with a share of %s, rows that do not fit end it before anything is replaced", async (share, now, code) => {
  await using landing = await openLanding();
  const stream = marks(share);
  await landing.file("a.csv", csv(1, 2, 3, 4, 5));
  await landing.file("b.csv", csv(6, 7));
  await landing.land(stream);
  await landing.engine.run("update raw.marks set id = 99 where id = 6");
  const before = await landing.query(landed);
  await landing.file("a.csv", now);
  await expect(loadAgain(landing, stream, { parts: [january, february] })).rejects.toMatchObject({ code });
  expect(await landing.query(landed)).toEqual(before);
  const tables = "select table_name as name from duckdb_tables() where schema_name = 'raw'";
  expect(await landing.query(tables)).toEqual([{ name: "marks" }]);
  if (share !== undefined)
    expect(await landing.query("from duckdb_tables() where table_name = 'rejected_rows'")).toEqual([]);
});

test("within the share they are held back, their file keeps what landed from it, and others are replaced", async () => {
  await using landing = await openLanding();
  const stream = marks(0.3);
  await landing.file("a.csv", csv(1, 2, 3));
  await landing.file("b.csv", csv(6, 7));
  await landing.land(stream);
  await landing.engine.run("update raw.marks set id = 99 where id = 6");
  await landing.file("a.csv", csv(1, "two", 33));
  expect(await loadAgain(landing, stream, { parts: [january, february] })).toEqual([
    { rowsRead: 2, rowsInserted: 1, rowsDeleted: 1 },
    { rowsRead: 0, rowsInserted: 0, rowsDeleted: 0 },
  ]);
  expect((await landing.query(landed)).map(({ id }) => id)).toEqual([1, 2, 3, 6, 7]);
  expect(await landing.query(held)).toEqual([{ run_id: "backfill", reasons: ["id must be a INTEGER"], id: "two" }]);
});

test("what was held back when its file landed does not keep the file from being replaced, what is new does, however often", async () => {
  await using landing = await openLanding();
  const stream = marks(0.5);
  await landing.file("a.csv", csv(1, "two", 3, 4));
  await landing.land(stream);
  await landing.engine.run("update raw.marks set id = 99 where id = 1");
  expect(await loadAgain(landing, stream, { parts: [january] })).toEqual([
    { rowsRead: 3, rowsInserted: 1, rowsDeleted: 1 },
  ]);
  const ids = async () => (await landing.query(landed)).map(({ id }) => id);
  expect(await ids()).toEqual([1, 3, 4]);
  await landing.file("a.csv", csv(1, "two", "three", 4));
  for (const runId of ["second", "third", "fourth"]) await loadAgain(landing, stream, { parts: [january], runId });
  expect(await ids()).toEqual([1, 3, 4]);
});

/** A server's rows as texts: of each its key, version, and a value that is a number if it fits. */
function table(rows: () => readonly (readonly [key: string, at: string, value: string])[]): Stream {
  const declared = [
    { name: "id", type: "INTEGER" },
    { name: "at", type: "TIMESTAMP" },
    { name: "value", type: "INTEGER" },
  ];
  const read = async function* (): AsyncGenerator<Batch> {
    const values = rows().map((row) => `(${row.map((text) => `'${text}'`).join(", ")}, 'server')`);
    const texts = `SELECT * FROM (VALUES ${values.join(", ")}) AS came(id, "at", value, _source)`;
    const { fitting: sql, misfits } = siftRows(texts, declared, { mostShare: 0.5, place: "path" });
    const data = { kind: "relation", sql, misfits, explain: (failure: unknown) => failure } as const;
    yield { data, replaces: "new", bytes: 1, checkpoint: {} };
  };
  const parts = { by: "at", key: "id", version: "at", read };
  return { name: "marks", columns: declared, parts, read };
}

test.each([
  [
    "its key tells which row stays",
    "2",
    [
      [1, 11],
      [2, 20],
      [4, 40],
    ],
  ],
  [
    "whose key cannot be told leaves all as it is",
    "two",
    [
      [1, 10],
      [2, 20],
      [3, 30],
      [4, 40],
    ],
  ],
])("of a table, a row that does not fit: %s", async (_title, key, expected) => {
  await using landing = await openLanding();
  const day = (n: number) => `2026-01-0${n} 00:00:00`;
  let rows: [string, string, string][] = [1, 2, 3, 4].map((id) => [`${id}`, day(id), `${id}0`]);
  const stream = table(() => rows);
  await landing.land(stream);
  rows = [
    ["1", day(1), "11"],
    [key, day(2), "many"],
    ["4", day(4), "40"],
  ];
  await loadAgain(landing, stream, { parts: [january] });
  const now = await landing.query("select id, value from raw.marks order by id");
  expect(now.map(({ id, value }) => [id, value])).toEqual(expected);
  expect((await landing.query(held)).map(({ id }) => id)).toEqual([key]);
});

test("rows that an earlier batch held back leave quarantine again when a later one ends it", async () => {
  await using landing = await openLanding();
  let rows: [string, string, string][] = [["1", "2026-01-01 00:00:00", "1"]];
  const stream = table(() => rows);
  await landing.land(stream);
  rows = [...rows, ["2", "2026-01-02 00:00:00", "many"]];
  const read: NonNullable<Stream["parts"]>["read"] = async function* (context, range) {
    if (stream.parts === undefined) throw new Error("no parts");
    yield* stream.parts.read(context, range);
    throw new Error("the server is gone");
  };
  const broken = { ...stream, ...(stream.parts && { parts: { ...stream.parts, read } }) };
  await expect(loadAgain(landing, broken, { parts: [january] })).rejects.toThrow("the server is gone");
  expect(await landing.query(held)).toEqual([]);
  expect(await landing.query("select id from raw.marks")).toEqual([{ id: 1 }]);
});
