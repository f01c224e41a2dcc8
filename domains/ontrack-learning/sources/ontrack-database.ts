import { csvFiles } from "@thoth/ingest/csv-files";
import { defineSource } from "@thoth/ingest/define-source";
import { rawColumns } from "./raw-columns.ts";

export const ontrackDatabase = defineSource({
  name: "ontrack-database",
  kind: "files",
  description:
    "Nightly dump of the OnTrack (doubtfire) database, one CSV a table. Every dump is complete, so each load replaces the table.",
  streams: Object.entries(rawColumns).map(([table, columns]) =>
    csvFiles({ name: table, files: `ontrack/db/${table}.csv`, mode: "replace", columns }),
  ),
});
