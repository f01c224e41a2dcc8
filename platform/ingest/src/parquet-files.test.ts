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
