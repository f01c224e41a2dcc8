import fc from "fast-check";
import { expect, test } from "vitest";
import { rowEncoder } from "../values/encode-rows.ts";
import { fieldOf } from "../values/postgres-type.ts";
import { parseCopy } from "./copy-command.ts";
import { copyWriter } from "./copy-rows.ts";
import { parseDeclaration } from "./cursor-declaration.ts";
import { parseSessionCommand } from "./session-command.ts";
import { SessionSettings } from "./session-settings.ts";
import { readTokens, type StatementText, splitStatements } from "./sql-tokens.ts";
import { Transaction } from "./transaction.ts";

function statement(text: string): StatementText {
  return splitStatements(text)[0] as StatementText;
}

test.each([
  ["select 1; select 2", ["select 1", "select 2"]],
  [" ; -- nothing\n ;/* a /* nested */ ; */", []],
  [
    "select ';', \";\", $$ ; $$, $a$ $$;$$ $a$, e'\\';' ; x",
    ["select ';', \";\", $$ ; $$, $a$ $$;$$ $a$, e'\\';'", "x"],
  ],
  ["select 'it''s; ' -- ;\n, 1;", ["select 'it''s; ' -- ;\n, 1"]],
  ["select 'never closed; ", ["select 'never closed; "]],
  ["select $1, a$b$c; x", ["select $1, a$b$c", "x"]],
])("%j is cut at its semicolons", (text, statements) => {
  expect(splitStatements(text).map((each) => each.text)).toEqual(statements);
});

test("tokens are where they say, for any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."a1'\"$;-/*\\ \n(eé😀") }), (text) => {
      let end = 0;
      for (const token of readTokens(text)) {
        expect(token.start).toBeGreaterThanOrEqual(end);
        expect(token.end).toBeGreaterThan(token.start);
        end = token.end;
      }
      expect(end).toBeLessThanOrEqual(text.length);
    }),
  );
});

test.each([
  ["BEGIN", { kind: "begin", tag: "BEGIN" }],
  ["start transaction isolation level serializable, read only", { kind: "begin", tag: "START TRANSACTION" }],
  ["END WORK", { kind: "commit", tag: "COMMIT" }],
  ['rollback to savepoint "A b"', { kind: "rollback-to", name: "A b" }],
  [
    "SET mesh.purpose = 'unit-improvement'",
    { kind: "set", name: "mesh.purpose", value: "unit-improvement", isLocal: false },
  ],
  ["set local statement_timeout to 5000", { kind: "set", name: "statement_timeout", value: "5000", isLocal: true }],
  ["set session DateStyle to iso, mdy", { kind: "set", name: "datestyle", value: "iso, mdy", isLocal: false }],
  [
    "SET TIME ZONE 'Australia/Melbourne'",
    { kind: "set", name: "timezone", value: "Australia/Melbourne", isLocal: false },
  ],
  [
    "set search_path to a, \"B c\", 'D', 'e,f'",
    { kind: "set", name: "search_path", value: 'a, "B c", "D", "e,f"', isLocal: false },
  ],
  ["set local search_path = ''", { kind: "set", name: "search_path", value: '""', isLocal: true }],
  ["set search_path to default", { kind: "set", name: "search_path", value: null, isLocal: false }],
  ["set schema 'A'", { kind: "set", name: "search_path", value: '"A"', isLocal: false }],
  ["set names 'utf8'", { kind: "set", name: "client_encoding", value: "utf8", isLocal: false }],
  ["set extra_float_digits to default", { kind: "set", name: "extra_float_digits", value: null, isLocal: false }],
  ["set transaction read only", { kind: "nothing", tag: "SET" }],
  ["reset all", { kind: "reset-all" }],
  ["show transaction isolation level", { kind: "show", name: "transaction_isolation" }],
  ["SHOW TIME ZONE", { kind: "show", name: "timezone" }],
  ['deallocate prepare "s1"', { kind: "deallocate", name: "s1" }],
  ["fetch forward 10 from c", { kind: "fetch", cursor: "c", count: 10, isMove: false }],
  ['fetch all in "C"', { kind: "fetch", cursor: "C", count: Number.POSITIVE_INFINITY, isMove: false }],
  ["move next c", { kind: "fetch", cursor: "c", count: 1, isMove: true }],
  ["close all", { kind: "close-cursor", name: null }],
  [
    "select pg_catalog.set_config('bytea_output', 'hex', false) from pg_show_all_settings() where name = 'bytea_output'",
    { kind: "settings", columns: [{ column: "set_config", setting: "bytea_output", value: "hex", isLocal: false }] },
  ],
  [
    "select set_config('role', 'x', true)",
    { kind: "settings", columns: [{ column: "set_config", setting: "role", value: "x", isLocal: true }] },
  ],
  [
    "SELECT current_setting('jit') AS cur, set_config('jit', 'off', false) AS \"New\"",
    {
      kind: "settings",
      columns: [
        { column: "cur", setting: "jit", value: undefined, isLocal: false },
        { column: "New", setting: "jit", value: "off", isLocal: false },
      ],
    },
  ],
  ["select set_config('role', 'x', true), 1", undefined],
  ["select set_config('role', $1, true)", undefined],
  ["select current_setting('max_index_keys')", undefined],
  ["select current_setting('jit') from pg_class", undefined],
  ["select 1", undefined],
  ["(begin)", undefined],
])("%s", (text, command) => {
  expect(parseSessionCommand(statement(text))).toEqual(command);
});

test.each([
  ["set role postgres", "gateway/sql-unsupported"],
  ["set session authorization postgres", "gateway/sql-unsupported"],
  ["fetch backward 1 from c", "gateway/sql-unsupported"],
  ["prepare x as select 1", "gateway/sql-unsupported"],
  ["commit prepared 'x'", "gateway/sql-unsupported"],
  ["set a", "gateway/sql-syntax"],
  ["set search_path", "gateway/sql-syntax"],
  ["set schema", "gateway/sql-syntax"],
  ["savepoint", "gateway/sql-syntax"],
  ["discard everything", "gateway/sql-syntax"],
  ["close c d", "gateway/sql-syntax"],
  ["copy t from stdin", "gateway/sql-unsupported"],
  ["copy t to '/tmp/x'", "gateway/sql-unsupported"],
  ["copy t to program 'rm -rf /'", "gateway/sql-unsupported"],
  ["copy (select 1) to stdout (format parquet)", "gateway/sql-unsupported"],
  ["copy (select 1 to stdout", "gateway/sql-syntax"],
  ["declare c scroll cursor for select 1", "gateway/sql-unsupported"],
  ["declare c cursor for", "gateway/sql-syntax"],
])("%s is refused", (text, code) => {
  const one = statement(text);
  const parse = () => parseCopy(one) ?? parseDeclaration(one) ?? parseSessionCommand(one);
  expect(parse).toThrow(expect.objectContaining({ code }));
});

test.each([
  ["copy a.b to stdout", "SELECT * FROM a.b", "text"],
  ['COPY a."B c" (x, "y") TO STDOUT WITH CSV HEADER', 'SELECT x, "y" FROM a."B c"', "csv"],
  [
    "copy (select ')', (1) from t) to stdout with (format csv, header true, delimiter ';')",
    "select ')', (1) from t",
    "csv",
  ],
])("%s", (text, select, format) => {
  expect(parseCopy(statement(text))).toMatchObject({ query: { text: select }, layout: { format } });
});

test("a declared cursor is known by name, and by the SELECT it is for", () => {
  const declared = parseDeclaration(statement("  declare \"C\" binary no scroll cursor with hold for select 'x' ;"));
  expect(declared).toMatchObject({ name: "C", isHeld: true, query: { text: "select 'x'" } });
});

test.each([
  ["text", [["a\tb\\", null, "x\ny"]], "a\\tb\\\\\t\\N\tx\\ny\n"],
  [
    "csv",
    [
      ['say "hi"', null, ""],
      ["a,b", "c\nd", "e"],
    ],
    '"say ""hi""",,""\n"a,b","c\nd",e\n',
  ],
])("rows as %s", (format, rows, text) => {
  const { layout } = parseCopy(statement(`copy t to stdout (format ${format})`)) ?? {};
  const encode = rowEncoder(
    ["a", "b", "c"].map((name) => fieldOf({ name, sqlType: "VARCHAR" })),
    [],
  );
  if (layout === undefined) throw new Error("no layout");
  const bytes = copyWriter(layout, []).rowsOf(encode(rows));
  let [copied, at] = ["", 0];
  while (at < bytes.length) {
    const length = bytes.readInt32BE(at + 1);
    copied += bytes.toString("utf8", at + 5, at + 1 + length);
    at += 1 + length;
  }
  expect(copied).toBe(text);
});

test.each([
  [[], ["header trailer"]],
  [[["a", null]], ["header row", "trailer"]],
  [
    [
      ["a", null],
      ["b", "c"],
      ["", "d"],
    ],
    ["header row", "row", "row", "trailer"],
  ],
])("a binary copy of %j comes with its header in the first message", (rows, expected) => {
  const fields = ["a", "b"].map((name) => fieldOf({ name, sqlType: "VARCHAR" }));
  const { header, rowsOf, trailer } = copyWriter({ format: "binary" }, fields);
  const encode = rowEncoder(fields, [1, 1]);
  const bytes = Buffer.concat([header ?? Buffer.alloc(0), rowsOf(encode(rows)), trailer() ?? Buffer.alloc(0)]);
  const messages: string[] = [];
  for (let at = 0; at < bytes.length; at += 1 + bytes.readInt32BE(at + 1)) {
    expect(String.fromCharCode(bytes[at] ?? 0)).toBe("d");
    let body = bytes.subarray(at + 5, at + 1 + bytes.readInt32BE(at + 1));
    const parts: string[] = [];
    if (body.toString("latin1").startsWith("PGCOPY\n\xff\r\n\0")) {
      parts.push("header");
      body = body.subarray(19);
    }
    parts.push(body.readInt16BE() === -1 ? "trailer" : body.readInt16BE() === 2 ? "row" : "nothing that is known");
    messages.push(parts.join(" "));
  }
  expect(messages).toEqual(expected);
});

test("settings follow their transaction, and clients hear of those they want to hear of", () => {
  const heard: string[] = [];
  const settings = new SessionSettings(60_000, ({ name, value }) => void heard.push(`${name}=${value}`));
  settings.begin("application_name", "first");
  settings.set("application_name", "second");
  settings.beginTransaction();
  settings.set("application_name", "third");
  settings.set("mesh.purpose", "a", true);
  expect(settings.purpose).toBe("a");
  settings.endTransaction(false);
  expect([settings.get("application_name"), settings.purpose]).toEqual(["second", undefined]);
  settings.beginTransaction();
  settings.set("statement_timeout", "1h", true);
  settings.set("mesh.purpose", "b");
  settings.endTransaction(true);
  expect([settings.get("statement_timeout"), settings.purpose]).toEqual(["0", "b"]);
  settings.resetAll();
  expect([settings.get("application_name"), settings.purpose]).toEqual(["first", undefined]);
  expect(heard).toEqual(["second", "third", "second", "first"].map((value) => `application_name=${value}`));
});

test.each<[string, (settings: SessionSettings) => void, committed: string | undefined, rolledBack: string | undefined]>(
  [
    ["SET LOCAL", (settings) => settings.set("mesh.purpose", "b", true), "a", "a"],
    [
      "SET, SET LOCAL",
      (settings) => {
        settings.set("mesh.purpose", "b");
        settings.set("mesh.purpose", "c", true);
        settings.set("mesh.purpose", "d", true);
      },
      "b",
      "a",
    ],
    [
      "SET LOCAL, SET",
      (settings) => {
        settings.set("mesh.purpose", "b", true);
        settings.set("mesh.purpose", "c");
      },
      "c",
      "a",
    ],
    [
      "SET LOCAL, RESET ALL",
      (settings) => {
        settings.set("mesh.purpose", "b", true);
        settings.resetAll();
      },
      undefined,
      "a",
    ],
  ],
)("what %s leaves of a setting when its transaction ends", (_, change, committed, rolledBack) => {
  for (const [isCommitted, expected] of [
    [true, committed],
    [false, rolledBack],
  ] as const) {
    const settings = new SessionSettings(60_000, () => undefined);
    settings.set("mesh.purpose", "a");
    settings.beginTransaction();
    change(settings);
    settings.endTransaction(isCommitted);
    expect(settings.purpose).toBe(expected);
  }
});

test.each([
  ["statement_timeout", "1min", "60000"],
  ["statement_timeout", "1h", "60000"],
  ["client_encoding", "utf-8", "UTF8"],
  ["client_encoding", "'UTF_8'", "UTF8"],
  ["TimeZone", "Australia/Melbourne", "UTC"],
])("%s can be %s", (name, value, kept) => {
  const settings = new SessionSettings(60_000, () => undefined);
  settings.set(name, value);
  expect(settings.get(name)).toBe(kept);
});

test.each([
  ["client_encoding", "latin1", "gateway/sql-bad-setting"],
  ["DateStyle", "german", "gateway/sql-bad-setting"],
  ["transaction_read_only", "off", "gateway/sql-bad-setting"],
  ["statement_timeout", "soon", "gateway/sql-bad-setting"],
  ["application_name", "a".repeat(1_001), "gateway/sql-bad-setting"],
  ["constructor", "x", "gateway/sql-unknown-setting"],
])("%s cannot be %s", (name, value, code) => {
  const settings = new SessionSettings(60_000, () => undefined);
  expect(() => settings.set(name, value)).toThrow(expect.objectContaining({ code }));
});

test("a transaction that has failed is healed by going back to a savepoint", () => {
  const transaction = new Transaction();
  expect(() => transaction.savepoint("a")).toThrow(expect.objectContaining({ code: "gateway/sql-no-transaction" }));
  transaction.begin();
  transaction.savepoint("a");
  transaction.fail();
  expect(transaction.status).toBe("E");
  transaction.rollBackTo("a");
  expect(transaction.status).toBe("T");
  transaction.release("a");
  expect(() => transaction.rollBackTo("a")).toThrow(expect.objectContaining({ code: "gateway/sql-unknown-savepoint" }));
  transaction.fail();
  expect([transaction.end(), transaction.status]).toEqual([false, "I"]);
});

test("savepoints are as many, and their names as long, as a session can keep", () => {
  const transaction = new Transaction();
  transaction.begin();
  const long = "a".repeat(63);
  for (let count = 0; count < 1_000; count += 1) transaction.savepoint(`${long}${count}`);
  expect(() => transaction.savepoint("b")).toThrow(expect.objectContaining({ code: "gateway/sql-too-many-open" }));
  expect(transaction.release(`${long}and more`)).toBe(999);
  expect(transaction.rollBackTo(long)).toBe(998);
});
