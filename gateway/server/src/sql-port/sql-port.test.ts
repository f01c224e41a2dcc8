import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openSqlDoor, type SqlDoor } from "./fixtures/sql-door.ts";

let door: SqlDoor;
let client: pg.Client;

beforeAll(async () => {
  door = await openSqlDoor({ limits: { reviewMs: 50 } });
  client = await door.connect();
});
afterAll(async () => {
  await client?.end();
  await door?.[Symbol.asyncDispose]();
});
beforeEach(() => client.query("rollback"));

const books = "library_loans.books";

describe("rows", () => {
  test("have the types that Postgres' clients know", async () => {
    const { rows, fields } = await client.query(`select * from ${books} order by isbn`);
    expect(rows[0]).toEqual({
      isbn: "A1",
      title: "Algebra",
      pages: 120,
      price: "12.50",
      bought_on: new Date(2020, 1, 29),
      scanned_at: new Date("2026-03-01T10:00:00.500Z"),
      weight: 0.25,
      is_lent: true,
      shelf: "S1",
    });
    expect(rows[2]).toMatchObject({ title: null, pages: null, price: null, is_lent: null });
    const { INT4, NUMERIC, DATE, TIMESTAMPTZ, FLOAT8, BOOL, TEXT } = pg.types.builtins;
    expect(fields.map(({ dataTypeID }) => dataTypeID)).toEqual([
      ...[TEXT, TEXT, INT4, NUMERIC, DATE, TIMESTAMPTZ, FLOAT8, BOOL, TEXT],
    ]);
  });

  test("are the same in binary", async () => {
    const text = `select isbn, pages, weight, is_lent, scanned_at, title from ${books} order by isbn`;
    const binary = await client.query({ text, binary: true } as pg.QueryConfig);
    expect(binary.rows).toEqual((await client.query(text)).rows);
  });

  test.each<[string, unknown[], unknown[]]>([
    ["pages > $1", [100], ["A1"]],
    ["isbn = $1 and price = $2", ["A1", "12.50"], ["A1"]],
    ["bought_on < $1", ["2000-01-01"], ["C3"]],
    ["scanned_at >= $1", [new Date("2026-01-01T00:00:00Z")], ["A1"]],
    ["is_lent = $1", [false], ["B2"]],
    ["title is not distinct from $1", [null], ["C3"]],
    ["title = $1", ['It\'s "B", \\n'], ["B2"]],
    ["list_contains($1, isbn)", [["A1", "C3"]], ["A1", "C3"]],
  ])("where %s with %j", async (condition, values, expected) => {
    const { rows } = await client.query(`select isbn from ${books} where ${condition} order by isbn`, values);
    expect(rows.map(({ isbn }) => isbn)).toEqual(expected);
  });

  test("a statement that was prepared once runs again with other values", async () => {
    const ask = (isbn: string) =>
      client.query({ name: "by isbn", text: `select title from ${books} where isbn = $1`, values: [isbn] });
    expect((await ask("A1")).rows).toEqual([{ title: "Algebra" }]);
    expect((await ask("C3")).rows).toEqual([{ title: null }]);
  });

  test("of many come all, in order", async () => {
    const { rows } = await client.query({
      text: "select number from library_loans.visits order by number",
      rowMode: "array",
    });
    expect(rows).toHaveLength(200_000);
    expect(rows.every(([number], index) => Number(number) === index)).toBe(true);
  });

  test.each(["", " ; ", "-- nothing"])("nothing is answered to %j", async (text) => {
    expect((await client.query(text)).rows).toEqual([]);
  });
});

describe("what is refused", () => {
  test.each<[string, string, string, unknown?]>([
    ["select nope from library_loans.books", "42703", "warehouse/statement-failed", 8],
    ["select *\nfrom library_loans.nothing", "42P01", "access/sql-unknown-table", 15],
    ["selec 1", "42601", "warehouse/sql-syntax", 1],
    ["insert into library_loans.books values ('x')", "0A000", "warehouse/sql-not-a-select"],
    ["select 1; select 2", "42601", "gateway/sql-many-statements"],
    ["select * from read_csv('/etc/passwd')", "42501", "warehouse/function-refused"],
    ["copy library_loans.books from stdin", "0A000", "gateway/sql-unsupported"],
    ["copy library_loans.books to '/tmp/books'", "0A000", "gateway/sql-unsupported"],
    ["set role postgres", "0A000", "gateway/sql-unsupported"],
    ["set nothing.like = 'this'", "42704", "gateway/sql-unknown-setting"],
    ["set client_encoding to 'latin1'", "22023", "gateway/sql-bad-setting"],
    ["attach '/etc/passwd'", "0A000", "warehouse/sql-not-a-select"],
    ["select cast(title as integer) from library_loans.books", "22P02", "warehouse/statement-failed"],
  ])("%s", async (text, code, detail, position) => {
    const failure = await client.query(text).catch((error: pg.DatabaseError) => error);
    expect(failure).toMatchObject({ severity: "ERROR", code, hint: expect.any(String) });
    expect((failure as pg.DatabaseError).detail).toContain(detail);
    if (position !== undefined) expect(Number((failure as pg.DatabaseError).position)).toBe(position);
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });

  test("what needs too much memory, without the engine's own words about it", async () => {
    const notes =
      "select a.note || b.note as n from library_loans.visits a, library_loans.visits b where b.number < 30";
    const failure = await client.query(`select * from (${notes}) order by n`).catch((error: pg.DatabaseError) => error);
    expect(failure).toMatchObject({ code: "53200", detail: "warehouse/out-of-memory" });
    expect((failure as Error).message).not.toMatch(/MiB|directory/);
  });

  test("a column that needs an agreement, and is there once it is granted", async () => {
    const ask = () => client.query(`select last_reader from ${books} where isbn = 'A1'`);
    await expect(ask()).rejects.toMatchObject({ detail: expect.stringContaining("/") });
    door.granted.add("ada");
    expect((await ask()).rows).toEqual([{ last_reader: "ada" }]);
    door.granted.delete("ada");
    await expect(ask()).rejects.toMatchObject({ severity: "ERROR" });
  });

  test("an answer ends when its reader may not see the same any more", async () => {
    door.granted.add("ada");
    await client.query("begin");
    await client.query("declare c cursor for select * from library_loans.visits");
    expect((await client.query("fetch 10 from c")).rows).toHaveLength(10);
    const rest = client.query("fetch all from c");
    door.granted.delete("ada");
    await expect(rest).rejects.toMatchObject({ code: "42501", detail: "gateway/sql-access-changed" });
  });
});

describe("a transaction", () => {
  test("reads, fails, and goes on from a savepoint", async () => {
    await client.query("begin read only");
    await client.query("savepoint here");
    await expect(client.query("select nope")).rejects.toBeDefined();
    await expect(client.query("select 1")).rejects.toMatchObject({ code: "25P02" });
    await client.query("rollback to savepoint here");
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    await expect(client.query("release nothing")).rejects.toMatchObject({ code: "3B001" });
    expect((await client.query("commit")).command).toBe("ROLLBACK");
  });

  test("takes back settings that were made in it", async () => {
    const purpose = async () => (await client.query("show mesh.purpose")).rows[0]["mesh.purpose"];
    await client.query("begin");
    await client.query("set mesh.purpose = 'a'");
    expect(await purpose()).toBe("a");
    await client.query("rollback");
    expect(await purpose()).toBe("");
    await client.query("set mesh.purpose = 'b'");
    await client.query("select isbn from library_loans.books");
    expect(door.reads.at(-1)?.purpose).toBe("b");
    await client.query("discard all");
    expect(await purpose()).toBe("");
  });

  test.each(["rollback", "commit"])("that is not there leaves all settings as they are: %s only warns", async (end) => {
    const warnings: unknown[] = [];
    const hear = ({ code }: { readonly code: string | undefined }) => void warnings.push(code);
    client.on("notice", hear);
    await client.query("set mesh.purpose = 'kept'");
    await client.query("set search_path = library_loans");
    await client.query(end);
    expect((await client.query("show mesh.purpose")).rows).toEqual([{ "mesh.purpose": "kept" }]);
    expect((await client.query("show search_path")).rows).toEqual([{ search_path: "library_loans" }]);
    expect(warnings).toEqual(["25P01"]);
    client.off("notice", hear);
    await client.query("discard all");
  });

  test("settings are made by a SELECT, too, which pgAdmin does among others", async () => {
    const text = "set client_min_messages = notice; select set_config('mesh.purpose', 'c', false); set datestyle = iso";
    const results = (await client.query(text)) as unknown as pg.QueryResult[];
    expect(results[1]?.rows).toEqual([{ set_config: "c" }]);
    expect((await client.query("show mesh.purpose")).rows).toEqual([{ "mesh.purpose": "c" }]);
    await client.query("reset all");
  });

  test("several statements may come at once while one at most reads", async () => {
    const results = (await client.query("begin; select 1 as one; commit")) as unknown as pg.QueryResult[];
    expect(results.map(({ command, rows }) => [command, rows])).toEqual([
      ["BEGIN", []],
      ["SELECT", [{ one: 1 }]],
      ["COMMIT", []],
    ]);
  });
});

describe("cursors", () => {
  test("give rows in parts, as text or binary", async () => {
    await client.query("begin");
    await client.query(
      "declare c no scroll cursor for select number from library_loans.visits where number > $1 order by number",
      [5],
    );
    const numbers = async (text: string, binary = false) =>
      (await client.query({ text, binary } as pg.QueryConfig)).rows.map(({ number }) => Number(number));
    expect(await numbers("fetch 2 from c")).toEqual([6, 7]);
    expect((await client.query("move 3 in c")).rows).toEqual([]);
    expect(await numbers("fetch next from c", true)).toEqual([11]);
    await client.query("close c");
    await expect(client.query("fetch 1 from c")).rejects.toMatchObject({ code: "34000" });
  });

  test("are only so many, and end with their transaction", async () => {
    await expect(client.query("declare c cursor for select 1")).rejects.toMatchObject({ code: "25P01" });
    await client.query("begin");
    for (const name of ["a", "b", "c", "d"]) await client.query(`declare ${name} cursor for select 1`);
    await expect(client.query("declare e cursor for select 1")).rejects.toMatchObject({ code: "53400" });
    await client.query("rollback");
    await expect(client.query("fetch a")).rejects.toMatchObject({ code: "34000" });
  });

  test("that are held go on behind it", async () => {
    await client.query("declare held cursor with hold for select isbn from library_loans.books order by isbn");
    expect((await client.query("fetch 1 from held")).rows).toEqual([{ isbn: "A1" }]);
    await client.query("begin; commit");
    expect((await client.query("fetch 5 from held")).rows).toEqual([{ isbn: "B2" }, { isbn: "C3" }]);
    await client.query("close all");
  });

  test("rows come in parts by the protocol, too", async () => {
    const seen: number[] = [];
    const query = new pg.Query({
      text: "select number from library_loans.visits order by number limit 25",
      rows: 10,
    } as pg.QueryConfig);
    query.on("row", ({ number }) => void seen.push(Number(number)));
    const ended = new Promise((resolve, reject) => void query.on("end", resolve).on("error", reject));
    client.query(query);
    await ended;
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => index));
  });
});

describe("what takes too long", () => {
  const endless =
    "select count(*) from library_loans.visits a, library_loans.visits b where a.number * b.number % 1000003 = 17";

  test("ends at the time that its client has set", async () => {
    await client.query("set statement_timeout = 100");
    await expect(client.query(endless)).rejects.toMatchObject({ code: "57014", detail: "gateway/sql-timed-out" });
    await client.query("reset statement_timeout");
  });

  test("ends when its client cancels it, from another connection", async () => {
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const running = expect(client.query(endless)).rejects.toMatchObject({
      code: "57014",
      detail: "gateway/sql-cancelled",
    });
    const wrong = (new pg.Client() as unknown as { connection: Canceller }).connection;
    const right = (new pg.Client() as unknown as { connection: Canceller }).connection;
    await cancel(wrong, processID, secretKey ^ 1);
    await cancel(right, processID, secretKey);
    await running;
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });

  interface Canceller {
    connect(port: number, host: string): void;
    cancel(processId: number, secret: number): void;
    once(event: "connect" | "end", listener: () => void): void;
    on(event: "error", listener: () => void): void;
  }

  function cancel(connection: Canceller, processId: number, secret: number): Promise<void> {
    connection.connect(door.port, "127.0.0.1");
    connection.on("error", () => undefined);
    connection.once("connect", () => connection.cancel(processId, secret));
    return new Promise((resolve) => connection.once("end", resolve));
  }
});

describe("the audit trail", () => {
  test("hears of a read before its first row and behind its last, and of refusals", async () => {
    const before = door.reads.length;
    await client.query("select isbn from library_loans.books");
    const [begun, done] = door.reads.slice(before);
    expect(begun).toMatchObject({ outcome: "begun", rows: null, principal: { name: "ada" }, authenticated: "token" });
    expect(done).toMatchObject({ outcome: "allowed", rows: 3, requestId: begun?.requestId });
    expect(done?.reads.map(({ model, columns }) => [model.id, columns])).toEqual([["library-loans/books", ["isbn"]]]);
    await client.query("select last_reader from library_loans.books").catch(() => undefined);
    expect(door.refusals.at(-1)).toMatchObject({ principal: { name: "ada" }, code: expect.stringContaining("/") });
    expect(door.refusals.at(-1)?.reads).toMatchObject([
      { model: { id: "library-loans/books" }, columns: ["last_reader"] },
    ]);
  });

  test("that cannot be written keeps rows from leaving", async () => {
    const onRead = () => Promise.reject(new Error("the disk is full: /secret/path"));
    await using shut = await openSqlDoor({ onRead });
    const reader = await shut.connect();
    await expect(reader.query("select isbn from library_loans.books")).rejects.toMatchObject({
      code: "XX000",
      message: expect.not.stringContaining("secret"),
    });
    await reader.end();
  });
});
