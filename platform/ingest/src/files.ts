export { csvFiles } from "./csv-files.ts";
export { jsonFiles, ndjsonFiles } from "./json-files.ts";
export { parquetFiles } from "./parquet-files.ts";
