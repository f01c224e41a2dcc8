import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@thoth/testing/temp-dir";
import type { ColumnSpecs } from "./column-spec.ts";
import { type SuiteRow, type SuiteSource, suiteConnector } from "./connector.suite.ts";
import type { Stream } from "./connector.ts";
import { csvFiles } from "./csv-files.ts";
import { ndjsonFiles } from "./json-files.ts";
import { stagedLine } from "./staged-rows.ts";

interface Format {
  readonly ending: string;
  write(row: Readonly<Record<string, unknown>>): string;
  stream(options: { name: string; files: string; columns: ColumnSpecs }): Stream;
}

/** A file for every row, so that the many rows of the suite make several batches. */
async function openFolder({ ending, write, stream }: Format): Promise<SuiteSource> {
  const dir = await tempDir();
  let more = {};
  return {
    sourcesDir: dir.path,
    async add(rows: readonly SuiteRow[]) {
      for (const row of rows) {
        await writeFile(join(dir.path, `${String(row.id).padStart(5, "0")}.${ending}`), write({ ...row, ...more }));
      }
    },
    async addField() {
      more = { extra: "x" };
    },
    stream: (columns) => stream({ name: "things", files: `*.${ending}`, columns }),
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

suiteConnector("CSV files", () => openFolder(csv), { emptyIsNull: true, manyRows: 300 });
suiteConnector("NDJSON files", () => openFolder(ndjson), { lackIsNull: true, manyRows: 300 });
