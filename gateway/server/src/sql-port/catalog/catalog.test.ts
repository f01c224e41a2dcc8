import { decide } from "@thoth/access/decide";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { now } from "../fixtures/library.ts";
import { keyOfRobot, openSqlDoor, robot, type SqlDoor } from "../fixtures/sql-door.ts";

let door: SqlDoor;
let client: pg.Client;
let anonymous: pg.Client;

beforeAll(async () => {
  door = await openSqlDoor();
  client = await door.connect();
  anonymous = await door.connect({ user: "anonymous", password: undefined });
});
afterAll(async () => {
  await Promise.all([client?.end(), anonymous?.end()]);
  await door?.[Symbol.asyncDispose]();
});

const columns = `select column_name, data_type, is_nullable from information_schema.columns
  where table_schema = 'library_loans' and table_name = $1 order by ordinal_position`;

describe("what the catalog shows", () => {
  test("is what its reader sees, with types, keys and descriptions", async () => {
    const { rows } = await client.query(columns, ["books"]);
    expect(rows).toHaveLength(9);
    expect(rows[0]).toEqual({ column_name: "isbn", data_type: "text", is_nullable: "NO" });
    expect(rows[3]).toEqual({ column_name: "price", data_type: "numeric", is_nullable: "YES" });
    const about = await client.query(
      `select obj_description('library_loans.books'::regclass) as book, a.attname, col_description(a.attrelid, a.attnum) as isbn
       from pg_catalog.pg_index i join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
       where i.indisprimary and i.indrelid = 'library_loans.books'::regclass`,
    );
    expect(about.rows).toEqual([{ book: "Why books are kept.", attname: "isbn", isbn: "The isbn." }]);
    const keys =
      "select conrelid::regclass::text as one, confrelid::regclass::text as other from pg_constraint where contype = 'f'";
    expect((await client.query(keys)).rows).toEqual([{ one: "visits", other: "books" }]);
  });

  test("is less for whom less is shown", async () => {
    const names = (await anonymous.query(columns, ["books"])).rows.map(({ column_name }) => column_name);
    expect(names).toHaveLength(8);
    expect(names).not.toContain("shelf");
    expect(names).not.toContain("last_reader");
  });

  test("says who asks, and of which database", async () => {
    const who = "select current_user, session_user, current_database(), current_schemas(false)::text[] as schemas";
    expect((await client.query(who)).rows).toEqual([
      { current_user: "ada", session_user: "ada", current_database: "mesh", schemas: ["library_loans"] },
    ]);
    expect((await anonymous.query(who)).rows).toMatchObject([{ current_user: "anonymous" }]);
    const roles = "select rolname from pg_roles where rolname !~ '^pg_' order by rolname";
    expect((await client.query(roles)).rows.map(({ rolname }) => rolname)).toEqual(["ada", "mesh", "postgres"]);
  });

  test("changes with what is granted", async () => {
    door.granted.add("ada");
    const names = (await client.query(columns, ["books"])).rows.map(({ column_name }) => column_name);
    expect(names).toContain("last_reader");
    door.granted.delete("ada");
    expect((await client.query(columns, ["books"])).rows).toHaveLength(9);
  });

  test("is empty, and still answers, for who sees no table", async () => {
    await using shut = await openSqlDoor({ decide: (...asked) => ({ ...decide(...asked), readable: false }) });
    const reader = await shut.connect();
    const tables = "select table_name from information_schema.tables where table_schema !~ '^(pg_|information_)'";
    expect((await reader.query(tables)).rows).toEqual([]);
    // What \\dt of psql asks for.
    const listed = `select n.nspname, c.relname from pg_catalog.pg_class c
      left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', '') and n.nspname <> 'pg_catalog' and n.nspname !~ '^pg_toast'
        and n.nspname <> 'information_schema' and pg_catalog.pg_table_is_visible(c.oid)`;
    expect((await reader.query(listed)).rows).toEqual([]);
    expect((await reader.query("select current_user")).rows).toEqual([{ current_user: "ada" }]);
    await reader.end();
  });

  test("comes in binary and in parts, too", async () => {
    // node-postgres takes binary values for text: bytes above 127 would not survive.
    const text = "select (oid::int4 % 100) as part, relname from pg_class order by oid limit 25";
    const binary = await client.query({ text, binary: true, rows: 10 } as pg.QueryConfig);
    expect(binary.rows).toEqual((await client.query(text)).rows);
  });
});

describe("what it refuses", () => {
  test.each([
    ["a product and the catalog at once", "select count(*) from pg_class, visits", "0A000"],
    ["a product by a name in quotes", 'select pg_backend_pid() from "library_loans"."books"', "42000|42501|0A000"],
    ["a product through a list", "select count(*) from pg_class c, books as b", "0A000"],
    [
      "a product in a subquery",
      "select (select count(*) from visits where 1 < 2 and false) from pg_class, visits v",
      "42501|0A000",
    ],
    ["being somebody else", "select set_config('role', 'postgres', false)", "42704"],
    ["being somebody else, in other words", "select set_config('role', 'postgres', false), 1", "42501"],
    ["a file", "select pg_read_file('/etc/passwd')", "42501"],
    ["a folder", "select pg_ls_dir('/')", "42501"],
    ["waiting", "select pg_sleep(60)", "42501"],
    ["ending its engine", "select pg_terminate_backend(pg_backend_pid())", "42501"],
    ["SQL in a text", "select query_to_xml('select * from library_loans.visits', true, true, '')", "42501|42883"],
    [
      "writing",
      "with x as (insert into pg_namespace(nspname) values ('x') returning 1) select * from x",
      "25006|42501",
    ],
    ["making a table", "select * into pg_temp.x from pg_class", "25006|42501"],
    ["more memory than it has", "select length(repeat('x', 900000000)) from pg_class", "53200"],
    ["changing a setting", "update pg_settings set setting = 'x'", "0A000|42501"],
    ["what is not there", "select * from pg_nothing", "42P01"],
    ["nonsense", "select pg_catalog.", "42601"],
  ])("%s", async (_, text, code) => {
    await expect(client.query(text)).rejects.toMatchObject({ code: expect.stringMatching(new RegExp(`^(${code})$`)) });
    expect((await client.query("select current_user")).rows).toEqual([{ current_user: "ada" }]);
  });

  test("a statement that never ends; whoever asked it pauses, and nobody else does", async () => {
    let time = 0;
    await using hasty = await openSqlDoor({ limits: { catalogMs: 700 }, clock: () => now + time });
    const [reader, other] = [await hasty.connect(), await hasty.connect({ user: "robot", password: keyOfRobot })];
    const endless = "select count(*) from pg_class a, pg_class b, pg_class c, pg_class d";
    await expect(reader.query(endless)).rejects.toMatchObject({ code: "57014", detail: "gateway/sql-catalog-slow" });
    const paused = { code: "53400", detail: "gateway/sql-catalog-paused" };
    await expect(reader.query("select current_user")).rejects.toMatchObject(paused);
    expect((await reader.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    // A busy machine may need several tries to answer anything in so short a time; each of them costs a pause.
    const whoIs = async (client: pg.Client) => {
      time += 300_000;
      return (await client.query("select current_user")).rows;
    };
    await expect.poll(() => whoIs(other)).toEqual([{ current_user: robot.name }]);
    await expect.poll(() => whoIs(reader)).toEqual([{ current_user: "ada" }]);
    await Promise.all([reader.end(), other.end()]);
  });

  test.each([
    "select repeat('x', 1000) from pg_class, generate_series(1, 1000)",
    "select n from pg_database, generate_series(1, 1000000) n",
  ])("an answer that is too large: %s", async (text) => {
    await expect(client.query(text)).rejects.toMatchObject({ code: "54000", detail: "gateway/sql-catalog-too-large" });
  });

  test("an error tells where in the statement, and nothing of its engine", async () => {
    const failure = await client.query("select 1,\n nope from pg_class").catch((error: pg.DatabaseError) => error);
    expect(failure).toMatchObject({
      code: "42703",
      position: "12",
      file: undefined,
      line: undefined,
      routine: undefined,
    });
  });
});
