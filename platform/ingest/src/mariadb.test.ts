import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { inspect } from "node:util";
import { openLanding } from "@thoth/testing/landing";
import { findMariadb, startMariadb, type TestMariadb } from "@thoth/testing/mariadb";
import { tempDir } from "@thoth/testing/temp-dir";
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newFieldValue, type SuiteRow, type SuiteSource, suiteConnector } from "./connector.suite.ts";
import type { ReadContext, Stream } from "./connector.ts";
import { afterEachBatch, type SuiteDatabase, type SuiteServer, suiteDatabase } from "./database.suite.ts";
import { suiteDatabaseParts } from "./database-parts.suite.ts";
import { type MariadbOptions, type MariadbTableOptions, mariadbTables } from "./mariadb.ts";

describe.skipIf(findMariadb() === undefined)("a real server", () => {
  let mariadb: TestMariadb;
  let databases = 0;

  beforeAll(async () => {
    mariadb = await startMariadb();
  });
  afterAll(() => mariadb?.[Symbol.asyncDispose]());

  interface Database extends AsyncDisposable {
    readonly url: string;
    readonly admin: Connection;
  }

  async function openDatabase(): Promise<Database> {
    const url = await mariadb.createDatabase(`d${++databases}`);
    const admin = await openAdmin(url);
    return { url, admin, [Symbol.asyncDispose]: () => admin.end() };
  }

  async function openAdmin(url: string): Promise<Connection> {
    const admin = await createConnection({ uri: url, multipleStatements: true, timezone: "Z" });
    admin.on("error", () => undefined);
    await admin.query("SET time_zone = '+00:00', sql_mode = ''");
    return admin;
  }

  function only(options: MariadbTableOptions & { stream?: string }, url: string, more: Partial<MariadbOptions> = {}) {
    const { stream = "things", ...table } = options;
    return mariadbTables({ connection: () => url, tables: { [stream]: table }, ...more }).streams[0] as Stream;
  }

  /** A table whose reader may see the declared columns only: selecting the secret, or `*`, would fail. */
  async function openThings(mode: "append" | "replace"): Promise<SuiteSource> {
    const { url, admin, ...database } = await openDatabase();
    const reader = `reader${databases}`;
    await admin.query(`CREATE TABLE things (id bigint PRIMARY KEY, name text, amount decimal(38,9), big decimal(38,0), at datetime(6) NOT NULL,
  day date, ok tinyint(1), payload json, who text, secret text);
CREATE USER ${reader}@'%' IDENTIFIED BY 'reader-password';
GRANT SELECT (id, name, amount, big, at, day, ok, payload, who) ON things TO ${reader}@'%'`);
    const readerUrl = url.replace(/\/\/[^@]*@/, `//${reader}:reader-password@`);
    const insert = "INSERT INTO things (id, name, amount, big, at, day, ok, payload, who, secret) VALUES ?";
    return {
      add: async (rows) => {
        await admin.query(insert, [rows.map(serverRow)]);
      },
      addField: async () => {
        await admin.query(`ALTER TABLE things ADD COLUMN api_token text DEFAULT '${newFieldValue}'`);
      },
      stream: (columns, more) =>
        only({ columns, mode, cursor: { column: "at", key: "id" }, ...more }, readerUrl, { batchRows: 100 }),
      [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
    };
  }

  // The account that reads may see the declared columns only.
  suiteConnector("mariadb, append", () => openThings("append"), { newFieldsUnseen: true });
  suiteConnector("mariadb, replace", () => openThings("replace"), { wholeOnly: true, newFieldsUnseen: true });

  const server: SuiteServer = {
    openDatabase: async () => suiteDatabaseOf(await openDatabase()),
    async openAlone() {
      const server = await startMariadb();
      const url = await server.createDatabase("alone");
      const admin = await openAdmin(url);
      return suiteDatabaseOf({ url, admin, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() });
    },
    instant: "timestamp(6)",
    numbers: (count) => `(SELECT seq AS i FROM seq_1_to_${count}) AS numbers`,
  };
  suiteDatabase("mariadb", server);
  suiteDatabaseParts("mariadb", server);

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
      ["times in one microsecond", "timestamp(6)", "'2026-01-01 00:00:00.123456'", "TIMESTAMP WITH TIME ZONE"],
      ["times without a zone", "datetime(6)", "'2026-01-01 00:00:00.123456'", "TIMESTAMP"],
      ["times of an offset", "datetime", "'2026-01-01 00:00:00'", "TIMESTAMP WITH TIME ZONE"],
      ["days", "date", "'2026-01-01'", "DATE"],
      ["numbers", "int", "7", "INTEGER"],
      ["unsigned numbers", "bigint unsigned", "7", "UBIGINT"],
      ["exact numbers", "decimal(38,9)", "12345678901234567890123456789.123456789", "DECIMAL(38,9)"],
      ["bytes", "varbinary(9)", "X'00FF22'", "BLOB"],
      ["texts", "varchar(50)", `'a "b", \\'c\\\\'`, "VARCHAR"],
    ])("many rows with the same cursor lose none between batches: %s", async (_what, type, value, declared) => {
      await using database = await openDatabase();
      const { admin, url } = database;
      await admin.query(`CREATE TABLE things (id varchar(20) PRIMARY KEY, at ${type} NOT NULL);
INSERT INTO things SELECT CONCAT('k,"', seq), ${value} FROM seq_1_to_150`);
      for (const overlap of [0, 1000]) {
        await using landing = await openLanding();
        const options = { columns: { id: "VARCHAR", at: declared }, cursor: { ...cursor, overlap } };
        const stream = only({ ...options, mode: "append" }, url, { batchRows: 7, datetimeOffset: "+10:00" });
        const stop = new AbortController();
        const cut = { ...stream, read: (context: ReadContext) => first(stream, context, stop) };
        await expect(landing.land(cut, { signal: stop.signal })).rejects.toMatchObject({ name: "AbortError" });
        expect(await landing.land(stream)).toMatchObject({ rowsRead: 143, rowCountAfter: 150 });
        expect(await landing.query("select count(distinct id) as n from raw.things")).toEqual([{ n: 150n }]);
      }
    });

    test("a cursor that would lose rows or show a secret is refused", async () => {
      await using database = await openDatabase();
      await database.admin.query(`CREATE TABLE things (id int, at datetime, note varchar(20), other int NOT NULL,
  PRIMARY KEY (id, other), UNIQUE (note(3))); INSERT INTO things VALUES (1, null, 'a', 1);
CREATE TABLE fine (id int PRIMARY KEY, at datetime, note text); INSERT INTO fine VALUES (1, null, 'a')`);
      await using landing = await openLanding();
      const land = (table: Partial<MariadbTableOptions>) =>
        landing.land(only({ columns, cursor, mode: "append", ...table }, database.url), { full: true });
      await expect(land({ table: "fine" })).rejects.toMatchObject({
        code: "ingest/unfit-cursor",
        message: expect.stringMatching(/null in some rows/),
      });
      await expect(land({})).rejects.toMatchObject({ message: expect.stringMatching(/by id: no index says/) });
      await expect(land({ cursor: { column: "at", key: "note" } })).rejects.toMatchObject({
        message: expect.stringMatching(/no index says/),
      });
      await expect(land({ columns: { id: "BIGINT" } })).rejects.toMatchObject({
        message: expect.stringMatching(/by at: it is not declared/),
      });
      await expect(land({ table: "fine", columns: { ...columns, at: "DATE" } })).rejects.toMatchObject({
        message: expect.stringMatching(/DATE does not hold/),
      });
      const secretKey = { ...columns, id: { type: "VARCHAR", pseudonymise: true } };
      await expect(land({ table: "fine", columns: secretKey })).rejects.toMatchObject({
        message: expect.stringMatching(/checkpoint would show it/),
      });
    });
  });

  test("types of the server arrive exactly", async () => {
    await using database = await openDatabase();
    await database.admin.query(`CREATE TABLE \`T;"\` (\`a "b\` int, most bigint unsigned, price decimal(65,30), half float,
  tall double, big_tall double, flags set('x"y', 'z', 'a\\\\b'), plain_flags set('x', 'z'), empty_flags set('x'), state enum('a', 'é'),
  bits bit(12), bit_flag bit(1), flag tinyint(1), hash binary(3), long_hash blob, latin varchar(20) CHARACTER SET latin1, late time, born year,
  stamp timestamp NULL, local datetime(3), moment datetime, day date, document json, spot point, nothing int);
INSERT INTO \`T;"\` VALUES (7, 18446744073709551615, '12345678901234567890123456789.000000001', 0.1, 0.1, 1.7976931348623157e308,
  'x"y,a\\\\b', 'x,z', '', 'é', b'101010101010', b'1', 1, X'00FF01', X'22002C0A', 'Zoë', '-30:01:02', 2026,
  '2026-07-01 09:30:00', '2026-03-29 02:30:00.125', '2026-07-01 09:30:00', '2024-02-29', '{"b":1.10,"a":[null]}', POINT(1, 2), NULL)`);
    await using landing = await openLanding();
    const columns = {
      number: { type: "INTEGER", from: 'a "b' },
      most: "UBIGINT",
      price: "DECIMAL(38,9)",
      half: "FLOAT",
      half_price: { type: "DECIMAL(6,2)", from: "half" },
      tall: "DOUBLE",
      big_tall: "DOUBLE",
      flags: "VARCHAR[]",
      plain_flags: "VARCHAR",
      empty_flags: "VARCHAR[]",
      state: "VARCHAR",
      bits: "INTEGER",
      bit_flag: "BOOLEAN",
      flag: "BOOLEAN",
      hash: "BLOB",
      long_hash: "BLOB",
      latin: "VARCHAR",
      late: "INTERVAL",
      born: "INTEGER",
      stamp: "TIMESTAMP WITH TIME ZONE",
      local: "TIMESTAMP",
      moment: "TIMESTAMP WITH TIME ZONE",
      day: "DATE",
      document: "JSON",
      spot: "VARCHAR",
      nothing: "INTEGER",
    };
    const options = { table: 'T;"', mode: "replace", columns } as const;
    await landing.land(only(options, database.url, { datetimeOffset: "+10:00" }));
    const [row] = await landing.query(`select * exclude (_run_id, _loaded_at, _source)
  replace (half = 0.1::float as half, document::varchar as document, late::varchar as late, stamp::varchar as stamp,
    local::varchar as local, moment::varchar as moment, "day"::varchar as "day", most::varchar as most) from raw.things`);
    expect(row).toEqual({
      number: 7,
      most: "18446744073709551615",
      price: "12345678901234567890123456789.000000001",
      half: true,
      half_price: "0.10",
      tall: 0.1,
      big_tall: Number.MAX_VALUE,
      flags: ['x"y', "a\\b"],
      plain_flags: "x,z",
      empty_flags: [],
      state: "é",
      bits: 0b101010101010,
      bit_flag: true,
      flag: true,
      hash: Uint8Array.of(0, 255, 1),
      long_hash: Uint8Array.of(0x22, 0, 0x2c, 0x0a),
      latin: "Zoë",
      late: "-30:01:02",
      born: 2026,
      stamp: "2026-07-01 09:30:00+00",
      local: "2026-03-29 02:30:00.125",
      moment: "2026-06-30 23:30:00+00",
      day: "2024-02-29",
      document: '{"b":1.10,"a":[null]}',
      spot: "POINT(1 2)",
      nothing: null,
    });
  });

  test("a zero date is null or an error, as declared; a flag of 2 is no boolean", async () => {
    await using database = await openDatabase();
    await database.admin.query(`CREATE TABLE things (id int PRIMARY KEY, day date, at datetime, stamp timestamp NULL, flag tinyint(1));
INSERT INTO things VALUES (1, '0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00', 2)`);
    await using landing = await openLanding();
    const land = (columns: Record<string, string>, more: Partial<MariadbOptions> = {}) =>
      landing.land(only({ columns, mode: "replace" }, database.url, more), { full: true });
    const times = { day: "DATE", at: "TIMESTAMP WITH TIME ZONE", stamp: "TIMESTAMP" };
    await expect(land(times)).rejects.toMatchObject({
      code: "ingest/wrong-type",
      message: expect.stringMatching(/Column day holds "0000-00-00"/),
    });
    await land(times, { zeroDates: "null" });
    expect(await landing.query(`select "day", "at", stamp from raw.things`)).toEqual([
      { day: null, at: null, stamp: null },
    ]);
    await expect(land({ flag: "BOOLEAN" })).rejects.toMatchObject({ code: "ingest/wrong-type" });
  });

  test("zero dates and flags of 2 are held back where the stream does without a few; the cursor may be one of them", async () => {
    await using database = await openDatabase();
    await database.admin.query(`CREATE TABLE things (id int PRIMARY KEY, at datetime NOT NULL, flag tinyint(1));
INSERT INTO things VALUES (1, '0000-00-00 00:00:00', 1), (2, '2026-01-01 00:00:00', 2), (3, '2026-01-02 00:00:00', 1)`);
    await using landing = await openLanding();
    const columns = { id: "INTEGER", at: "TIMESTAMP", flag: "BOOLEAN" };
    const table = { columns, cursor: { column: "at", key: "id" }, mode: "append", deletes: "mark" } as const;
    const stream = only({ ...table, maxRejectedShare: 0.7 }, database.url);
    expect(await landing.land(stream)).toMatchObject({ rowsRead: 3, rowsInserted: 1, rowsRejected: 2 });
    expect(
      await landing.query(`select rules, "row" ->> 'at' as "at" from mesh.rejected_rows order by "row" ->> 'id'`),
    ).toEqual([
      { rules: ["type:at"], at: "0000-00-00 00:00:00" },
      { rules: ["type:flag"], at: "2026-01-01 00:00:00" },
    ]);
    expect(await landing.land(stream)).toMatchObject({ rowsRead: 0, rowsDeleted: 0, rowCountAfter: 1 });
    await database.admin.query("UPDATE things SET at = '2026-01-02 00:00:01', flag = 0 WHERE id = 2");
    expect(await landing.land(stream)).toMatchObject({ rowsInserted: 1, rowsRejected: 0, rowCountAfter: 2 });
  });

  test("while a batch waits, the server waits; what follows is of the same moment", async () => {
    await using database = await openDatabase();
    const { admin, url } = database;
    await admin.query(`CREATE TABLE things (id int PRIMARY KEY, at int NOT NULL, note text);
INSERT INTO things SELECT seq, seq, REPEAT('x', 1000) FROM seq_1_to_40000`);
    await using landing = await openLanding();
    const columns = { id: "BIGINT", at: "INTEGER", note: "VARCHAR" };
    const table = { columns, cursor: { column: "at", key: "id" }, mode: "append" } as const;
    const stream = only(table, url, { batchRows: 1000 });
    let waiting = "";
    const watched = afterEachBatch(stream, async () => {
      if (waiting !== "") return;
      waiting = await settledState(admin);
      await admin.query("INSERT INTO things VALUES (40001, 40001, ''); DELETE FROM things WHERE id = 39999");
    });
    expect(await landing.land(watched)).toMatchObject({ rowsRead: 40_000 });
    expect(waiting).toBe("Writing to net");
    expect(await landing.land(stream)).toMatchObject({ rowsRead: 1 });
    const wrong = only({ ...table, columns: { ...columns, note: "INTEGER" } }, url, { batchRows: 1000 });
    await expect(landing.land(wrong, { full: true })).rejects.toMatchObject({ code: "ingest/wrong-type" });
    await sessionsEnd(admin);
  });

  /** What the server does for the other session: asked until it waits for us for good, or has nothing to do any more. */
  async function settledState(admin: Connection): Promise<string> {
    for (let same = 0; ; ) {
      const [rows] = await admin.query<RowDataPacket[]>(
        "SELECT COMMAND AS command, STATE AS state FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()",
      );
      const [row] = rows;
      same = row?.state === "Writing to net" ? same + 1 : 0;
      if (same === 50 || row?.command !== "Query") return String(row?.state);
    }
  }

  test("long texts arrive whole, and one that is too long is named as such", async () => {
    await using database = await openDatabase();
    const { admin, url } = database;
    await admin.query(`CREATE TABLE things (id int, a longtext, b longtext);
INSERT INTO things VALUES (1, REPEAT('x', 16000000), REPEAT('"', 15000000))`);
    await using landing = await openLanding();
    const columns = { id: "INTEGER", a: "VARCHAR", b: "VARCHAR" };
    await landing.land(only({ columns, mode: "replace" }, url));
    const lengths = "select length(a) as a, length(b) as b, replace(b, '\"', '') as rest from raw.things";
    expect(await landing.query(lengths)).toEqual([{ a: 16_000_000n, b: 15_000_000n, rest: "" }]);
    const twice = { ...columns, c: { type: "VARCHAR", from: "b" }, d: { type: "VARCHAR", from: "b" } };
    const landed = landing.land(only({ columns: twice, mode: "replace" }, url), { full: true });
    await expect(landed).rejects.toMatchObject({ code: "ingest/row-too-long" });
  });

  describe("failures name the place and what to do, never the password", () => {
    const table = { columns: { id: "BIGINT" }, mode: "replace" } as const;
    const password = "p%40ss-word";

    test.each<[string, (url: string) => string, string, RegExp]>([
      [
        // No server is given this port by itself.
        "nobody listens",
        () => `mysql://u:${password}@127.0.0.1:2/d`,
        "source-unreachable",
        /ECONNREFUSED/,
      ],
      ["wrong password", (url) => url.replace(/\/\/[^@]*@/, `//nobody:${password}@`), "source-refused", /nobody/],
      ["no such database", (url) => `${url}-none`, "source-refused", /Unknown database/],
      ["no such table", (url) => url, "missing-table", /d\d+\.things/],
      ["not a URL", () => `u:${password}@host`, "invalid-connection", /mysql:\/\//],
      ["another database", () => `postgres://u:${password}@host/d`, "invalid-connection", /mysql:\/\//],
      ["no database named", () => `mysql://u:${password}@host`, "invalid-connection", /names no database/],
      ["a broken escape", () => `mysql://u:${password}%@host/d`, "invalid-connection", /percent sign/],
      ["a misspelt parameter", (url) => `${url}?sslmode=require`, "invalid-connection", /sslmode/],
      ["an unknown mode of encryption", (url) => `${url}?ssl-mode=ON`, "invalid-connection", /VERIFY_IDENTITY/],
      ["no authority there", (url) => `${url}?ssl-mode=VERIFY_CA&ssl-ca=/none`, "invalid-connection", /\/none/],
      ["no encryption offered", (url) => `${url}?ssl-mode=REQUIRED`, "source-refused", /encryption/],
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
      await admin.query(`CREATE TABLE things (id int PRIMARY KEY, note text, hidden int);
INSERT INTO things SELECT seq, REPEAT('x', 1000), 1 FROM seq_1_to_20000;
CREATE VIEW slow AS SELECT id, SLEEP(0.01) AS note FROM things;
CREATE USER lowly${databases}@'%' IDENTIFIED BY 'x'; GRANT SELECT (hidden) ON things TO lowly${databases}@'%'`);
      await using landing = await openLanding();
      const lowly = only(table, url.replace(/\/\/[^@]*@/, `//lowly${databases}:x@`));
      await expect(landing.land(lowly)).rejects.toMatchObject({
        code: "ingest/missing-column",
        message: expect.stringMatching(/needs column id/),
      });
      const both = { columns: { id: "BIGINT", note: "VARCHAR" }, mode: "replace" } as const;
      const slow = landing.land(only({ ...both, table: "slow" }, url, { statementTimeoutMs: 50 }));
      await expect(slow).rejects.toMatchObject({
        code: "ingest/source-timeout",
        message: expect.stringMatching(/50 ms/),
      });
      const stream = only({ ...both, mode: "append", cursor: { column: "id", key: "id" } }, url, { batchRows: 500 });
      const cut = afterEachBatch(stream, async () => {
        for (const id of await sessionIds(admin)) await endSession(admin, id);
      });
      await expect(landing.land(cut)).rejects.toMatchObject({ code: "ingest/source-unreachable" });
      await landing.land(stream);
      expect(await landing.query("select count(*) as n, count(distinct id) as d from raw.things")).toEqual([
        { n: 20_000n, d: 20_000n },
      ]);
    });

    test("an abort while the server is silent ends the read, and the statement on the server", async () => {
      await using database = await openDatabase();
      const { admin, url } = database;
      await admin.query("CREATE VIEW things AS SELECT 1 AS id, SLEEP(60) AS note");
      await using landing = await openLanding();
      const stop = new AbortController();
      const stream = only({ columns: { id: "BIGINT", note: "VARCHAR" }, mode: "replace" }, url);
      const landed = landing.land(stream, { signal: stop.signal });
      const asleep = "SELECT 1 FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND STATE = 'User sleep'";
      while ((await admin.query<RowDataPacket[]>(asleep))[0].length === 0);
      stop.abort();
      await expect(landed).rejects.toMatchObject({ name: "AbortError" });
      await sessionsEnd(admin);
    });

    test.skipIf(!hasOpenssl())("encryption by mode: whoever answers, a known authority, the right name", async () => {
      await using dir = await tempDir();
      const tls = { certificate: join(dir.path, "server.pem"), key: join(dir.path, "server.key") };
      const subject = ["-subj", "/CN=db.example.org", "-days", "2", "-keyout", tls.key, "-out", tls.certificate];
      execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...subject], { stdio: "ignore" });
      await using other = await startMariadb({ tls });
      const url = await other.createDatabase("d");
      const admin = await createConnection({ uri: url, multipleStatements: true });
      await admin.query("CREATE USER safe@'%' IDENTIFIED BY 'x' REQUIRE SSL; GRANT ALL ON d.* TO safe@'%'");
      await admin.query("CREATE TABLE things (id int); INSERT INTO things VALUES (1)");
      await admin.end();
      const safe = url.replace(/\/\/[^@]*@/, "//safe:x@");
      await using landing = await openLanding();
      const land = (settings: string) => landing.land(only(table, `${safe}${settings}`), { full: true });
      const authority = `&ssl-ca=${encodeURIComponent(tls.certificate)}`;
      expect(await land("?ssl-mode=REQUIRED")).toMatchObject({ rowsRead: 1 });
      expect(await land(`?ssl-mode=VERIFY_CA${authority}`)).toMatchObject({ rowsRead: 1 });
      const refused = { code: "ingest/source-unreachable" };
      await expect(land("?ssl-mode=VERIFY_CA")).rejects.toMatchObject({
        ...refused,
        message: expect.stringMatching(/certificate/),
      });
      await expect(land(`?ssl-mode=VERIFY_IDENTITY${authority}`)).rejects.toMatchObject({
        ...refused,
        message: expect.stringMatching(/altnames/),
      });
      await expect(land("")).rejects.toMatchObject({ code: "ingest/source-refused" });
    });
  });

  async function sessionIds(admin: Connection): Promise<unknown[]> {
    const others =
      "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()";
    return (await admin.query<RowDataPacket[]>(others))[0].map(({ id }) => id);
  }

  /** One that has ended by itself since it was found is no failure. */
  async function endSession(admin: Connection, id: unknown): Promise<void> {
    const gone = { code: "ER_NO_SUCH_THREAD" };
    await admin.query(`KILL ${id}`).catch((failure: unknown) => expect(failure).toMatchObject(gone));
  }

  /** Asks until nobody but us is in the database. */
  async function sessionsEnd(admin: Connection): Promise<void> {
    while ((await sessionIds(admin)).length > 0);
  }
});

test("an offset that is none is refused where it is declared", () => {
  const options = { connection: "X", tables: {}, datetimeOffset: "Australia/Melbourne" };
  expect(() => mariadbTables(options)).toThrow(expect.objectContaining({ code: "ingest/invalid-offset" }));
});

function serverRow({ id, name, amount, big, at, day, ok, payload, who, secret }: SuiteRow): unknown[] {
  const fraction = /\.(\d+)/.exec(at ?? "")?.[1] ?? "0";
  const whole = at === null ? null : new Date(at.replace(/\.\d+/, "")).toISOString().slice(0, 19);
  const document = payload === null ? null : JSON.stringify(payload);
  return [id, name, amount, big, whole === null ? null : `${whole}.${fraction}`, day, ok, document, who, secret];
}

async function* first(stream: Stream, context: ReadContext, stop: AbortController) {
  for await (const batch of stream.read(context)) {
    yield batch;
    stop.abort();
  }
}

function hasOpenssl(): boolean {
  return spawnSync("openssl", ["version"]).status === 0;
}
