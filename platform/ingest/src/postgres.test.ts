import { inspect } from "node:util";
import { openLanding } from "@thoth/testing/landing";
import { startPostgres, type TestPostgres } from "@thoth/testing/postgres";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newFieldValue, type SuiteRow, type SuiteSource, suiteConnector } from "./connector.suite.ts";
import type { Stream } from "./connector.ts";
import { type SuiteDatabase, type SuiteServer, suiteDatabase } from "./database.suite.ts";
import { suiteDatabaseParts } from "./database-parts.suite.ts";
import { type PostgresOptions, type PostgresTableOptions, postgresTables } from "./postgres.ts";

let postgres: TestPostgres;
let databases = 0;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.[Symbol.asyncDispose]());

interface Database extends AsyncDisposable {
  readonly url: string;
  readonly admin: Client;
}

async function openDatabase(): Promise<Database> {
  const url = await postgres.createDatabase(`d${++databases}`);
  const admin = await openAdmin(url);
  return { url, admin, [Symbol.asyncDispose]: () => admin.end() };
}

async function openAdmin(url: string): Promise<Client> {
  const admin = new Client({ connectionString: url });
  admin.on("error", () => undefined);
  await admin.connect();
  await admin.query("SET timezone = 'UTC'");
  return admin;
}

function only(options: PostgresTableOptions & { stream?: string }, url: string, more: Partial<PostgresOptions> = {}) {
  const { stream = "things", ...table } = options;
  return postgresTables({ connection: () => url, tables: { [stream]: table }, ...more }).streams[0] as Stream;
}

/** A table whose reader may see the declared columns only: selecting the secret, or `*`, would fail. */
async function openThings(mode: "append" | "replace"): Promise<SuiteSource> {
  const { url, admin, ...database } = await openDatabase();
  const reader = `reader${databases}`;
  await admin.query(`CREATE TABLE things (id bigint PRIMARY KEY, name text, amount numeric, big numeric(38,0), at timestamptz NOT NULL,
  day date, ok boolean, payload jsonb, who text, secret text);
CREATE ROLE ${reader} LOGIN PASSWORD 'reader-password';
GRANT SELECT (id, name, amount, big, at, day, ok, payload, who) ON things TO ${reader}`);
  const readerUrl = url.replace(/\/\/[^@]*@/, `//${reader}:reader-password@`);
  return {
    add: async (rows) => {
      await admin.query(
        `INSERT INTO things (id, name, amount, big, at, day, ok, payload, who, secret)
SELECT (r->>'id')::bigint, r->>'name', (r->>'amount')::numeric, (r->>'big')::numeric, (r->>'at')::timestamptz, (r->>'day')::date,
  (r->>'ok')::boolean, nullif(r->'payload', 'null'), r->>'who', r->>'secret' FROM jsonb_array_elements($1::jsonb) AS r`,
        [JSON.stringify(rows satisfies readonly SuiteRow[])],
      );
    },
    addField: async () => {
      await admin.query(`ALTER TABLE things ADD COLUMN api_token text DEFAULT '${newFieldValue}'`);
    },
    stream: (columns, more) =>
      only({ columns, mode, cursor: { column: "at", key: "id" }, ...more }, readerUrl, { batchRows: 100 }),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

suiteConnector("postgres, append", () => openThings("append"), { noNul: true });
suiteConnector("postgres, replace", () => openThings("replace"), { noNul: true, wholeOnly: true });

const server: SuiteServer = {
  openDatabase: async () => suiteDatabaseOf(await openDatabase()),
  async openAlone() {
    const server = await startPostgres();
    const url = await server.createDatabase("alone");
    const admin = await openAdmin(url);
    return suiteDatabaseOf({ url, admin, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() });
  },
  instant: "timestamptz",
  numbers: (count) => `generate_series(1, ${count}) AS i`,
};

suiteDatabase("postgres", server);
suiteDatabaseParts("postgres", server);

function suiteDatabaseOf({ url, admin, ...database }: Database): SuiteDatabase {
  return {
    run: (statements) => admin.query(statements),
    stream: (table, batchRows) => only(table, url, batchRows === undefined ? {} : { batchRows }),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

describe("changes", () => {
  const columns = { id: "BIGINT", at: "TIMESTAMP WITH TIME ZONE", note: "VARCHAR" };
  const cursor = { column: "at", key: "id" };

  test.each([
    ["times in one microsecond", "timestamptz", "'2026-01-01T00:00:00.123456Z'", "TIMESTAMP WITH TIME ZONE"],
    ["times without a zone", "timestamp(6)", "'2026-01-01T00:00:00.123456'", "TIMESTAMP"],
    ["days", "date", "'2026-01-01'", "DATE"],
    ["numbers", "int", "7", "INTEGER"],
    ["texts", "text", `'a "b", c'`, "VARCHAR"],
  ])("many rows with the same cursor lose none between batches: %s", async (_what, type, value, declared) => {
    await using database = await openDatabase();
    const { admin, url } = database;
    await admin.query(`CREATE TABLE things (id text COLLATE "C" PRIMARY KEY, at ${type} NOT NULL);
INSERT INTO things SELECT 'k,"' || i, ${value} FROM generate_series(1, 150) AS i`);
    for (const overlap of [0, 1000]) {
      await using landing = await openLanding();
      const options = { columns: { id: "VARCHAR", at: declared }, cursor: { ...cursor, overlap } };
      const stream = only({ ...options, mode: "append" }, url, { batchRows: 7 });
      const stop = new AbortController();
      const cut = { ...stream, read: (context: Parameters<Stream["read"]>[0]) => first(stream, context, stop) };
      await expect(landing.land(cut, { signal: stop.signal })).rejects.toMatchObject({ name: "AbortError" });
      expect(await landing.land(stream)).toMatchObject({ rowsRead: 143, rowCountAfter: 150 });
      expect(await landing.query("select count(distinct id) as n from raw.things")).toEqual([{ n: 150n }]);
    }
  });

  test("a cursor that would lose rows or show a secret is refused", async () => {
    await using database = await openDatabase();
    await database.admin.query(`CREATE TABLE things (id int PRIMARY KEY, at timestamptz, note text);
INSERT INTO things VALUES (1, null, 'a')`);
    await using landing = await openLanding();
    const land = (table: Partial<PostgresTableOptions>) =>
      landing.land(only({ columns, cursor, mode: "append", ...table }, database.url), { full: true });
    await expect(land({})).rejects.toMatchObject({
      code: "ingest/unfit-cursor",
      message: expect.stringMatching(/null in some rows/),
    });
    await expect(land({ columns: { id: "BIGINT" } })).rejects.toMatchObject({
      message: expect.stringMatching(/by at: it is not declared/),
    });
    await expect(land({ columns: { ...columns, at: "DATE" } })).rejects.toMatchObject({
      message: expect.stringMatching(/DATE does not hold/),
    });
    await expect(land({ cursor: { column: "at", key: "note" } })).rejects.toMatchObject({
      message: expect.stringMatching(/no index says/),
    });
    const secretKey = { ...columns, id: { type: "VARCHAR", pseudonymise: true } };
    await expect(land({ columns: secretKey })).rejects.toMatchObject({
      message: expect.stringMatching(/checkpoint would show it/),
    });
  });
});

async function* first(stream: Stream, context: Parameters<Stream["read"]>[0], stop: AbortController) {
  for await (const batch of stream.read(context)) {
    yield batch;
    stop.abort();
  }
}

test("types of the server that are written differently here", async () => {
  await using database = await openDatabase();
  await database.admin.query(`CREATE SCHEMA "Odd ""name"; CREATE TABLE "Odd ""name"."T;" ("a ""b" int, tags text[], scores numeric[],
  hash bytea, price money, late interval, local timestamp, half float4, tall float8, uid uuid, flag boolean);
INSERT INTO "Odd ""name"."T;" VALUES (7, '{"x,y",NULL,""}', '{1.10,2}', '\\x00ff', 12.5, '1 day 02:03:04', '2026-03-29 02:30:00',
  0.1, 0.1, '0190163d-8694-739b-aea5-966c26f8ad91', true)`);
  await using landing = await openLanding();
  const columns = {
    number: { type: "INTEGER", from: 'a "b' },
    tags: "VARCHAR[]",
    scores: "DECIMAL(9,2)[]",
    hash: "BLOB",
    price: "DECIMAL(9,2)",
    late: "INTERVAL",
    local: "TIMESTAMP",
    half: "FLOAT",
    tall: "DOUBLE",
    uid: "UUID",
    flag: "VARCHAR",
  };
  await landing.land(only({ schema: 'Odd "name', table: "T;", mode: "replace", columns }, database.url));
  expect(
    await landing.query(
      "select * exclude (_run_id, _loaded_at, _source, half), half = 0.1::float as same from raw.things",
    ),
  ).toEqual([
    {
      number: 7,
      tags: ["x,y", null, ""],
      scores: ["1.10", "2.00"],
      hash: Uint8Array.of(0, 255),
      price: "12.50",
      late: "P1DT7384S",
      local: expect.stringContaining("2026-03-29T02:30:00"),
      tall: 0.1,
      uid: "0190163d-8694-739b-aea5-966c26f8ad91",
      flag: "true",
      same: true,
    },
  ]);
});

test("what no type here holds is held back where the stream does without a few, and a cursor beyond all years leads nowhere", async () => {
  await using database = await openDatabase();
  const { admin, url } = database;
  await admin.query(`CREATE TABLE things (id int PRIMARY KEY, at timestamptz NOT NULL, amount numeric, day date);
INSERT INTO things VALUES (1, '2026-01-01', 1.5, '2026-01-01'), (2, '2026-01-01', 'NaN', '2026-01-01'), (3, '2026-01-01', 'Infinity', NULL),
  (4, '2026-01-02', 123456789012, '2026-01-01'), (5, '2026-01-02', 2, '2026-01-01'), (6, '294270-01-01', 3, NULL), (7, '2026-01-03', NULL, 'infinity')`);
  await using landing = await openLanding();
  const columns = { id: "INTEGER", at: "TIMESTAMP WITH TIME ZONE", amount: "DECIMAL(12,2)", day: "DATE" };
  const table = { columns, cursor: { column: "at", key: "id" }, mode: "append", maxRejectedShare: 1 } as const;
  for (const batchRows of [100, 1]) {
    const stream = only(table, url, { batchRows });
    expect(await landing.land(stream, { full: true })).toMatchObject({ rowsRead: 7, rowsInserted: 3, rowsRejected: 4 });
    const held = `select "row" ->> 'id' as id, rules from mesh.rejected_rows where run_id = (select max(run_id) from mesh.rejected_rows) order by 1`;
    expect((await landing.query(held)).map(({ id, rules }) => [id, rules])).toEqual([
      ["2", ["type:amount"]],
      ["3", ["type:amount"]],
      ["4", ["type:amount"]],
      ["6", ["type:at"]],
    ]);
    await admin.query("INSERT INTO things VALUES (8, '2026-01-03 00:00:01', 8, NULL)");
    expect(await landing.land(stream)).toMatchObject({ rowsInserted: 1, rowsRejected: 0, rowCountAfter: 4 });
    expect(await landing.land(stream)).toMatchObject({ rowsRead: 0, rowCountAfter: 4 });
    await admin.query("DELETE FROM things WHERE id = 8");
  }
});

test("bytes that are no UTF-8, of a server that does not know its encoding, are held back row by row or end the load", async () => {
  await using database = await openDatabase();
  const { pathname } = new URL(database.url);
  const bare = `${pathname.slice(1)}_bare`;
  await database.admin.query(
    `CREATE DATABASE ${bare} ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`,
  );
  const url = database.url.replace(pathname, `/${bare}`);
  const admin = await openAdmin(url);
  await admin.query(`CREATE TABLE things (id int PRIMARY KEY, name text);
INSERT INTO things VALUES (1, 'Zoë'), (2, convert_from('\\x5a6feb0a2c22'::bytea, 'SQL_ASCII')), (3, E'a "b",\nc')`);
  await admin.end();
  await using landing = await openLanding();
  const table = { columns: { id: "INTEGER", name: "VARCHAR" }, mode: "replace" } as const;
  await expect(landing.land(only(table, url))).rejects.toMatchObject({
    code: "ingest/wrong-type",
    message: expect.stringMatching(/UTF-8/),
  });
  const cursor = { column: "id", key: "id" };
  for (const mode of ["replace", "append"] as const) {
    const stream = only({ ...table, mode, cursor, maxRejectedShare: 0.5 }, url);
    expect(await landing.land(stream, { full: true })).toMatchObject({ rowsRead: 3, rowsInserted: 2, rowsRejected: 1 });
    expect(await landing.query("select name from raw.things order by id")).toEqual([
      { name: "Zoë" },
      { name: 'a "b",\nc' },
    ]);
    expect(await landing.land(stream)).toMatchObject({ rowsRead: 0, rowCountAfter: 2 });
  }
  expect(
    await landing.query(`select distinct rules, reasons, "row" ->> 'name' as name from mesh.rejected_rows`),
  ).toEqual([{ rules: ["encoding"], reasons: ["its texts must be UTF-8"], name: 'Zo\uFFFD\n,"' }]);
});

test("while a batch waits, the server waits", async () => {
  await using database = await openDatabase();
  const { admin, url } = database;
  await admin.query(`CREATE TABLE things (id int PRIMARY KEY, at timestamptz NOT NULL, note text);
INSERT INTO things SELECT i, '2026-01-01'::timestamptz + i * interval '1 s', repeat('x', 1000) FROM generate_series(1, 40000) AS i`);
  await using landing = await openLanding();
  const columns = { id: "BIGINT", at: "TIMESTAMP WITH TIME ZONE", note: "VARCHAR" };
  const stream = only({ columns, cursor: { column: "at", key: "id" }, mode: "append" }, url, { batchRows: 1000 });
  let waiting = "";
  const watched: Stream = {
    ...stream,
    async *read(context) {
      for await (const batch of stream.read(context)) {
        yield batch;
        waiting ||= await waitEvent(admin);
      }
    },
  };
  expect(await landing.land(watched)).toMatchObject({ rowCountAfter: 40_000 });
  expect(waiting).toBe("ClientWrite");
  const wrong = only({ ...unfit(columns), cursor: { column: "at", key: "id" }, mode: "append" }, url, {
    batchRows: 1000,
  });
  await expect(landing.land(wrong, { full: true })).rejects.toMatchObject({ code: "ingest/wrong-type" });
  const sessions =
    "SELECT 1 FROM pg_stat_activity WHERE application_name = 'thoth-mesh' AND datname = current_database()";
  while ((await admin.query(sessions)).rowCount !== 0);
});

function unfit(columns: Record<string, string>) {
  return { columns: { ...columns, note: "INTEGER" } };
}

/** Asks until the server waits for us, which it does when every buffer between it and us is full, or has written all. */
async function waitEvent(admin: Client): Promise<string> {
  for (;;) {
    const { rows } = await admin.query(
      "SELECT state, wait_event FROM pg_stat_activity WHERE application_name = 'thoth-mesh' AND datname = current_database()",
    );
    const [row] = rows;
    if (row?.wait_event === "ClientWrite") return "ClientWrite";
    if (row?.state !== "active") return `never waited, and is ${row?.state}`;
  }
}

describe("failures name the place and what to do, never the password", () => {
  const table = { columns: { id: "BIGINT" }, mode: "replace" } as const;
  const password = "p%40ss-word";

  test.each<[string, (url: string) => string, string, RegExp]>([
    [
      // No server is given this port by itself.
      "nobody listens",
      () => `postgres://u:${password}@127.0.0.1:2/d`,
      "source-unreachable",
      /ECONNREFUSED/,
    ],
    ["wrong password", (url) => url.replace(/\/\/[^@]*@/, `//nobody:${password}@`), "source-refused", /nobody/],
    ["no such database", (url) => `${url}-none`, "source-refused", /does not exist/],
    ["no such table", (url) => url, "missing-table", /public\.things/],
    ["not a URL", () => `u:${password}@host`, "invalid-connection", /postgres:\/\//],
    ["another database", () => `mysql://u:${password}@host/d`, "invalid-connection", /postgres:\/\//],
  ])("%s", async (_what, change, code, text) => {
    await using database = await openDatabase();
    await using landing = await openLanding();
    const url = change(database.url);
    const failure = await landing.land(only(table, url)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: `ingest/${code}` });
    expect(inspect(failure)).toMatch(text);
    expect(inspect(failure, { depth: 20 })).not.toMatch(/p%40ss|p@ss|test-only-password/);
  });

  test("a missing permission, a statement that lasts too long, a session that is cut", async () => {
    await using database = await openDatabase();
    const { admin, url } = database;
    await admin.query(`CREATE TABLE things (id int PRIMARY KEY, note text);
INSERT INTO things SELECT i, repeat('x', 1000) FROM generate_series(1, 20000) AS i;
CREATE VIEW slow AS SELECT id, pg_sleep(0.01)::text AS note FROM things; CREATE ROLE lowly${databases} LOGIN PASSWORD 'x'`);
    await using landing = await openLanding();
    const refused = landing.land(only(table, url.replace(/\/\/[^@]*@/, `//lowly${databases}:x@`)));
    await expect(refused).rejects.toMatchObject({
      code: "ingest/source-refused",
      message: expect.stringMatching(/permission denied/),
    });
    const both = { columns: { id: "BIGINT", note: "VARCHAR" }, mode: "replace" } as const;
    const slow = landing.land(only({ ...both, table: "slow" }, url, { statementTimeoutMs: 50 }));
    await expect(slow).rejects.toMatchObject({
      code: "ingest/source-timeout",
      message: expect.stringMatching(/50 ms/),
    });
    const cursor = { column: "id", key: "id" };
    const stream = only({ ...both, mode: "append", cursor }, url, { batchRows: 500 });
    const cut: Stream = {
      ...stream,
      async *read(context) {
        for await (const batch of stream.read(context)) {
          yield batch;
          await admin.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'thoth-mesh'",
          );
        }
      },
    };
    await expect(landing.land(cut)).rejects.toMatchObject({ code: "ingest/source-unreachable" });
    await landing.land(stream);
    expect(await landing.query("select count(*) as n, count(distinct id) as d from raw.things")).toEqual([
      { n: 20_000n, d: 20_000n },
    ]);
  });

  test("a setting that is absent, and one that is there", async () => {
    await using database = await openDatabase();
    await database.admin.query("CREATE TABLE things (id int); INSERT INTO things VALUES (1)");
    await using landing = await openLanding();
    const [stream] = postgresTables({ connection: "THOTH_TEST_POSTGRES_URL", tables: { things: table } }).streams;
    await expect(landing.land(stream as Stream)).rejects.toMatchObject({
      code: "ingest/missing-setting",
      message: expect.stringMatching(/THOTH_TEST_POSTGRES_URL/),
    });
    process.env.THOTH_TEST_POSTGRES_URL = database.url;
    try {
      expect(await landing.land(stream as Stream)).toMatchObject({ rowsRead: 1 });
    } finally {
      delete process.env.THOTH_TEST_POSTGRES_URL;
    }
  });

  test("an abort while the server is silent ends the read", async () => {
    await using database = await openDatabase();
    await database.admin.query("CREATE VIEW things AS SELECT 1 AS id, pg_sleep(60)::text AS note");
    await using landing = await openLanding();
    const stop = new AbortController();
    const stream = only({ columns: { id: "BIGINT", note: "VARCHAR" }, mode: "replace" }, database.url);
    const landed = landing.land(stream, { signal: stop.signal });
    const state =
      "SELECT 1 FROM pg_stat_activity WHERE application_name = 'thoth-mesh' AND query LIKE 'COPY%' AND datname = current_database()";
    while ((await database.admin.query(state)).rowCount === 0);
    stop.abort();
    await expect(landed).rejects.toMatchObject({ name: "AbortError" });
  });
});
