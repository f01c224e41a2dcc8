import { csvFiles } from "@thoth/ingest/csv-files";
import { defineSource } from "@thoth/ingest/define-source";

export const catalogue = defineSource({
  name: "splashkit-catalogue",
  kind: "files",
  description: "The functions SplashKit offers, exported from the API description that the SDK's headers generate.",
  streams: [
    csvFiles({
      name: "functions",
      files: "splashkit/catalogue/functions.csv",
      mode: "replace",
      columns: {
        category: "VARCHAR",
        name: "VARCHAR",
        unique_global_name: "VARCHAR",
        class: "VARCHAR",
        method: "VARCHAR",
        return_type: "VARCHAR",
        parameters: "INTEGER",
        has_cpp: "INTEGER",
        has_csharp: "INTEGER",
        has_python: "INTEGER",
        has_pascal: "INTEGER",
      },
    }),
  ],
});
