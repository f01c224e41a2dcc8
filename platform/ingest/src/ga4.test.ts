import { openLanding } from "@thoth/testing/landing";
import { expect, test } from "vitest";
import { ga4Export } from "./ga4.ts";

const report = (taken_at: string, data: object[]) =>
  JSON.stringify({ name: "pages", query: { dimensions: [] }, meta: {}, data, totals: {}, taken_at });

const pages = ga4Export({
  name: "pages",
  format: "json",
  files: "ga4/*.json",
  columns: { page: "VARCHAR", visits: "BIGINT", bounce_rate: "DOUBLE" },
});

test("a report's rows land typed, with the moment it was taken", async () => {
  await using landing = await openLanding();
  await landing.file(
    "ga4/a.json",
    report("2024-01-05T16:05:56.640Z", [
      { page: "/a", visits: "12", bounce_rate: "0.5" },
      { page: "/b", visits: "3" },
    ]),
  );
  expect(await landing.land(pages)).toMatchObject({ rowsRead: 2, rowCountAfter: 2 });
  expect(
    await landing.query("select page, visits, bounce_rate, taken_at, _source from raw.pages order by page"),
  ).toEqual([
    { page: "/a", visits: 12n, bounce_rate: 0.5, taken_at: "2024-01-05T16:05:56.640Z", _source: "ga4/a.json" },
    { page: "/b", visits: 3n, bounce_rate: null, taken_at: "2024-01-05T16:05:56.640Z", _source: "ga4/a.json" },
  ]);
});

test("a metric that is no number ends in an error, and nothing lands", async () => {
  await using landing = await openLanding();
  await landing.file("ga4/a.json", report("2024-01-05T16:05:56.640Z", [{ page: "/a", visits: "a dozen" }]));
  await expect(landing.land(pages)).rejects.toMatchObject({
    code: "ingest/wrong-type",
    message: expect.stringContaining("a dozen"),
  });
});

test("a report that is cut off ends in an error with its file", async () => {
  await using landing = await openLanding();
  await landing.file("ga4/a.json", report("2024-01-05T16:05:56.640Z", [{ page: "/a" }]).slice(0, 60));
  await expect(landing.land(pages)).rejects.toMatchObject({
    code: "ingest/malformed-file",
    at: { file: expect.stringContaining("ga4/a.json") },
  });
});

test("a csv export lands without the moment it was taken", async () => {
  const users = ga4Export({
    name: "users",
    format: "csv",
    files: "users.csv",
    columns: { date: "DATE", visits: "BIGINT" },
    eventTime: "date",
  });
  await using landing = await openLanding();
  await landing.file("users.csv", "date,visits\n2024-01-04,2414053\n2024-01-03,2731831\n");
  expect(await landing.land(users)).toMatchObject({ rowsRead: 2, watermark: Date.UTC(2024, 0, 4) });
});
