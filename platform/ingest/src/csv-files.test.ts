import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { openLanding } from "@thoth/testing/landing";
import { expect, test } from "vitest";
import { csvFiles } from "./csv-files.ts";

const columns = { id: "BIGINT", name: "VARCHAR", at: "TIMESTAMP WITH TIME ZONE" } as const;
const people = csvFiles({ name: "people", files: "people/*.csv", eventTime: "at", columns });
const header = "id,name,at\n";

test("lands typed rows with where they came from, and says how far they reach", async () => {
  await using landing = await openLanding();
  await landing.file(
    "people/a.csv",
    `${header}1,Ann,2026-01-02T03:04:05Z\n2,"Bo ""B"", Jr.",2026-01-03T00:00:00+10:00\n`,
  );
  const result = await landing.land(people);
  expect(result).toMatchObject({ rowsRead: 2, rowsInserted: 2, rowsDeleted: 0, rowsRejected: 0, rowCountAfter: 2 });
  expect(result.watermark).toBe(Date.UTC(2026, 0, 2, 14));
  expect(await landing.query("select id, name, _run_id, _source from raw.people order by id")).toEqual([
    { id: 1n, name: "Ann", _run_id: "run-1", _source: "people/a.csv" },
    { id: 2n, name: 'Bo "B", Jr.', _run_id: "run-1", _source: "people/a.csv" },
  ]);
});

test("reads only what is new, and again the whole of a file that changed", async () => {
  await using landing = await openLanding();
  await landing.file("people/a.csv", `${header}1,Ann,2026-01-02T00:00:00Z\n`);
  await landing.land(people);
  expect(await landing.land(people)).toMatchObject({ rowsRead: 0, rowCountAfter: 1 });
  await landing.file("people/b.csv", `${header}2,Bo,2026-01-03T00:00:00Z\n`);
  expect(await landing.land(people)).toMatchObject({ rowsRead: 1, rowsDeleted: 0, rowCountAfter: 2 });
  await landing.file("people/a.csv", `${header}1,Ann,2026-01-02T00:00:00Z\n3,Cy,2026-01-04T00:00:00Z\n`);
  expect(await landing.land(people)).toMatchObject({ rowsRead: 2, rowsInserted: 1, rowsDeleted: 0, rowCountAfter: 3 });
});

test("a file with the same size and another time counts as changed", async () => {
  await using landing = await openLanding();
  await landing.file("people/a.csv", `${header}1,Ann,2026-01-02T00:00:00Z\n`);
  await landing.land(people);
  await landing.file("people/a.csv", `${header}1,Bob,2026-01-02T00:00:00Z\n`);
  await utimes(join(landing.sourcesDir, "people/a.csv"), new Date(), new Date(Date.UTC(2030, 0, 1)));
  await landing.land(people);
  expect(await landing.query("select name from raw.people")).toEqual([{ name: "Bob" }]);
});

test("in replace mode rows that are gone from the source are gone here", async () => {
  const dump = csvFiles({ name: "people", files: "people.csv", mode: "replace", columns });
  await using landing = await openLanding();
  await landing.file("people.csv", `${header}1,Ann,\n2,Bo,\n`);
  await landing.land(dump);
  await landing.file("people.csv", `${header}2,Bo,\n`);
  expect(await landing.land(dump)).toMatchObject({ rowsRead: 1, rowsInserted: 0, rowsDeleted: 1, rowCountAfter: 1 });
});

test("what is not declared never lands, and a pseudonymised column lands as a hash that joins", async () => {
  const users = csvFiles({
    name: "users",
    files: "users.csv",
    columns: { id: "BIGINT", user_key: { type: "VARCHAR", from: "username", pseudonymise: true } },
  });
  await using landing = await openLanding();
  await landing.file("users.csv", "id,username,encrypted_password\n1,ann,$2a$not-a-real-hash\n2,ann,x\n3,,y\n");
  await landing.land(users);
  const rows = await landing.query("select * from raw.users order by id");
  expect(JSON.stringify(rows, (_key, value) => (typeof value === "bigint" ? Number(value) : value))).not.toMatch(
    /ann|not-a-real/,
  );
  expect(rows.map((row) => row.user_key)).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/), rows[0]?.user_key, null]);
});

test.each([undefined, 0.5])(
  "an empty field in quotes is the empty text, and null where no text can be (share %s)",
  async (share) => {
    const typed = csvFiles({
      name: "t",
      files: "t.csv",
      nullTexts: ["\\N"],
      columns: {
        id: "INTEGER",
        name: "VARCHAR",
        n: "BIGINT",
        amount: "DECIMAL(6,2)",
        share: "DOUBLE",
        day: "DATE",
        at: "TIMESTAMP WITH TIME ZONE",
        ok: "BOOLEAN",
        doc: "JSON",
        list: "INTEGER[]",
      },
      ...(share !== undefined && { maxRejectedShare: share }),
    });
    await using landing = await openLanding();
    const names = "id,name,n,amount,share,day,at,ok,doc,list";
    const full = `"1","a","2","3.50","0.5","2026-01-02","2026-01-02T00:00:00Z","true","{""a"":1}","[1, 2]"`;
    const empty = Array.from({ length: 9 }, () => `""`).join(",");
    await landing.file("t.csv", `${names}\n${full}\n2,${empty}\n3,,,,,,,,,\n4,"\\N","\\N",,,,,,,\n`);
    expect(await landing.land(typed)).toMatchObject({ rowsInserted: 4, rowsRejected: 0 });
    const rows = await landing.query("select * exclude (_run_id, _loaded_at, _source) from raw.t order by id");
    const nothing = {
      name: null,
      n: null,
      amount: null,
      share: null,
      day: null,
      at: null,
      ok: null,
      doc: null,
      list: null,
    };
    expect(rows[0]).toMatchObject({
      name: "a",
      n: 2n,
      share: 0.5,
      day: "2026-01-02",
      ok: true,
      doc: { a: 1 },
      list: [1, 2],
    });
    expect(rows.slice(1)).toEqual([
      { ...nothing, id: 2, name: "" },
      { ...nothing, id: 3 },
      { ...nothing, id: 4 },
    ]);
  },
);

test.each([
  ["DATE", "2026-02-30"],
  ["BOOLEAN", "perhaps"],
  ["DOUBLE", "much"],
  ["JSON", "{"],
  ["JSON", "word"],
  ["INTEGER[]", "[1, x]"],
])("a wrong %s names file and line", async (type, value) => {
  await using landing = await openLanding();
  await landing.file("t.csv", `id,v\n1,""\n2,"${value}"\n`);
  const failure = landing.land(csvFiles({ name: "t", files: "t.csv", columns: { id: "INTEGER", v: type } }));
  await expect(failure).rejects.toMatchObject({
    code: "ingest/wrong-type",
    at: { file: expect.stringContaining("t.csv"), ...(type.endsWith("]") ? {} : { line: 3 }) },
  });
});

test("who has no name has no pseudonym, in quotes or without", async () => {
  await using landing = await openLanding();
  await landing.file("t.csv", 'id,who\n1,ann\n2,""\n3,\n');
  const columns = { id: "INTEGER", who: { type: "VARCHAR", pseudonymise: true } } as const;
  await landing.land(csvFiles({ name: "t", files: "t.csv", columns }));
  expect(await landing.query("select id from raw.t where who is null order by id")).toEqual([{ id: 2 }, { id: 3 }]);
});

const crlf = "\r\n";

test.each([
  ["returns first", `${crlf}1,a,2${crlf}2,b,3\n3,"c ""d"",\n\r\n",4${crlf}`],
  ["returns later", `\n1,a,2\n2,b,3${crlf}3,"c ""d"",\n\r\n",4\n`],
  ["a blank line, and none at the end", `\n1,"a","2"${crlf}\n2,b,3${crlf}3,"c ""d"",\n\r\n",4`],
])("lines may end in either way within one file: %s", async (_name, rest) => {
  const columns = { id: "INTEGER", name: "VARCHAR", n: "INTEGER" } as const;
  await using landing = await openLanding();
  await landing.file("a.csv", `\uFEFF"id",name,n${rest}`);
  await landing.file("b.csv", "id,name,n\n4,e,5\n");
  await landing.land(csvFiles({ name: "t", files: "*.csv", columns }));
  expect(await landing.query("select id, name, n, _source from raw.t order by id")).toEqual([
    { id: 1, name: "a", n: 2, _source: "a.csv" },
    { id: 2, name: "b", n: 3, _source: "a.csv" },
    { id: 3, name: 'c "d",\n\r\n', n: 4, _source: "a.csv" },
    { id: 4, name: "e", n: 5, _source: "b.csv" },
  ]);
});

test.each([
  [`1,a${crlf}2,b,c\n`, 3, /a row has 3 fields where the header has 2, and its lines end in different ways/],
  [`1,"a"x${crlf}2,b\n`, 2, /something stands behind a quoted field/],
  [`1,a${crlf}2,5" pipe\n`, 3, /a quote stands within a field/],
  [`1,a${crlf}2,"b\n`, 4, /a quoted field does not end/],
])("where they do, %j is still no CSV", async (rest, line, message) => {
  await using landing = await openLanding();
  await landing.file("t.csv", `id,name\n${rest}`);
  const landed = landing.land(csvFiles({ name: "t", files: "t.csv", columns: { id: "INTEGER", name: "VARCHAR" } }));
  const at = { file: expect.stringContaining("t.csv"), line };
  await expect(landed).rejects.toMatchObject({
    code: "ingest/malformed-file",
    message: expect.stringMatching(message),
    at,
  });
});

test("exports of several years with other columns land side by side", async () => {
  const mixed = csvFiles({
    name: "m",
    files: "*.csv",
    columns: { id: "BIGINT", extra: { type: "VARCHAR", optional: true } },
  });
  await using landing = await openLanding();
  await landing.file("2024.csv", "id\n1\n");
  await landing.file("2025.csv", "extra,id\nx,2\n");
  await landing.land(mixed);
  expect(await landing.query("select id, extra, _source from raw.m order by id")).toEqual([
    { id: 1n, extra: null, _source: "2024.csv" },
    { id: 2n, extra: "x", _source: "2025.csv" },
  ]);
});

test("a column that the source newly declares is added; one whose type changed asks for a full load", async () => {
  await using landing = await openLanding();
  await landing.file("a.csv", "id,name\n1,7\n");
  await landing.land(csvFiles({ name: "t", files: "*.csv", columns: { id: "BIGINT" } }));
  await landing.file("b.csv", "id,name\n2,8\n");
  await landing.land(csvFiles({ name: "t", files: "*.csv", columns: { id: "BIGINT", name: "VARCHAR" } }));
  expect(await landing.query("select id, name from raw.t order by id")).toEqual([
    { id: 1n, name: null },
    { id: 2n, name: "8" },
  ]);
  const changed = csvFiles({ name: "t", files: "*.csv", columns: { id: "BIGINT", name: "INTEGER" } });
  await expect(landing.land(changed)).rejects.toMatchObject({ code: "ingest/raw-type-changed" });
  expect(await landing.land(changed, { full: true })).toMatchObject({ rowsRead: 2, rowCountAfter: 2 });
});

const broken: [string, string | undefined, string, number | undefined, RegExp][] = [
  ["no file at all", undefined, "ingest/no-files", undefined, /people\/\*\.csv/],
  ["an empty file", "", "ingest/malformed-file", 1, /no header/],
  ["a missing column", "id,name\n1,Ann\n", "ingest/missing-column", 1, /needs column at, .*it has id, name/],
  ["a wrong type", `${header}1,Ann,\nx7,Bo,\n`, "ingest/wrong-type", 3, /id holds "x7", which is no BIGINT/],
  ["a wrong type far down", `${header}${"1,Ann,\n".repeat(30_000)}x7,Bo,\n`, "ingest/wrong-type", 30_002, /x7/],
  ["too many fields", `${header}1,Ann,,more\n`, "ingest/malformed-file", 2, /4 fields where the header has 3/],
  ["a quote that does not end", `${header}1,"Ann,\n2,Bo,\n`, "ingest/malformed-file", 2, /quote|well-formed/],
];

test.each(broken)(
  "%s ends in an error that names the place, and nothing lands",
  async (_name, content, code, line, text) => {
    await using landing = await openLanding();
    await landing.file("people/0.csv", `${header}9,Zoe,\n`);
    await landing.land(people);
    await landing.file("people/0.csv", undefined);
    if (content !== undefined) await landing.file("people/a.csv", content);
    const failure = await landing.land(people).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(text), hint: expect.stringMatching(/./) });
    if (line !== undefined)
      expect(failure).toMatchObject({ at: { line, file: expect.stringContaining("people/a.csv") } });
    expect(await landing.query("select name from raw.people")).toEqual([{ name: "Zoe" }]);
  },
);

test("an error never quotes the rest of the line, nor a value that would have been hashed", async () => {
  const secretive = csvFiles({
    name: "s",
    files: "s.csv",
    columns: { id: "BIGINT", who: { type: "VARCHAR", pseudonymise: true } },
  });
  await using landing = await openLanding();
  await landing.file("s.csv", "id,who\nseven,hidden-name\n");
  const failure = await landing.land(secretive).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "ingest/wrong-type" });
  expect(inspect(failure, { depth: 10 })).not.toContain("hidden-name");
});

test("an aborted load keeps what was durable and goes on from there", async () => {
  await using landing = await openLanding();
  for (let i = 0; i < 300; i++) await landing.file(`people/${String(i).padStart(3, "0")}.csv`, `${header}${i},Ann,\n`);
  const stop = new AbortController();
  const stopping = {
    ...people,
    read: (context: Parameters<typeof people.read>[0]) => abortAfterFirst(people.read(context), stop),
  };
  await expect(landing.land(stopping, { signal: stop.signal })).rejects.toMatchObject({ name: "AbortError" });
  expect(await landing.query("select count(*) as n from raw.people")).toEqual([{ n: 256n }]);
  expect(await landing.land(people)).toMatchObject({ rowsRead: 44, rowCountAfter: 300 });
});

async function* abortAfterFirst<T>(batches: AsyncIterable<T>, stop: AbortController): AsyncGenerator<T, void, void> {
  for await (const batch of batches) {
    yield batch;
    stop.abort();
  }
}
