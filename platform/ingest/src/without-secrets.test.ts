import { join } from "node:path";
import { inspect } from "node:util";
import { openLanding } from "@thoth/testing/landing";
import { quoteLiteral } from "@thoth/warehouse/sql-text";
import { expect, test } from "vitest";
import { csvFiles } from "./csv-files.ts";
import { jsonFiles, ndjsonFiles } from "./json-files.ts";
import { parquetFiles } from "./parquet-files.ts";
import { withoutSecrets } from "./without-secrets.ts";

test.each([
  ["VARCHAR", "'token: abc'", "'token: abc'"],
  ["VARCHAR", `'say {"token":"abc"}'`, `'say {"token":"abc"}'`],
  ["VARCHAR", `' [{"token":"abc","n":1.50}] '`, `' [{"token":null,"n":1.50}] '`],
  ["VARCHAR", `'{"token":"abc"'`, `'{"token":"abc"'`],
  ["VARCHAR", `'{"token":${"[".repeat(40)}${"]".repeat(40)}}'`, "NULL"],
  ["JSON", `'{"a":{"pwd":7}}'`, `'{"a":{"pwd":null}}'`],
  ["VARCHAR[]", `['abc', '{"pwd":"abc"}', NULL]`, `['abc', '{"pwd":null}', NULL]`],
  ["MAP(VARCHAR, INTEGER)", "MAP {'token': 7, 'n': 1}", "MAP {'token': NULL, 'n': 1}"],
  ["MAP(INTEGER, VARCHAR)", "MAP {1: 'abc'}", "MAP {1: 'abc'}"],
  ["STRUCT(n INTEGER, password VARCHAR)", "{'n': 1, 'password': 'abc'}", "{'n': 1, 'password': NULL}"],
  ['STRUCT("a ""b" VARCHAR, "api key" DECIMAL(9,2))', "ROW('abc', 1.5)", "ROW('abc', NULL)"],
  [
    "STRUCT(who MAP(VARCHAR, STRUCT(token VARCHAR, n DECIMAL(4,2))[]))[]",
    "[{'who': MAP {'x': [{'token': 'abc', 'n': 1.25}], 'pwd': [NULL]}}, NULL]",
    "[{'who': MAP {'x': [{'token': NULL, 'n': 1.25}], 'pwd': NULL}}, NULL]",
  ],
])("of a %s %s there stays %s", async (type, value, kept) => {
  await using landing = await openLanding();
  const rows = `SELECT (${value})::${type} AS v, (${kept})::${type} AS kept UNION ALL SELECT NULL, NULL`;
  const [odd] = await landing.engine.query(
    `SELECT count(*)::INTEGER AS "all", count(*) FILTER ((${withoutSecrets("v", type)})::${type} IS NOT DISTINCT FROM kept)::INTEGER AS same FROM (${rows})`,
  );
  expect(odd).toEqual({ all: 2, same: 2 });
});

const secretive = { token: "hush-hush", n: 1, rest: [{ api_key: "hush-hush", k: "token" }] };
const cleared = { token: null, n: 1, rest: [{ api_key: null, k: "token" }] };
const columns = {
  id: "INTEGER",
  text: "VARCHAR",
  map: "MAP(VARCHAR, JSON)",
  parts: "STRUCT(n INTEGER, rest JSON)",
  docs: "JSON[]",
} as const;
const nested = { text: secretive, map: secretive, parts: secretive, docs: [secretive] };

const files = {
  ndjson: {
    open: ndjsonFiles,
    text: (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
  },
  json: { open: jsonFiles, text: (rows: readonly object[]) => JSON.stringify(rows) },
};

test.each(["ndjson", "json"] as const)(
  "texts, maps, structures and lists of %s files land without secrets, in quarantine too",
  async (format) => {
    await using landing = await openLanding();
    const { open, text } = files[format];
    await landing.file(`a.${format}`, text([{ id: 1, ...nested }]));
    await landing.land(open({ name: "docs", files: `a.${format}`, columns }));
    const [row] = await landing.query(
      "select text::json as text, to_json(map) as map, parts.n as n, parts.rest as rest, docs[1] as first from raw.docs",
    );
    expect(row).toEqual({ text: cleared, map: cleared, n: 1, rest: cleared.rest, first: cleared });
    await landing.file(
      `b.${format}`,
      text([
        { id: 2, ...nested },
        { id: { password: "hush-hush" }, ...nested },
      ]),
    );
    // What a structure does not declare does not fit it, where rows are sifted.
    const { parts: _, ...simple } = columns;
    const sifted = open({ name: "docs", files: `b.${format}`, columns: simple, maxRejectedShare: 0.5 });
    expect(await landing.land(sifted)).toMatchObject({ rowsInserted: 1, rowsRejected: 1 });
    const everything = await landing.query('select "row"::varchar as "row" from mesh.rejected_rows');
    const rows = await landing.query("select * exclude (_loaded_at) from raw.docs");
    expect(everything).toHaveLength(1);
    expect(inspect([everything, rows], { depth: 20 })).not.toContain("hush-hush");
    const strict = landing.land(open({ name: "docs", files: `b.${format}`, columns }), { full: true });
    const failure = await strict.catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "ingest/wrong-type" });
    expect(inspect(failure, { depth: 20 })).not.toContain("hush-hush");
  },
);

test("Parquet's own maps, structures and lists of them land without secrets, in quarantine too", async () => {
  await using landing = await openLanding();
  const file = quoteLiteral(join(landing.sourcesDir, "a.parquet"));
  const row = (id: string) =>
    `select ${id} as id, MAP {'token': 'hush-hush', 'k': 'v'} as map, [{'password': 'hush-hush', 'n': 1.25}] as parts,
{'secret': 'hush-hush', 'a': '{"pwd":"hush-hush","b":1.0}'} as doc, {'secret': 'hush-hush', 'a': 1} as text`;
  await landing.engine.run(`copy (${row("'1'")} union all ${row("'many'")}) to ${file} (format parquet)`);
  const own = {
    id: "INTEGER",
    map: "MAP(VARCHAR, VARCHAR)",
    parts: { type: "STRUCT(password VARCHAR, n DECIMAL(4,2))[]", notSecret: false },
    doc: "JSON",
    text: "VARCHAR",
  } as const;
  const { parts: _, ...declared } = own;
  const stream = (more: object) =>
    parquetFiles({
      name: "docs",
      files: "a.parquet",
      columns: { ...declared, parts: "STRUCT(n DECIMAL(4,2))[]" },
      ...more,
    });
  await expect(landing.land(stream({}))).rejects.toMatchObject({ code: "ingest/wrong-type" });
  expect(await landing.land(stream({ maxRejectedShare: 0.5 }))).toMatchObject({ rowsInserted: 1, rowsRejected: 1 });
  const [landed] = await landing.query(
    "select map::varchar as map, parts, doc->>'secret' as secret, text from raw.docs",
  );
  expect(landed).toMatchObject({ map: "{token=NULL, k=v}", parts: [{ n: "1.25" }], secret: null });
  const everything = await landing.query('select "row"::varchar as "row" from mesh.rejected_rows');
  const rows = await landing.query("select * exclude (_loaded_at) from raw.docs");
  expect(inspect([everything, rows], { depth: 20 })).not.toMatch(/"password[^}]*hush|token=hush|'secret': hush/);
});

test("texts of CSV files that are JSON, and lists of it, land without secrets", async () => {
  await using landing = await openLanding();
  const field = (value: unknown) => `"${JSON.stringify(value).replaceAll('"', '""')}"`;
  await landing.file("a.csv", `id,text,docs\n1,${field(secretive)},${field([secretive])}\n`);
  for (const more of [{}, { maxRejectedShare: 0.5 }]) {
    const { id, text, docs } = columns;
    await landing.land(csvFiles({ name: "docs", files: "a.csv", columns: { id, text, docs }, ...more }), {
      full: true,
    });
    const [row] = await landing.query("select text::json as text, docs[1] as first from raw.docs");
    expect(row).toEqual({ text: cleared, first: cleared });
  }
});
