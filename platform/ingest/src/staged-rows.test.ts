import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openLanding } from "@thoth/testing/landing";
import { expect, test } from "vitest";
import { declareColumns } from "./column-spec.ts";
import { stagedLine, stagedRelation } from "./staged-rows.ts";

const texts = [
  ...[
    "",
    " ",
    "x",
    "0",
    "-0",
    " 7",
    "7 ",
    "+7",
    "1.5",
    "1e3",
    "0x1f",
    "1_000",
    "1,5",
    "99999999999999999999",
    "NaN",
    "inf",
    "-Infinity",
  ],
  ...[
    "true",
    "t",
    "yes",
    "FALSE",
    "2",
    "2026-02-28",
    "2026-02-30",
    "0000-00-00",
    "20260228",
    "28/02/2026",
    "infinity",
    "9999999-01-01",
  ],
  ...[
    "2026-02-28 24:00:00",
    "2026-02-28T01:02:03.123456789Z",
    "2026-02-28 01:02:03+25:00",
    "12:30:00",
    "25:00:00",
    "1 day",
    "P1D",
  ],
  ...['{"a":1}', "[1,2]", "[1,", '["x"]', "null", '{"x":"y"}', "00ff", "0g", "0190163d-8694-739b-aea5-966c26f8ad91"],
];

test.each([
  ...[
    "BIGINT",
    "UTINYINT",
    "HUGEINT",
    "DECIMAL(6,2)",
    "DOUBLE",
    "FLOAT",
    "BOOLEAN",
    "DATE",
    "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE",
  ],
  ...["TIME", "INTERVAL", "UUID", "JSON", "BLOB", "INTEGER[]", "STRUCT(x VARCHAR)", "VARCHAR"],
])("of type %s, what is sifted lands as it would without, and what would end the load is held back", async (type) => {
  await using landing = await openLanding();
  const columns = declareColumns({ value: { type, notSecret: true } });
  const file = join(landing.sourcesDir, "staged");
  const read = async (rows: readonly string[], maxRejectedShare?: number) => {
    await writeFile(file, rows.map((row) => stagedLine([row])).join(""));
    const staged = stagedRelation({ files: [file], columns, place: "here", written: rows.length, maxRejectedShare });
    const found = await landing.engine
      .query(`SELECT value::VARCHAR AS value FROM (${staged.sql})`)
      .catch(() => undefined);
    return { values: found?.map(({ value }) => value), misfits: staged.misfits?.sql };
  };
  const alone = await Array.fromAsync(texts, async (text) => (await read([text])).values);
  const { values, misfits } = await read(texts, 1);
  expect(values).toEqual(alone.flatMap((found) => found ?? []));
  const held = await landing.engine.query(`SELECT "row" ->> 'value' AS value FROM (${misfits})`);
  expect(held.map(({ value }) => value)).toEqual(texts.filter((_, index) => alone[index] === undefined));
});
