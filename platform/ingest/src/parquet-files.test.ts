import { join } from "node:path";
import { openLanding } from "@thoth/testing/landing";
import { quoteLiteral } from "@thoth/warehouse/sql-text";
import { expect, test } from "vitest";
import { parquetFiles } from "./parquet-files.ts";

const amounts = parquetFiles({
  name: "amounts",
  files: "*.parquet",
  columns: { id: "BIGINT", amount: "DECIMAL(18,4)" },
});

test("columns are found by name and cast to what is declared", async () => {
  await using landing = await openLanding();
  const file = quoteLiteral(join(landing.sourcesDir, "a.parquet"));
  await landing.engine.run(
    `copy (select 12.5::decimal(9,2) as amount, 7::integer as id, 'x' as unread) to ${file} (format parquet)`,
  );
  expect(await landing.land(amounts)).toMatchObject({ rowsRead: 1 });
  expect(await landing.query("select id, amount, _source from raw.amounts")).toEqual([
    { id: 7n, amount: "12.5000", _source: "a.parquet" },
  ]);
});

test("a missing column and a file that is no Parquet end in errors with the file", async () => {
  await using landing = await openLanding();
  await landing.file("a.parquet", "PAR1 not really");
  await expect(landing.land(amounts)).rejects.toMatchObject({
    code: "ingest/malformed-file",
    at: { file: expect.stringContaining("a.parquet") },
  });
  await landing.engine.run(
    `copy (select 7 as id) to ${quoteLiteral(join(landing.sourcesDir, "a.parquet"))} (format parquet)`,
  );
  await expect(landing.land(amounts)).rejects.toMatchObject({
    code: "ingest/missing-column",
    message: expect.stringContaining("amount"),
  });
});

test("values of other types are cast or held back: structures as JSON, numbers and times that do not fit", async () => {
  await using landing = await openLanding();
  const file = quoteLiteral(join(landing.sourcesDir, "a.parquet"));
  await landing.engine.run(`copy (select * from (values (1, {'a': [1.5], 'token': 'hush-hush'}, 12.0, timestamp '2026-01-01', [1, 2]),
  (2, null, 300, timestamp '2026-01-01', [70000]), (3, {'a': [], 'token': null}, 7, timestamp 'infinity', null))
as t (id, document, small, day, list)) to ${file} (format parquet)`);
  const columns = { id: "BIGINT", document: "JSON", small: "UTINYINT", day: "TIMESTAMP_S", list: "SMALLINT[]" };
  const readBack = "select id, document::varchar as document, small, list from raw.things order by id";
  const of = { name: "things", files: "*.parquet", columns };
  await expect(landing.land(parquetFiles(of))).rejects.toMatchObject({
    code: "ingest/wrong-type",
    at: { file: expect.stringContaining("a.parquet") },
  });
  const landed = await landing.land(parquetFiles({ ...of, maxRejectedShare: 0.4 }));
  expect(landed).toMatchObject({ rowsRead: 3, rowsInserted: 2, rowsRejected: 1 });
  expect(await landing.query(readBack)).toEqual([
    { id: 1n, document: '{"a":[1.5],"token":null}', small: 12, list: [1, 2] },
    { id: 3n, document: '{"a":[],"token":null}', small: 7, list: null },
  ]);
  expect(await landing.query("select rules from mesh.rejected_rows")).toEqual([{ rules: ["type:small", "type:list"] }]);
});
