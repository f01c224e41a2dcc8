import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { csvFiles } from "@thoth/ingest/csv-files";
import { openLanding } from "@thoth/testing/landing";
import { writeSnapshot } from "@thoth/warehouse/publish-snapshot";
import { quoteLiteral } from "@thoth/warehouse/sql-text";
import { type Comparison, measurePair } from "./measure.ts";

const rows = 1_000_000;
const columns = {
  id: "BIGINT",
  category: "VARCHAR",
  amount: "DOUBLE",
  changed_at: "TIMESTAMP WITH TIME ZONE",
} as const;

/** A million rows of CSV: landed with checkpoint beside plain read_csv, published beside a plain copy of the table. */
export async function benchIngestAndPublish(): Promise<Comparison[]> {
  await using landing = await openLanding();
  const { engine, sourcesDir } = landing;
  const file = join(sourcesDir, "rows.csv");
  await engine.run(`COPY (SELECT range AS id, 'category ' || range % 50 AS category, round(random() * 100, 2) AS amount,
    TIMESTAMPTZ '2026-01-01 00:00:00Z' + INTERVAL 1 SECOND * range AS changed_at FROM range(${rows})) TO ${quoteLiteral(file)} (HEADER)`);
  const stream = csvFiles({ name: "rows", files: "rows.csv", mode: "replace", eventTime: "changed_at", columns });
  const types = Object.entries(columns).map(([name, type]) => `'${name}': '${type}'`);
  const read = `read_csv(${quoteLiteral(file)}, header = true, auto_detect = false, columns = {${types.join(", ")}})`;
  const runs = { runs: 5, warmUp: 1 };
  const [land, plainRead] = await measurePair(
    () => landing.land(stream, { full: true }),
    () => engine.run(`CREATE OR REPLACE TABLE staging.plain AS FROM ${read}`),
    runs,
  );
  const snapshotsDir = join(sourcesDir, "snapshots");
  await mkdir(snapshotsDir);
  let published = 0;
  const select = "SELECT id, category, amount, changed_at FROM raw.rows";
  const [publish, plainCopy] = await measurePair(
    async () => {
      const target = join(snapshotsDir, `${published++}.duckdb`);
      await writeSnapshot(engine, { file: target, select, table: "rows", orderBy: ["id"], key: ["id"] });
      await rm(target);
    },
    () => engine.run(`CREATE OR REPLACE TABLE staging.plain AS ${select} ORDER BY id`),
    runs,
  );
  return [
    { name: "land a million CSV rows (with checkpoint and stamps)", ours: land, direct: plainRead, rows },
    { name: "publish a million rows (sorted, synced, renamed)", ours: publish, direct: plainCopy, rows },
  ];
}
