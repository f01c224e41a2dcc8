import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Source, Stream } from "@thoth/ingest/connector";
import { mariadbTables } from "@thoth/ingest/mariadb";
import { postgresTables } from "@thoth/ingest/postgres";
import { type Landing, openLanding } from "@thoth/testing/landing";
import { findMariadb, startMariadb } from "@thoth/testing/mariadb";
import { startPostgres } from "@thoth/testing/postgres";
import { createConnection } from "mysql2/promise";
import { Client } from "pg";
import { type Extraction, tableOptions } from "./extraction-table.ts";
import { formatComparison, measurePair } from "./measure.ts";

/** The same table out of the same server: through our connector, and through what the server brings along for it. */
export async function benchExtraction(args: readonly string[]): Promise<void> {
  const rows = args.includes("--quick") ? 100_000 : 2_000_000;
  for (const bench of [benchPostgres, benchMariadb]) await bench(rows);
}

const runs = { runs: 3, warmUp: 1 };

async function benchPostgres(rows: number): Promise<void> {
  await using postgres = await startPostgres();
  const url = await postgres.createDatabase("bench");
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const [table, count] of tablesOf(rows)) {
    await client.query(`CREATE TABLE ${table} (id bigint PRIMARY KEY, task_id int NOT NULL, status text NOT NULL,
  comment text, amount numeric(12,2) NOT NULL, is_open boolean NOT NULL, updated_at timestamptz NOT NULL)`);
    await client.query(`INSERT INTO ${table} SELECT i, i % 5000, 'status ' || i % 12, CASE WHEN i % 3 = 0 THEN 'it says "' || i || '", and more' END,
  i / 100.0, i % 2 = 0, timestamptz '2026-01-01 00:00:00Z' + i * interval '1 second' FROM generate_series(1, ${count}) AS i`);
    await client.query(`ANALYZE ${table}`);
  }
  await client.end();
  const psql = findProgram("psql");
  const copy = "COPY (SELECT * FROM things) TO STDOUT (FORMAT csv)";
  const direct = psql === undefined ? undefined : () => runToNowhere(psql, [url, "-X", "-q", "-c", copy]);
  await compare({ kind: "postgres", url, table: "things" }, rows, { what: "COPY … TO STDOUT by psql", direct });
}

async function benchMariadb(rows: number): Promise<void> {
  if (findMariadb() === undefined) return;
  await using mariadb = await startMariadb();
  const url = await mariadb.createDatabase("bench");
  const admin = await createConnection({ uri: url, multipleStatements: true });
  for (const [table, count] of tablesOf(rows)) {
    await admin.query(`CREATE TABLE ${table} (id bigint PRIMARY KEY, task_id int NOT NULL, status varchar(20) NOT NULL,
  comment text, amount decimal(12,2) NOT NULL, is_open tinyint(1) NOT NULL, updated_at datetime NOT NULL);
INSERT INTO ${table} SELECT seq, seq % 5000, CONCAT('status ', seq % 12), IF(seq % 3 = 0, CONCAT('it says "', seq, '", and more'), NULL),
  seq / 100, seq % 2, TIMESTAMP'2026-01-01 00:00:00' + INTERVAL seq SECOND FROM seq_1_to_${count}`);
  }
  await admin.end();
  const { hostname, port, username, password } = new URL(url);
  const login = [`-h${hostname}`, `-P${port}`, `-u${username}`, `-p${password}`, "--protocol=TCP"];
  const dump = findProgram("mariadb-dump") ?? findProgram("mysqldump");
  const client = findProgram("mariadb") ?? findProgram("mysql");
  const extraction = { kind: "mariadb", url, table: "things" } as const;
  if (dump !== undefined) {
    const direct = () =>
      runToNowhere(dump, [...login, "--single-transaction", "--quick", "--no-create-info", "bench", "things"]);
    await compare(extraction, rows, { what: "mariadb-dump", direct });
  } else {
    const query = ["--quick", "--batch", "bench", "-e", "SELECT * FROM things"];
    const direct = client === undefined ? undefined : () => runToNowhere(client, [...login, ...query]);
    await compare(extraction, rows, { what: "the command-line client", direct });
  }
}

/** The second is for memory: a tenth of the rows. */
function tablesOf(rows: number): readonly (readonly [string, number])[] {
  return [
    ["things", rows],
    ["fewer_things", rows / 10],
  ];
}

interface Beside {
  readonly what: string;
  /** Undefined when this machine lacks the program. */
  readonly direct: (() => Promise<void>) | undefined;
}

async function compare(extraction: Extraction, rows: number, { what, direct }: Beside): Promise<void> {
  await using landing = await openLanding();
  const [stream] = sourceOf(extraction).streams as [Stream];
  if (direct === undefined) console.log(`${extraction.kind}: nothing to compare with: ${what} is not on this machine`);
  else {
    const [read, plain] = await measurePair(() => readAll(stream, landing), direct, runs);
    console.log(
      formatComparison({
        name: `${extraction.kind}: read ${rows} rows beside ${what}`,
        ours: read,
        direct: plain,
        rows,
      }),
    );
    const [land, again] = await measurePair(() => landing.land(stream, { full: true }), direct, runs);
    console.log(
      formatComparison({
        name: `${extraction.kind}: read and land them beside ${what}`,
        ours: land,
        direct: again,
        rows,
      }),
    );
  }
  const few = await peakMebibytes({ ...extraction, table: "fewer_things" });
  const many = await peakMebibytes(extraction);
  console.log(
    `${extraction.kind}: peak memory ${few.toFixed(0)} MiB for ${rows / 10} rows, ${many.toFixed(0)} MiB for ${rows}: ${(many / few).toFixed(2)}×`,
  );
}

export function sourceOf({ kind, url, table }: Extraction): Source {
  const tables = { [table]: tableOptions };
  const connection = () => url;
  return kind === "postgres" ? postgresTables({ connection, tables }) : mariadbTables({ connection, tables });
}

/** The connector alone: what it yields is staged and not taken. */
async function readAll(stream: Stream, { engine, sourcesDir }: Landing): Promise<void> {
  const context = { engine, sourcesDir, root: sourcesDir, checkpoint: undefined, signal: new AbortController().signal };
  let batches = 0;
  for await (const _batch of stream.read(context as never)) batches += 1;
  if (batches === 0) throw new Error(`${stream.name} gave nothing`);
}

/** Of a process of its own that lands the table once. */
async function peakMebibytes(extraction: Extraction): Promise<number> {
  const main = fileURLToPath(new URL("extraction-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=thoth-source", main, JSON.stringify(extraction)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += String(chunk);
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`the process that lands ${extraction.table} ended with ${code}`);
  return (JSON.parse(text) as { maxRssKb: number }).maxRssKb / 1024;
}

function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

async function runToNowhere(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
}
