import { openLanding } from "@thoth/testing/landing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CsvOptions, csvFiles } from "./csv-files.ts";
import { ndjsonFiles } from "./json-files.ts";

const columns = {
  id: "BIGINT",
  at: "TIMESTAMP WITH TIME ZONE",
  price: "DECIMAL(6,2)",
  who: { type: "VARCHAR", pseudonymise: true },
} as const;
const marks = (more: Partial<CsvOptions> = {}) => csvFiles({ name: "marks", files: "marks/*.csv", columns, ...more });
const header = "id,at,price,who\n";
const good = "1,2026-01-02T00:00:00Z,1.50,ada\n";

const held = `select run_id, product, rules, reasons, "row"::varchar as "row" from mesh.rejected_rows order by rejected_at, rowid`;

test("rows with a value that does not fit are kept whole in quarantine, and the others land", async () => {
  await using landing = await openLanding();
  await landing.file(
    "marks/a.csv",
    `${header}${good}two,2026-01-02T00:00:00Z,2.00,bea\n3,yesterday,99999999,cyd\n,,,\n`,
  );
  const landed = await landing.land(marks({ maxRejectedShare: 0.5 }));
  expect(landed).toMatchObject({ rowsRead: 4, rowsInserted: 2, rowsRejected: 2, rowCountAfter: 2 });
  expect(await landing.query("select id, price from raw.marks order by id")).toEqual([
    { id: 1n, price: "1.50" },
    { id: null, price: null },
  ]);
  const rows = await landing.query(held);
  expect(rows.map(({ product, rules, reasons, run_id }) => ({ product, rules, reasons, run_id }))).toEqual([
    { product: "raw.marks", rules: ["type:id"], reasons: ["id must be a BIGINT"], run_id: "run-1" },
    {
      product: "raw.marks",
      rules: ["type:at", "type:price"],
      reasons: ["at must be a TIMESTAMP WITH TIME ZONE", "price must be a DECIMAL(6,2)"],
      run_id: "run-1",
    },
  ]);
  expect(JSON.parse(String(rows[0]?.row))).toEqual({
    id: "two",
    at: "2026-01-02T00:00:00Z",
    price: "2.00",
    who: expect.stringMatching(/^[0-9a-f]{16}$/),
    _source: "marks/a.csv",
  });
});

test("without permission the first such value ends the load, and nothing lands", async () => {
  await using landing = await openLanding();
  await landing.file("marks/a.csv", `${header}${good}two,,,\n`);
  await expect(landing.land(marks())).rejects.toMatchObject({ code: "ingest/wrong-type" });
  expect(await landing.query("select count(*)::int as n from raw.marks")).toEqual([{ n: 0 }]);
});

test("more than the stream does without undo the batch, and leave rows, quarantine and checkpoint as they were", async () => {
  await using landing = await openLanding();
  await landing.file("marks/a.csv", `${header}${good}`);
  const stream = marks({ maxRejectedShare: 0.4 });
  const first = await landing.land(stream);
  await landing.file("marks/b.csv", `${header}two,,,\n3,,,\n`);
  await expect(landing.land(stream)).rejects.toMatchObject({
    code: "ingest/too-many-misfits",
    message: expect.stringContaining("1 of 2 rows of marks"),
    at: { file: "marks/b.csv" },
  });
  expect(await landing.query("select id from raw.marks")).toEqual([{ id: 1n }]);
  await landing.file("marks/b.csv", `${header}2,,,\n3,,,\n`);
  expect(await landing.land(stream)).toMatchObject({
    checkpointBefore: first.checkpointAfter,
    rowsInserted: 2,
    rowsRejected: 0,
  });
});

test("a file that is corrected replaces its rows, and what was held back lands", async () => {
  await using landing = await openLanding();
  const stream = marks({ maxRejectedShare: 0.5 });
  await landing.file("marks/a.csv", `${header}${good}two,,,\n`);
  await landing.land(stream);
  await landing.file("marks/a.csv", `${header}${good}2,,,\n`);
  expect(await landing.land(stream)).toMatchObject({
    rowsDeleted: 0,
    rowsInserted: 1,
    rowsRejected: 0,
    rowCountAfter: 2,
  });
});

test("files with other columns are sifted beside each other, and a row that is none ends the load", async () => {
  await using landing = await openLanding();
  const stream = marks({
    maxRejectedShare: 0.5,
    columns: { id: "BIGINT", price: { type: "INTEGER", optional: true } },
  });
  await landing.file("marks/a.csv", "id,price\n1,2\nx,3\n");
  await landing.file("marks/b.csv", "id\n4\n5\n");
  expect(await landing.land(stream)).toMatchObject({ rowsInserted: 3, rowsRejected: 1 });
  await landing.file("marks/c.csv", 'id\n"6\n');
  await expect(landing.land(stream)).rejects.toMatchObject({ code: "ingest/malformed-file" });
});

test("lines of JSON, with lists and structures", async () => {
  await using landing = await openLanding();
  const stream = ndjsonFiles({
    name: "events",
    files: "events.ndjson",
    maxRejectedShare: 0.5,
    columns: { id: "INTEGER", tags: "VARCHAR[]", place: "STRUCT(x INTEGER)", ok: "BOOLEAN" },
  });
  const lines = [
    { id: 1, tags: ["a", "b"], place: { x: 1 }, ok: true },
    { id: "many", tags: [], place: null },
    { id: 3, tags: null, place: { x: "far" }, ok: false },
    { id: 4, tags: ["ünï"], place: { x: 2 }, ok: null },
  ];
  await landing.file("events.ndjson", lines.map((line) => JSON.stringify(line)).join("\n"));
  expect(await landing.land(stream)).toMatchObject({ rowsInserted: 2, rowsRejected: 2 });
  expect(await landing.query("select id, tags, place.x as x, ok from raw.events order by id")).toEqual([
    { id: 1, tags: ["a", "b"], x: 1, ok: true },
    { id: 4, tags: ["ünï"], x: 2, ok: null },
  ]);
  expect((await landing.query(held)).map(({ rules }) => rules)).toEqual([["type:id"], ["type:place"]]);
});

const cell = fc.oneof(
  fc.integer().map(String),
  fc.constantFrom("", "x", "1.5", "-0", " 7", "1e3", "99999999999999999999", "2026-02-30"),
);

test("whatever the values, each row lands as it would without sifting, or is held back; none is lost", async () => {
  const texts = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(texts, async (rows) => {
      await using landing = await openLanding();
      const of = { name: "cells", files: "*.csv", columns: { n: "BIGINT", d: "DATE" } } as const;
      await landing.file("cells.csv", `n,d\n${rows.map((row) => `${row.join(",")}\n`).join("")}`);
      const all = await landing.land(csvFiles({ ...of, maxRejectedShare: 1 }));
      expect(all.rowsInserted + all.rowsRejected).toBe(all.rowsRead);
      let landed = 0;
      for (const row of rows) {
        await landing.file("cells.csv", `n,d\n${row.join(",")}\n`);
        const alone = await landing.land(csvFiles({ ...of, name: "alone" }), { full: true }).then(
          ({ rowsInserted }) => rowsInserted,
          () => 0,
        );
        landed += alone;
      }
      expect(all.rowsInserted).toBe(landed);
    }),
    { numRuns: 12 },
  );
});
