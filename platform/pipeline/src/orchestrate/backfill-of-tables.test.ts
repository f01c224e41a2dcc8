import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { startPostgres, type TestPostgres } from "@thoth/testing/postgres";
import type { TestDomain } from "@thoth/testing/test-domain";
import { openTestMesh, type TestMesh } from "@thoth/testing/test-mesh";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWarehouse } from "../domain-sessions.ts";
import { runBackfill } from "./run-backfill.ts";

let postgres: TestPostgres;
let world: TestMesh;
let till: Client;
let controlUrl: string;

/** Sales are a table that is read by its changes; prices are one that is read as a whole, and tills one without times. */
function shop(sourceUrl: string): TestDomain {
  const key = { column: "id", key: "id" };
  const tables = {
    sales: {
      mode: "append",
      cursor: { column: "sold_at", key: "id" },
      columns: { id: "BIGINT", sold_at: "TIMESTAMP WITH TIME ZONE", amount: "INTEGER" },
    },
    prices: { mode: "replace", columns: { id: "BIGINT", price: "INTEGER" } },
    tills: { mode: "append", cursor: key, columns: { id: "BIGINT" } },
  };
  const connection = `() => ${JSON.stringify(sourceUrl)}`;
  return {
    name: "shop",
    sources: [
      {
        imports: 'import { postgresTables } from "@thoth/ingest/postgres"',
        expression: `postgresTables({ connection: ${connection}, tables: ${JSON.stringify(tables)} })`,
      },
    ],
    clean: { sales: "select id, amount from raw.sales", tills: "select id from raw.tills" },
    products: {
      takings: {
        sql: "select id, amount from clean.sales",
        key: ["id"],
        columns: { id: "integer", amount: "integer" },
      },
      counters: { sql: "select id from clean.tills", key: ["id"], columns: { id: "integer" } },
    },
  };
}

beforeAll(async () => {
  postgres = await startPostgres();
  const sourceUrl = await postgres.createDatabase("till");
  till = new Client({ connectionString: sourceUrl });
  await till.connect();
  await till.query(`create table sales (id bigint primary key, sold_at timestamptz not null, amount integer);
    create table prices (id bigint, price integer);
    create table tills (id bigint primary key);
    insert into tills values (1);
    insert into sales select i, '2026-01-01T00:00:00Z'::timestamptz + i * interval '1 day', i * 10 from generate_series(0, 88) as i`);
  controlUrl = await postgres.createDatabase("shop");
  const domains = [shop(sourceUrl)];
  world = await openTestMesh(domains, { controlUrl, now: Date.now(), graceMs: 3_000 });
});

afterAll(async () => {
  await till.end();
  await world[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

const quarter = { range: "2026-01-01..2026-03-31", by: "month" } as const;
const never = new AbortController().signal;

test("a table is loaded again by the times of its rows; killed in the middle it goes on behind its last part", async () => {
  await world.run();
  const [domain] = world.mesh.domains;
  if (domain === undefined) throw new Error("no domain");
  {
    await using warehouse = await openWarehouse(world.mesh, domain);
    await warehouse.engine.run("update raw.sales set amount = -1 where id % 2 = 0");
    await warehouse.engine.run("insert into raw.sales select * from raw.sales where id = 50");
  }
  const main = join(import.meta.dirname, "fixtures/dying-backfill.ts");
  const { root, home } = world.mesh;
  const setting = {
    url: controlUrl,
    backfill: quarter,
    only: "shop/takings",
    root,
    home: home.home,
    domains: ["shop"],
  };
  const args = [
    "--conditions=thoth-source",
    main,
    JSON.stringify({ ...setting, diesAt: "shop/extract/sales 2026-02" }),
  ];
  const death = await promisify(execFile)(process.execPath, args).catch((error: unknown) => error);
  expect(death).toMatchObject({ signal: "SIGKILL" });

  // The process had the clock on the wall.
  world.advance(600_000);
  const plans: unknown[] = [];
  const onPlan = (plan: unknown) => void plans.push(plan);
  const runs = await runBackfill(world.mesh, quarter, { only: "shop/takings", signal: never, onPlan });
  expect(plans).toEqual([{ left: [], doneBefore: 1 }]);
  const parts = (await world.mesh.ledger.list({ pipeline: "extract/sales", trigger: "backfill" })).reverse();
  expect(
    parts
      .slice(0, 4)
      .map(({ partitionKey, status, rowsRead, rowsInserted, rowsDeleted }) =>
        [partitionKey, status, rowsRead, rowsInserted, rowsDeleted].join(" "),
      ),
  ).toEqual(["2026-01 success 31 16 16", "2026-02 success 28 14 15", "2026-03 success 30 15 15", " success 0 0 0"]);
  expect(runs.filter(({ pipeline }) => pipeline === "domain").map(({ status }) => status)).toEqual([
    "success",
    "success",
  ]);
  expect((await world.rows("shop/takings")).map(({ id, amount }) => [Number(id), amount])).toEqual(
    Array.from({ length: 89 }, (_, id) => [id, id * 10]),
  );
  expect((await world.mesh.ledger.list({ limit: 1000 })).filter((run) => run.completedAt === null)).toEqual([]);
  expect((await world.run({ only: "shop/takings" })).get("shop/extract/sales")).toMatchObject({ rowsInserted: 0 });
});

test("what has no parts is left, or refused, with the reason", async () => {
  const plans: { left: readonly string[] }[] = [];
  await runBackfill(world.mesh, quarter, { only: "shop", signal: never, onPlan: (plan) => void plans.push(plan) });
  expect(plans[0]?.left).toEqual([
    "raw.prices is loaded as a whole in every run",
    "raw.tills has neither an event time (eventTime) nor a cursor that is a time",
  ]);
  await expect(runBackfill(world.mesh, quarter, { only: "shop/counters", signal: never })).rejects.toMatchObject({
    code: "pipeline/not-backfillable",
    message: expect.stringContaining("raw.tills has neither an event time (eventTime) nor a cursor that is a time"),
  });
});
