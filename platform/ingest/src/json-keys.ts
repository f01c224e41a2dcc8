import { quoteList } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { ReadContext, SeenColumn } from "./connector.ts";
import type { SourceFile } from "./file-set.ts";
import { SeenKeys } from "./seen-keys.ts";

/** Up to so many bytes every row is looked at; of more the first rows of each file. */
const wholeBytes = 32 * 1024 * 1024;
const sampledRows = 20_000;
const mostShapes = 1000;

/** The keys that the objects of some files have, declared or not. */
export function readJsonKeys(
  files: readonly SourceFile[],
  format: "newline_delimited" | "array",
  { engine }: Pick<ReadContext, "engine">,
): Promise<readonly SeenColumn[]> {
  const settings = `format = '${format}', records = false, columns = {'json': 'JSON'}`;
  const size = `maximum_object_size = ${2 * wholeBytes}, filename = true`;
  return readKeys(files, (names) => `SELECT json, filename FROM read_json(${names}, ${settings}, ${size})`, engine);
}

/**
 * The engine finds the objects that differ in their keys, and one of each kind is looked at here: each time the same one, in
 * whatever order they are read.
 * @param select SELECT of `json` and `filename` from a list of names
 */
export async function readKeys(
  files: readonly SourceFile[],
  select: (names: string) => string,
  engine: WriteSide,
): Promise<readonly SeenColumn[]> {
  const names = files.map((file) => file.path);
  const bytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const perFile = Math.ceil(sampledRows / files.length);
  const rows =
    bytes <= wholeBytes
      ? select(quoteList(names))
      : names.map((name) => `(${select(quoteList([name]))} LIMIT ${perFile})`).join("\nUNION ALL ");
  const shapes = await engine.query(`SELECT json_keys(json) AS keys, min(json::VARCHAR) AS sample, min(filename) AS file
FROM (SELECT * FROM (${rows}) WHERE json_type(json) = 'OBJECT') GROUP BY keys ORDER BY file, keys LIMIT ${mostShapes}`);
  const keys = new SeenKeys([]);
  for (const { sample, file } of shapes) {
    keys.add(JSON.parse(String(sample)), files.find(({ path }) => path === file)?.name ?? String(file));
  }
  return keys.columns;
}
