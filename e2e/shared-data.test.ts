import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ColumnSpecs } from "@thoth/ingest/column-spec";
import type { Stream } from "@thoth/ingest/connector";
import { csvFiles } from "@thoth/ingest/csv-files";
import { ga4Export } from "@thoth/ingest/ga4";
import { openLanding } from "@thoth/testing/landing";
import { expect, test } from "vitest";

/**
 * Real public data through the connectors that the domains use. The folder lies beside the project and is not part
 * of it; without it these tests are skipped.
 */
const dataDir = fileURLToPath(new URL("../../shared/data", import.meta.url));
const here = existsSync(dataDir);
if (!here) console.warn(`skipped: ${dataDir} is not there, so the connectors are not tried on real data`);

interface RealFile {
  readonly file: string;
  /** As published by the file's authors. */
  readonly rows: number;
  readonly columns: ColumnSpecs;
}

const csv: readonly RealFile[] = [
  { file: "oulad/course.csv", rows: 22, columns: { code_module: "VARCHAR", module_presentation_length: "INTEGER" } },
  { file: "oulad/assessment.csv", rows: 206, columns: { id_assessment: "BIGINT", date: "INTEGER", weight: "DOUBLE" } },
  {
    file: "oulad/student.csv",
    rows: 32_593,
    columns: { id_student: "BIGINT", imd_band: "VARCHAR", studied_credits: "INTEGER" },
  },
  {
    file: "oulad/student_registration.csv",
    rows: 32_593,
    columns: { id_student: "BIGINT", date_registration: "INTEGER", date_unregistration: "INTEGER" },
  },
  {
    file: "oulad/student_assessment.csv",
    rows: 173_912,
    columns: {
      id_assessment: "BIGINT",
      id_student: "BIGINT",
      date_submitted: "INTEGER",
      is_banked: "BOOLEAN",
      score: "DOUBLE",
    },
  },
  {
    file: "oulad/vle.csv",
    rows: 6_364,
    columns: { id_site: "BIGINT", activity_type: "VARCHAR", week_from: "INTEGER" },
  },
  {
    file: "splashkit-api/functions.csv",
    rows: 1_430,
    columns: { category: "VARCHAR", unique_global_name: "VARCHAR", parameters: "INTEGER", has_cpp: "BOOLEAN" },
  },
  {
    file: "splashkit-usage/function_calls_by_file.csv",
    rows: 7_234,
    columns: { repo: "VARCHAR", commit_date: "DATE", function: "VARCHAR", calls: "BIGINT" },
  },
  {
    file: "splashkit-usage/function_totals.csv",
    rows: 949,
    columns: { function: "VARCHAR", calls: "BIGINT", repos: "INTEGER" },
  },
  {
    file: "splashkit-usage/docs_example_events.csv",
    rows: 1_004,
    columns: { at: "TIMESTAMP WITH TIME ZONE", event: "VARCHAR" },
  },
  {
    file: "repo-activity/commits.csv",
    rows: 15_906,
    columns: { committed_at: "TIMESTAMP WITH TIME ZONE", is_merge: "BOOLEAN", files_added: "INTEGER" },
  },
];

test.skipIf(!here).each(csv)(
  "$file lands with its $rows rows, twice run is once loaded",
  async ({ file, rows, columns }) => {
    const stream = csvFiles({ name: "real", files: file, columns });
    await using landing = await openLanding({ sourcesDir: dataDir });
    expect(await landing.land(stream)).toMatchObject({ rowsRead: rows, rowsRejected: 0, rowCountAfter: rows });
    expect(await landing.land(stream)).toMatchObject({ rowsRead: 0, rowCountAfter: rows });
  },
);

test.skipIf(!here)("the results keep what is known of them: 173 without a score, 1,909 banked", async () => {
  const stream = csvFiles({ name: "results", files: "oulad/student_assessment.csv", columns: csv[4]?.columns ?? {} });
  await using landing = await openLanding({ sourcesDir: dataDir });
  await landing.land(stream);
  const [row] =
    await landing.query(`select count(*) filter (where score is null) as unscored, count(*) filter (where is_banked) as banked,
    count(*) filter (where date_submitted < 0) as early from raw.results`);
  expect(row).toEqual({ unscored: 173n, banked: 1909n, early: 2057n });
});

/** Rows as any CSV or JSON reader counts them; the files end without a line break, so a count of lines is one short. */
const ga4: readonly (readonly [file: string, rows: number, columns: ColumnSpecs])[] = [
  ["users.csv", 90, { date: "DATE", visits: "BIGINT" }],
  ["devices.csv", 360, { date: "DATE", device: "VARCHAR", visits: "BIGINT" }],
  ["browsers.csv", 2_192, { date: "DATE", browser: "VARCHAR", visits: "BIGINT" }],
  ["os.csv", 612, { date: "DATE", os: "VARCHAR", visits: "BIGINT" }],
  ["language.csv", 2_352, { date: "DATE", language: "VARCHAR", visits: "BIGINT" }],
  ["sites.csv", 71, { domain: "VARCHAR", visits: "BIGINT" }],
  ["top-pages-30-days.csv", 20, { page: "VARCHAR", bounce_rate: "DOUBLE" }],
  ["top-downloads-7-days.csv", 100, { page_title: "VARCHAR", total_events: "BIGINT" }],
  ["top-pages-30-days.json", 20, { page: "VARCHAR", visits: "BIGINT", bounce_rate: "DOUBLE" }],
  ["last-48-hours.json", 37, { date: "DATE", hour: "VARCHAR", visits: "BIGINT" }],
  ["today.json", 11, { date: "DATE", hour: "VARCHAR", visits: "BIGINT" }],
  ["realtime.json", 1, { active_visitors: "BIGINT" }],
];

test.skipIf(!here).each(ga4)("the GA4 export %s lands with its %d rows", async (file, rows, columns) => {
  const format = file.endsWith(".csv") ? "csv" : "json";
  const stream: Stream = ga4Export({ name: "real", format, files: `ga4-education/${file}`, columns });
  await using landing = await openLanding({ sourcesDir: dataDir });
  expect(await landing.land(stream)).toMatchObject({ rowsRead: rows, rowCountAfter: rows });
});
