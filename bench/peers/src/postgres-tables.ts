import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { Client } from "pg";
import type { TableFile } from "./tables.ts";

const eventColumns = `event_id integer, user_id integer, category text, action text, device text,
  occurred_at timestamptz, amount double precision, quantity integer, ok boolean`;

const tables: Readonly<Record<string, { readonly columns: string; readonly key: string }>> = {
  users: { columns: "user_id integer, name text, email text, region text, plan_id integer", key: "user_id" },
  events: { columns: eventColumns, key: "event_id" },
  large_events: { columns: eventColumns, key: "event_id" },
};

/**
 * Copies the tables that one domain's questions need, with keys, statistics, and an index for the filtered page.
 * @returns process id of the server that all connections' processes belong to
 */
export async function copyTables(connectionString: string, files: readonly TableFile[]): Promise<number> {
  const client = new Client({ connectionString });
  await client.connect();
  for (const file of files) await copyTable(client, file);
  await client.query("CREATE INDEX ON events (category, event_id)");
  for (const table of ["events", "large_events"]) await client.query(groupFunction(table));
  await client.query("ANALYZE");
  const { rows } = await client.query("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid");
  await client.end();
  return rows[0].pid;
}

async function copyTable(client: Client, { name, file }: TableFile): Promise<void> {
  const table = tables[name];
  if (table === undefined) return;
  const folder = await mkdtemp(join(tmpdir(), "thoth-bench-"));
  try {
    // The server reads the file itself, as a user of its own.
    await chmod(folder, 0o755);
    const csv = join(folder, `${name}.csv`);
    await writeCsv(file, name, csv);
    await client.query(`CREATE TABLE ${name} (${table.columns})`);
    await client.query(`COPY ${name} FROM '${csv}' (FORMAT csv)`);
    await client.query(`ALTER TABLE ${name} ADD PRIMARY KEY (${table.key})`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function writeCsv(file: string, table: string, csv: string): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:");
  const engine = await instance.connect();
  await engine.run("SET timezone = 'UTC'");
  await engine.run(`ATTACH '${file}' AS world (READ_ONLY)`);
  await engine.run(`COPY (FROM world.main.${table}) TO '${csv}' (HEADER false)`);
  engine.closeSync();
  instance.closeSync();
}

/** PostGraphile groups by what a function groups by. */
function groupFunction(table: string): string {
  return `CREATE FUNCTION ${table}_by_category(min_quantity integer)
    RETURNS TABLE (category text, count bigint, amount double precision, quantity bigint) LANGUAGE sql STABLE AS $$
      SELECT category, count(*), sum(amount), sum(quantity) FROM ${table}
      WHERE quantity >= min_quantity GROUP BY category ORDER BY category
    $$`;
}
