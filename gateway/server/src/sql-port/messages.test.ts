import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSqlDoor, type SqlDoor } from "./fixtures/sql-door.ts";

let door: SqlDoor;
let client: pg.Client;

beforeAll(async () => {
  door = await openSqlDoor();
  client = await door.connect({ options: "-c search_path=library_loans" });
});
afterAll(async () => {
  await client?.end();
  await door?.[Symbol.asyncDispose]();
});

/** Statement, SQLSTATE, what is marked by the position, message, hint. */
test.each<[string, string, string, RegExp, RegExp]>([
  ["selec 1", "42601", "selec 1", /syntax error/, /Correct the statement at the place named/],
  [
    "select b.nope from books b",
    "42703",
    "b.nope",
    /^Table "b" has no column "nope"$/,
    /^There is: isbn, title, pages/,
  ],
  [
    "select isbn from books where pagse > 1",
    "42703",
    "pagse",
    /^Column "pagse" does not exist$/,
    /^Did you mean pages\?$/,
  ],
  [
    "select b.isbn from books",
    "42P01",
    "b.isbn",
    /^Table "b" does not exist in the FROM clause$/,
    /^There is: books.$/,
  ],
  ["select last_redaer from books", "42703", "last_redaer", /^Column "last_redaer" does not exist$/, /^There is: isbn/],
  ["select isbn from public.books", "42P01", "public", /no table public.books/, /^There is library_loans.books\. /],
  ["select isbn from libary_loans.bokos", "42P01", "libary", /no table/, /^Did you mean library_loans.books\? /],
  ["select count(*), isbn from books", "42803", "isbn", /GROUP BY/, /Correct/],
  ["select title + 1 from books", "42883", "+ 1", /'\+\(VARCHAR, INTEGER_LITERAL\)'. Cast its arguments/, /Correct/],
  ["select to_char(now(), 'YYYY')", "42501", "to_char", /to_char\(\) may not/, /write strftime\(value, '%Y-%m-%d'\)/],
  [
    "select * from boks",
    "42P01",
    "boks",
    /no table boks in the schemas of search_path: library_loans/,
    /Did you mean library_loans.books\?/,
  ],
  ["select 1::jsonb", "42704", "jsonb", /jsonb does not exist/, /Correct/],
  ["insert into books values (1)", "0A000", "insert", /INSERT is not a query/, /Only one SELECT/],
  ["set search_path = a b", "42601", "b", /end of SET is expected/, /SELECT, COPY/],
  ["fetch backward\nsideways x", "0A000", "", /Going back/, /declare it anew/],
  [
    "deallocate prepare",
    "42601",
    "",
    /name of a prepared statement is expected where the statement ends/,
    /SELECT, COPY/,
  ],
  ["declare c\n  sideways cursor for select 1", "42601", "sideways", /or CURSOR is expected/, /SELECT, COPY/],
  ["copy books to stdout (format parquet)", "0A000", "", /format parquet/, /text, csv or binary/],
  ["select * from pg_clas", "42P01", "pg_clas", /does not exist/, /asked of the catalog/],
  ["select relnam from pg_class", "42703", "relnam", /relnam/, /Perhaps you meant/],
  ["select * from pg_class, books", "0A000", "", /both products and the catalog/, /in another/],
])("%s", async (text, code, marked, message, hint) => {
  const failure = await client.query(text).then(
    () => undefined,
    (error: pg.DatabaseError) => error,
  );
  expect(failure).toMatchObject({ code, detail: expect.stringContaining("/") });
  expect(failure?.message).toMatch(message);
  expect(failure?.hint).toMatch(hint);
  expect(marked === "" || text.slice(Number(failure?.position) - 1).startsWith(marked), failure?.position).toBe(true);
});
