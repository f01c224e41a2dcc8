import { writeFileSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeSnapshot } from "./publish-snapshot.ts";
import { openReadSide, type ReadSide } from "./read-side.ts";
import { snapshotFile } from "./snapshot-store.ts";
import { openWriteSide } from "./write-side.ts";

let dir: Awaited<ReturnType<typeof mkdtempDisposable>>;
let reader: ReadSide;

beforeAll(async () => {
  dir = await mkdtempDisposable(join(tmpdir(), "lock-down-"));
  writeFileSync(join(dir.path, "people.csv"), "name\npersonal\n");
  const store = join(dir.path, "snapshots");
  const file = snapshotFile(store, "learning", "units", "001");
  const written = await writeSecrets(join(dir.path, "secret", "domain.duckdb"), file);
  const limits = { connections: 2, maxWaitMs: 600_000 };
  reader = await openReadSide({ snapshotDir: store, catalogs: ["learning"], ...limits });
  const product = { domain: "learning", product: "units", contractVersion: "1.0.0" };
  await reader.attach({ id: "001", ...product, publishedAt: 0, watermark: null, runId: "r", ...written });
});
afterAll(async () => {
  await reader[Symbol.asyncDispose]();
  await dir.remove();
});

async function writeSecrets(warehouse: string, snapshot: string) {
  await using writer = await openWriteSide({ file: warehouse, pseudonymKey: "k", tmpDir: join(dir.path, "tmp") });
  await writer.run("create table raw.people as select 'personal' as name");
  return await writeSnapshot(writer, { file: snapshot, select: "select 1 as x", table: "units", orderBy: [] });
}

test.each([
  "attach 'DIR/secret/domain.duckdb' as stolen",
  "attach ':memory:' as scratch",
  "attach 'https://127.0.0.1:9/x.duckdb' as remote",
  "detach snapshot_1",
  "use snapshot_1",
  "create table learning.product.mine as select 1",
  "create or replace view learning.product.units as select 2 as x",
  "create temp table t as select 1",
  "create or replace macro abs(x) as 1",
  "drop view learning.product.units",
  "insert into snapshot_1.main.units values (2)",
  "update snapshot_1.main.units set x = 2",
  "delete from snapshot_1.main.units",
  "copy (select 1) to 'DIR/snapshots/out.csv'",
  "copy snapshot_1.main.units to 'DIR/out.csv'",
  "export database 'DIR/out'",
  "import database 'DIR/out'",
  "install httpfs",
  "load 'DIR/x.duckdb_extension'",
  "set enable_external_access = true",
  "set lock_configuration = false",
  "reset lock_configuration",
  "set allowed_directories = ['/']",
  "set variable x = 1",
  "set timezone = 'Australia/Melbourne'",
  "pragma enable_profiling",
  "create secret s (type s3)",
  "call checkpoint()",
  "checkpoint",
  "begin transaction",
  "prepare p as select 1",
  "execute p",
  "explain analyze select 1",
  "vacuum",
  "select 1; select 2",
  "select 1; drop view learning.product.units",
])("%s does not run", async (statement) => {
  const refused = reader.query(statement.replace("DIR", dir.path));
  await expect(refused).rejects.toMatchObject({
    code: expect.stringMatching(/^warehouse\/(not-a-read|statement-failed)$/),
  });
  expect(await reader.query("from learning.product.units")).toEqual([{ x: 1 }]);
});

test.each([
  "from read_csv('DIR/people.csv')",
  "from 'DIR/people.csv'",
  "from read_text('DIR/people.csv')",
  "from read_blob('/etc/passwd')",
  "from read_csv('/etc/passwd')",
  "from read_json('/etc/passwd')",
  "from read_parquet('DIR/people.csv')",
  "from sniff_csv('DIR/people.csv')",
  "from read_duckdb('DIR/secret/domain.duckdb')",
  "from 'DIR/secret/domain.duckdb'",
  "from read_text('DIR/snapshots/../people.csv')",
  "from read_text('DIR/snapshots/learning/../../people.csv')",
  "from glob('DIR/*')",
  "from glob('/etc/*')",
  "from query('from read_text(''/etc/passwd'')')",
  "from json_execute_serialized_sql(json_serialize_sql('from read_text(''/etc/passwd'')'))",
  "select getenv('HOME')",
  "from domain.raw.people",
  "from warehouse.raw.people",
  "from 'https://127.0.0.1:9/x.parquet'",
  "from read_csv('http://127.0.0.1:9/x.csv')",
])("%s reads nothing", async (sql) => {
  await expect(reader.query(sql.replaceAll("DIR", dir.path))).rejects.toMatchObject({
    code: "warehouse/statement-failed",
  });
});

test("the settings that keep it so are on, and time is UTC on every connection", async () => {
  const settings = [
    "enable_external_access",
    "lock_configuration",
    "autoinstall_known_extensions",
    "autoload_known_extensions",
    "TimeZone",
  ];
  const sql = `select ${settings.map((name) => `current_setting('${name}')::varchar as ${name}`).join(", ")}`;
  const everywhere = await Promise.all([reader.query(sql), reader.query(sql), reader.query(sql)]);
  for (const [row] of everywhere) expect(Object.values(row ?? {})).toEqual(["false", "true", "false", "false", "UTC"]);
});
