import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openTestMesh, type TestMesh } from "@thoth/testing/test-mesh";
import { quoteLiteral } from "@thoth/warehouse/sql-text";
import { openWriteSide } from "@thoth/warehouse/write-side";

const desks = 1000;

/**
 * A cleaned table of the newest version of each loan beside the desk that lent it, and one that reads it: computed in full,
 * from one row in a hundred that is new, and from five of a thousand desks that were renamed.
 */
export async function benchJoined(rows: number): Promise<void> {
  await using world = await openTestMesh([library]);
  const { sourcesDir } = world.mesh.home;
  await mkdir(sourcesDir, { recursive: true });
  await writeLoans(sourcesDir, "1", { first: 0, rows });
  await writeDesks(sourcesDir, 0);
  await cleanMs(world);
  const full = await cleanMs(world, { full: true });
  await writeLoans(sourcesDir, "2", { first: rows - rows / 200, rows: rows / 100 });
  const added = await cleanMs(world);
  await writeDesks(sourcesDir, 5);
  const renamed = await cleanMs(world);
  const shown = (each: Measured) => `${each.loans} ms and ${each.weighed} ms`;
  const told = `${rows.toLocaleString("en")} rows beside ${desks.toLocaleString("en")} desks`;
  console.log(
    `joined table and one that reads it, ${told}: in full ${shown(full)}, from 1 % new rows ${shown(added)}, from 5 renamed desks ${shown(renamed)}`,
  );
}

const library = {
  name: "library",
  sources: [
    {
      imports: `import { csvFiles } from "@thoth/ingest/csv-files"
import { parquetFiles } from "@thoth/ingest/parquet-files"`,
      expression: `{ name: "export", kind: "files", description: "", streams: [
  parquetFiles({ name: "loans", files: "*.parquet", columns: { id: "BIGINT", desk: "INTEGER", amount: "DECIMAL(9,2)", seen: "INTEGER" } }),
  csvFiles({ name: "desks", files: "desks.csv", mode: "replace", columns: { desk: "INTEGER", label: "VARCHAR" } }),
] }`,
    },
  ],
  clean: {
    desks: "select desk, label from raw.desks",
    loans: `select l.id, l.amount, d.label from raw.loans l left join clean.desks d using (desk)
qualify row_number() over (partition by l.id order by l.seen desc) = 1`,
    weighed: "select l.id, l.amount * 2 as weight, d.label as desk from clean.loans l join clean.desks d using (label)",
  },
  products: {},
};

async function writeLoans(
  folder: string,
  name: string,
  { first, rows }: { first: number; rows: number },
): Promise<void> {
  const file = join(folder, `${name}.duckdb`);
  await using engine = await openWriteSide({ file, tmpDir: folder, pseudonymKey: "none" });
  const loans = `SELECT range AS id, (range % ${desks})::INTEGER AS desk, (range % 999)::DECIMAL(9,2) AS amount, ${name} AS seen
FROM range(${first}, ${first + rows})`;
  await engine.run(`COPY (${loans}) TO ${quoteLiteral(join(folder, `${name}.parquet`))} (FORMAT parquet)`);
}

async function writeDesks(folder: string, renamed: number): Promise<void> {
  const lines = Array.from({ length: desks }, (_, desk) => `${desk},desk ${desk}${desk < renamed ? " again" : ""}\n`);
  await writeFile(join(folder, "desks.csv"), `desk,label\n${lines.join("")}`);
}

interface Measured {
  readonly loans: number;
  readonly weighed: number;
}

/** Of the steps that compute the tables alone. */
async function cleanMs(world: TestMesh, options: { full?: boolean } = {}): Promise<Measured> {
  let last = performance.now();
  const ms = { loans: 0, weighed: 0 };
  const runs = await world.run({
    ...options,
    onProgress: ({ kind, job }) => {
      const table = /clean\/(loans|weighed)$/.exec(job.id)?.[1] as keyof Measured | undefined;
      if (kind !== "started" && table !== undefined) ms[table] = Math.round(performance.now() - last);
      last = performance.now();
    },
  });
  for (const run of runs.values()) {
    if (run.status !== "success") throw new Error(`${run.pipeline} ${run.status}: ${run.failureMessage}`);
  }
  return ms;
}
