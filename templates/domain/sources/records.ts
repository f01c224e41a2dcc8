import { csvFiles } from "@thoth/ingest/csv-files";
import { defineSource } from "@thoth/ingest/define-source";

export const records = defineSource({
  name: "__domain__-export",
  kind: "files",
  description: "Say here which system this export comes from, and how often.",
  streams: [
    csvFiles({
      name: "records",
      files: "__domain__/records.csv",
      mode: "replace",
      eventTime: "changed_at",
      columns: {
        id: "BIGINT",
        category: "VARCHAR",
        amount: "DOUBLE",
        changed_at: "TIMESTAMP WITH TIME ZONE",
      },
    }),
  ],
});
