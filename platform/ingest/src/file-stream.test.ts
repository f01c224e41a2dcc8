import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openLanding } from "@thoth/testing/landing";
import { tempDir } from "@thoth/testing/temp-dir";
import { quoteLiteral } from "@thoth/warehouse/sql-text";
import { openWriteSide, type WriteSide } from "@thoth/warehouse/write-side";
import { expect, test } from "vitest";
import type { ColumnSpecs } from "./column-spec.ts";
import { newFieldValue, type SuiteRow, type SuiteSource, suiteConnector } from "./connector.suite.ts";
import type { Stream } from "./connector.ts";
import { csvFiles } from "./csv-files.ts";
import type { FileStreamOptions } from "./file-stream.ts";
import { ga4Export } from "./ga4.ts";
import { jsonFiles, ndjsonFiles } from "./json-files.ts";
import { parquetFiles } from "./parquet-files.ts";
import { stagedLine } from "./staged-rows.ts";

interface Format {
  readonly ending: string;
  write(row: Readonly<Record<string, unknown>>, file: string): string | Promise<string | undefined>;
  stream(options: FileStreamOptions & { columns: ColumnSpecs }): Stream;
}

/** A file for every row, so that the many rows of the suite make several batches. */
async function openFolder({ ending, write, stream }: Format): Promise<SuiteSource> {
  const dir = await tempDir();
  let more = {};
  return {
    sourcesDir: dir.path,
    async add(rows: readonly SuiteRow[]) {
      for (const row of rows) {
        const file = join(dir.path, `${String(row.id).padStart(5, "0")}.${ending}`);
        const text = await write({ ...row, ...more }, file);
        if (text !== undefined) await writeFile(file, text);
      }
    },
    async addField() {
      more = { api_token: newFieldValue };
    },
    stream: (columns, more) => stream({ name: "things", files: `*.${ending}`, columns, ...more }),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

const csv: Format = {
  ending: "csv",
  write: (row) => stagedLine(Object.keys(row)) + stagedLine(Object.values(row).map(csvText)),
  stream: csvFiles,
};

function csvText(value: unknown): string | null {
  if (value === null) return null;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

const ndjson: Format = { ending: "ndjson", write: (row) => `${JSON.stringify(row)}\n`, stream: ndjsonFiles };

const json: Format = { ending: "json", write: (row) => JSON.stringify([row]), stream: jsonFiles };

const ga4: Format = {
  ending: "json",
  write: (row) => JSON.stringify({ data: [row], taken_at: "2026-01-01T00:00:00Z" }),
  stream: (options) => ga4Export({ ...options, format: "json" }),
};

/** Written by the engine, with the types that a warehouse would export. */
function parquet(engine: WriteSide): Format {
  return {
    ending: "parquet",
    async write({ api_token: token, ...row }, file) {
      const items = Object.entries(row).map(([name, value]) => {
        const text = csvText(value);
        const type = name === "name" && text === "seven" ? "VARCHAR" : (parquetTypes[name] ?? "VARCHAR");
        return `${text === null ? "NULL" : textLiteral(text)}::${type} AS ${name}`;
      });
      if (token !== undefined) items.push(`${textLiteral(String(token))} AS api_token`);
      await engine.run(`COPY (SELECT ${items.join(", ")}) TO ${quoteLiteral(file)} (FORMAT parquet)`);
      return undefined;
    },
    stream: parquetFiles,
  };
}

const parquetTypes: Readonly<Record<string, string>> = {
  id: "BIGINT",
  amount: "DECIMAL(38,9)",
  big: "DECIMAL(38,0)",
  at: "TIMESTAMP WITH TIME ZONE",
  day: "DATE",
  ok: "BOOLEAN",
};

/** No literal holds the character NUL. */
function textLiteral(text: string): string {
  return `(${text.split("\u0000").map(quoteLiteral).join(" || chr(0) || ")})`;
}

async function openParquet(): Promise<SuiteSource> {
  await using opening = new AsyncDisposableStack();
  const dir = opening.use(await tempDir());
  const file = join(dir.path, "writer.duckdb");
  const engine = opening.use(await openWriteSide({ file, tmpDir: dir.path, pseudonymKey: "none" }));
  const source = opening.use(await openFolder(parquet(engine)));
  const resources = opening.move();
  return { ...source, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

suiteConnector("CSV files", () => openFolder(csv), { manyRows: 300 });
suiteConnector("NDJSON files", () => openFolder(ndjson), { lackIsNull: true, manyRows: 300 });
suiteConnector("JSON files", () => openFolder(json), { lackIsNull: true, manyRows: 300 });
suiteConnector("Parquet files", openParquet, { manyRows: 300 });
suiteConnector("GA4 reports as JSON", () => openFolder(ga4), {
  lackIsNull: true,
  manyRows: 300,
  addedColumns: [["taken_at", "TIMESTAMP WITH TIME ZONE"]],
});
suiteConnector(
  "GA4 reports as CSV",
  () => openFolder({ ...csv, stream: (options) => ga4Export({ ...options, format: "csv" }) }),
  {
    manyRows: 300,
  },
);

test.each([
  ["csv", csv, (id: number) => `id\n${id}\n`],
  ["ndjson", ndjson, (id: number) => `{"id":${id}}\n`],
] as const)(
  "a file that is gone takes its rows along in mode replace, and leaves them in append: %s",
  async (ending, format, text) => {
    for (const mode of ["replace", "append"] as const) {
      await using landing = await openLanding();
      const stream = format.stream({ name: "things", files: `*.${ending}`, mode, columns: { id: "BIGINT" } });
      for (const id of [1, 2]) await landing.file(`${id}.${ending}`, text(id));
      await landing.land(stream);
      await landing.file(`2.${ending}`, undefined);
      const left = mode === "replace" ? 1 : 2;
      expect(await landing.land(stream)).toMatchObject({ rowCountAfter: left });
      expect(await landing.land(stream)).toMatchObject({ rowsRead: 0, rowsDeleted: 0, rowCountAfter: left });
      await landing.file(`1.${ending}`, undefined);
      await expect(landing.land(stream)).rejects.toMatchObject({ code: "ingest/no-files" });
      expect(await landing.query("select 1 from raw.things")).toHaveLength(left);
      await landing.file(`2.${ending}`, text(2));
      await landing.land(stream);
      expect(await landing.query("select id from raw.things order by id")).toEqual(
        mode === "replace" ? [{ id: 2n }] : [{ id: 1n }, { id: 2n }],
      );
    }
  },
);

test("a file that vanishes between being listed and being read is named, and nothing lands", async () => {
  for (const [format, text] of [
    [csv, "id\n1\n"],
    [ndjson, '{"id":1}\n'],
  ] as const) {
    await using landing = await openLanding();
    await landing.file(`1.${format.ending}`, text);
    const stream = format.stream({ name: "things", files: `*.${format.ending}`, columns: { id: "BIGINT" } });
    const vanishing: Stream = {
      ...stream,
      async *read(context) {
        for await (const batch of stream.read(context)) {
          await landing.file(`1.${format.ending}`, undefined);
          yield batch;
        }
      },
    };
    await expect(landing.land(vanishing)).rejects.toMatchObject({
      code: "ingest/file-vanished",
      at: { file: expect.stringContaining(`1.${format.ending}`) },
    });
    expect(await landing.query("select 1 from raw.things")).toEqual([]);
    await landing.file(`1.${format.ending}`, text);
    expect(await landing.land(stream)).toMatchObject({ rowsRead: 1 });
  }
});
