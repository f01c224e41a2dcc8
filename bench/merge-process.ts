import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openTestMesh } from "@thoth/testing/test-mesh";
import { quoteLiteral } from "@thoth/warehouse/sql-text";
import { openWriteSide } from "@thoth/warehouse/write-side";

export interface MergeTask {
  readonly how: "merge" | "delete and insert" | "pipeline";
  /** Empty, for whatever it writes. */
  readonly folder: string;
  /** Parquet files: the table as it was, and what has changed. */
  readonly base: string;
  readonly changes: string;
  readonly rows: number;
}

export interface MergeAnswer {
  /** Of the merge alone, the first load apart. */
  readonly ms: number;
  readonly maxRssKb: number;
  readonly steps: Readonly<Record<string, number>>;
  /** Equal for equal rows. */
  readonly digest: string;
}

const columns = "id, status, amount, changed_at";
const digestOf = (table: string) =>
  `SELECT count(*) || ' ' || sum(hash(id, status, amount, epoch_ms(changed_at))::HUGEINT) AS digest FROM ${table}`;

const task = JSON.parse(process.argv[2] ?? "{}") as MergeTask;
const merged = task.how === "pipeline" ? await runPipeline(task) : await mergeInPlace(task);
process.stdout.write(JSON.stringify({ ...merged, maxRssKb: process.resourceUsage().maxRSS }));

async function mergeInPlace({ how, folder, base, changes }: MergeTask): Promise<Omit<MergeAnswer, "maxRssKb">> {
  const tmpDir = join(folder, "tmp");
  await using engine = await openWriteSide({ file: join(folder, "plain.duckdb"), tmpDir, pseudonymKey: "none" });
  await engine.run(`CREATE TABLE clean.loans AS FROM read_parquet(${quoteLiteral(base)})`);
  await engine.checkpoint();
  const from = `read_parquet(${quoteLiteral(changes)})`;
  const startedAt = performance.now();
  if (how === "merge") {
    await engine.run(`MERGE INTO clean.loans USING (SELECT * FROM ${from}) AS changed USING (id)
WHEN MATCHED THEN UPDATE WHEN NOT MATCHED THEN INSERT`);
  } else {
    await engine.transaction(async () => {
      await engine.run(`DELETE FROM clean.loans WHERE id IN (SELECT id FROM ${from})`);
      await engine.run(`INSERT INTO clean.loans FROM ${from}`);
    });
  }
  await engine.checkpoint();
  const ms = performance.now() - startedAt;
  const [row] = await engine.query(digestOf("clean.loans"));
  return { ms, steps: {}, digest: String(row?.digest) };
}

async function runPipeline({ base, changes }: MergeTask): Promise<Omit<MergeAnswer, "maxRssKb">> {
  await using world = await openTestMesh([
    {
      name: "library",
      sources: [
        {
          imports: 'import { parquetFiles } from "@thoth/ingest/parquet-files"',
          expression: `{ name: "export", kind: "files", description: "", streams: [parquetFiles({ name: "loans", files: "*.parquet",
  columns: { id: "BIGINT", status: "VARCHAR", amount: "DOUBLE", changed_at: "TIMESTAMP WITH TIME ZONE" } })] }`,
        },
      ],
      clean: {
        loans: `select ${columns} from raw.loans qualify row_number() over (partition by id order by changed_at desc) = 1`,
      },
      products: {
        loans: {
          sql: `select ${columns} from clean.loans`,
          key: ["id"],
          columns: {
            id: { logicalType: "integer", physicalType: "BIGINT" },
            status: "string",
            amount: "number",
            changed_at: "timestamp",
          },
        },
      },
    },
  ]);
  const { sourcesDir, snapshotsDir } = world.mesh.home;
  await mkdir(sourcesDir, { recursive: true });
  await copyFile(base, join(sourcesDir, "1.parquet"));
  requireSuccess(await world.run());
  await copyFile(changes, join(sourcesDir, "2.parquet"));
  const steps: Record<string, number> = {};
  const startedAt = performance.now();
  let last = startedAt;
  requireSuccess(
    await world.run({
      onProgress: ({ kind, job }) => {
        if (kind === "started") return;
        steps[job.id.slice(job.domain.length + 1)] = performance.now() - last;
        last = performance.now();
      },
    }),
  );
  const ms = performance.now() - startedAt;
  const current = await world.currentOf("library/loans");
  await using engine = await openWriteSide({
    file: join(sourcesDir, "digest.duckdb"),
    tmpDir: sourcesDir,
    pseudonymKey: "none",
  });
  const file = join(snapshotsDir, "library/loans", `${current?.id}.duckdb`);
  await engine.attachSnapshot(file, { catalog: "shown", schema: "product", table: "loans", sourceTable: "loans" });
  const [row] = await engine.query(digestOf("shown.product.loans"));
  return { ms, steps, digest: String(row?.digest) };
}

function requireSuccess(runs: Awaited<ReturnType<Awaited<ReturnType<typeof openTestMesh>>["run"]>>): void {
  for (const run of runs.values()) {
    if (run.status !== "success") throw new Error(`${run.pipeline} ${run.status}: ${run.failureMessage}`);
  }
}
