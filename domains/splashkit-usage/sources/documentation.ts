import { csvFiles } from "@thoth/ingest/csv-files";
import { defineSource } from "@thoth/ingest/define-source";
import { ga4Export } from "@thoth/ingest/ga4";

export const documentation = defineSource({
  name: "splashkit-documentation",
  kind: "files",
  description: "The documentation site: the history of its usage examples, and the page views Google Analytics counts.",
  streams: [
    csvFiles({
      name: "example_events",
      files: "splashkit/documentation/example-events.csv",
      mode: "replace",
      eventTime: "changed_at",
      columns: {
        // AT is a word of SQL.
        changed_at: { type: "TIMESTAMP WITH TIME ZONE", from: "at" },
        event: "VARCHAR",
        category: "VARCHAR",
        function: "VARCHAR",
        example_no: "INTEGER",
        language: "VARCHAR",
      },
    }),
    ga4Export({
      name: "docs_pages",
      files: "splashkit/ga4/top-pages*.json",
      format: "json",
      eventTime: "taken_at",
      columns: {
        domain: "VARCHAR",
        page: "VARCHAR",
        page_title: "VARCHAR",
        pageviews: "BIGINT",
        visits: "BIGINT",
        active_visitors: "BIGINT",
      },
    }),
  ],
});
