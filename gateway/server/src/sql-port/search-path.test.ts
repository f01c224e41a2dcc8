import type { SmallProduct } from "@thoth/testing/small-contract";
import type pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { books, visits } from "./fixtures/library.ts";
import { openSqlDoor, type SqlDoor } from "./fixtures/sql-door.ts";

const text = { logicalType: "string", classification: "public" };

/** In another domain; `books` is a name in both. */
const oldBooks: SmallProduct = {
  id: "archive/books",
  object: "book",
  key: ["isbn"],
  columns: { isbn: text },
  rows: "select 'OLD' as isbn",
};
const boxes: SmallProduct = {
  id: "archive/boxes",
  object: "box",
  key: ["label"],
  columns: { label: text, content: { ...text, classification: "confidential" } },
  rows: "select 'box 1' as label, 'gold' as content",
};

let door: SqlDoor;
let client: pg.Client;

beforeAll(async () => {
  door = await openSqlDoor({ products: [books, visits, oldBooks, boxes] });
  client = await door.connect();
});
afterAll(async () => {
  await client?.end();
  await door?.[Symbol.asyncDispose]();
});
afterEach(async () => {
  await client.query("rollback; discard all");
});

const firstIsbn = "select min(isbn) as isbn from books";

async function isbn(from = client, statement = firstIsbn): Promise<string> {
  return (await from.query(statement)).rows[0].isbn;
}

async function shown(statement: string, from = client): Promise<unknown> {
  return Object.values((await from.query(statement)).rows[0] as object)[0];
}

describe("a table that is named without its schema", () => {
  test.each([
    ["set search_path to library_loans", "A1"],
    ["set search_path = archive, library_loans", "OLD"],
    ['set search_path to "$user", nothing, "library_loans", archive', "A1"],
    ["set schema 'archive'", "OLD"],
    ["select set_config('search_path', 'archive', false)", "OLD"],
  ])("is looked for in the schemas of %s", async (setting, expected) => {
    await client.query(setting);
    expect(await isbn()).toBe(expected);
    expect((await client.query({ text: `${firstIsbn} where isbn <> $1`, values: ["B2"] })).rows).toEqual([
      { isbn: expected },
    ]);
    expect(await isbn(client, 'with books as (select 7 as isbn) select isbn from "books"')).toBe(7);
  });

  test("is looked for in all schemas when none are set, and must be in one of them", async () => {
    expect(await shown("select label from boxes")).toBe("box 1");
    await expect(client.query(firstIsbn)).rejects.toMatchObject({
      code: "42P09",
      detail: "access/sql-ambiguous-table",
      message: "The table books could be any of library_loans.books, archive.books",
      position: "31",
    });
  });

  test("is refused with the schemas in which it was looked for, and where there is one", async () => {
    await client.query("set search_path to nothing, archive");
    await expect(client.query("select * from visits")).rejects.toMatchObject({
      code: "42P01",
      detail: "access/sql-unknown-table",
      message: "There is no table visits in the schemas of search_path: nothing, archive",
      hint: expect.stringContaining("There is library_loans.visits: write the schema before the name."),
      position: "15",
    });
  });

  test("shows no more of itself than by its whole name", async () => {
    await client.query("set search_path to archive");
    await expect(client.query("select content from boxes")).rejects.toMatchObject({ code: "42703" });
    expect((await client.query("select * from boxes")).fields.map(({ name }) => name)).toEqual(["label"]);
    expect(door.reads.at(-1)?.reads.map(({ model, columns }) => [model.id, columns])).toEqual([
      ["archive/boxes", ["label"]],
    ]);
  });

  test("can be copied, declared a cursor over, and fetched", async () => {
    await client.query("set search_path to archive; begin");
    await client.query("declare c cursor for select isbn from books");
    expect((await client.query("fetch all from c")).rows).toEqual([{ isbn: "OLD" }]);
  });
});

describe("the search path", () => {
  test.each([
    [{ options: "-c search_path=archive" }, "archive", "OLD"],
    [{ options: "-csearch_path=archive,library_loans" }, "archive,library_loans", "OLD"],
    [{ options: "--search_path=nothing,\\ library_loans" }, "nothing, library_loans", "A1"],
  ])("is set by what a client connects with: %j", async (config, path, expected) => {
    const connected = await door.connect(config);
    expect([await shown("show search_path", connected), await isbn(connected)]).toEqual([path, expected]);
    await connected.query("set search_path to ''");
    await expect(isbn(connected)).rejects.toMatchObject({ code: "42P01" });
    await connected.query("reset search_path");
    expect(await isbn(connected)).toBe(expected);
    await connected.end();
  });

  test("is what the catalog goes by, too", async () => {
    const told = async () => [
      await shown("show search_path"),
      await shown("select current_setting('search_path')"),
      await shown("select current_schema()"),
      await shown("select current_schemas(true)::text[]"),
    ];
    const all = "library_loans, archive";
    expect(await told()).toEqual([all, all, "library_loans", ["pg_catalog", "library_loans", "archive"]]);
    await client.query("set search_path to nothing, archive");
    expect(await told()).toEqual(["nothing, archive", "nothing, archive", "archive", ["pg_catalog", "archive"]]);
    await client.query("set search_path to ''");
    expect(await told()).toEqual(['""', '""', null, ["pg_catalog"]]);
    expect((await client.query("show all")).rows).toContainEqual(
      expect.objectContaining({ name: "search_path", setting: '""' }),
    );
  });

  test("counts at the moment at which a prepared statement is run", async () => {
    const ask = async () => [
      (await client.query({ name: "books", text: firstIsbn })).rows[0].isbn,
      (await client.query({ name: "schema", text: "select current_schema()" })).rows[0].current_schema,
    ];
    await client.query("set search_path to archive");
    expect(await ask()).toEqual(["OLD", "archive"]);
    await client.query("set search_path to library_loans");
    expect(await ask()).toEqual(["A1", "library_loans"]);
  });

  test("goes back with its transaction", async () => {
    await client.query("set search_path to archive; begin; set local search_path to library_loans");
    expect(await isbn()).toBe("A1");
    await client.query("commit");
    expect(await isbn()).toBe("OLD");
  });

  test.each(["set search_path to ,", "select set_config('search_path', 'a b', false)"])(
    "%s is refused",
    async (set) => {
      await expect(client.query(set)).rejects.toMatchObject({ code: expect.stringMatching(/42601|22023/) });
    },
  );
});
