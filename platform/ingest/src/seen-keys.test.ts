import { openLanding } from "@thoth/testing/landing";
import { expect, test } from "vitest";
import { parseExactJson } from "./exact-json.ts";
import { ndjsonFiles } from "./json-files.ts";
import { SeenKeys } from "./seen-keys.ts";

test("keys are told with the type of one value and where they were first seen, and values never are", () => {
  const keys = new SeenKeys(["id", "/person/home/city"]);
  const person = { name: "ann", home: { city: "x", zip: 1 }, work: { desk: 1 } };
  keys.add(parseExactJson(JSON.stringify({ id: 1.5, note: null, tags: ["a"], person })), "first");
  keys.add({ note: "n", id: "2", ok: true, "ann@example.org": 1, s21876543: 1, "a b": 1 }, "second");
  for (const none of [null, 7, "text", ["a"]]) keys.add(none, "nowhere");
  const sometimes = { sometimes: true };
  expect(keys.columns).toEqual([
    { name: "id", type: "number", where: "first", ...sometimes },
    { name: "note", type: "string", where: "first", ...sometimes },
    { name: "tags", type: "array", where: "first", ...sometimes },
    { name: "person", type: "object", where: "first", ...sometimes },
    { name: "/person/name", type: "string", where: "first", ...sometimes },
    { name: "/person/home", type: "object", where: "first", ...sometimes },
    { name: "/person/work", type: "object", where: "first", ...sometimes },
    { name: "/person/home/city", type: "string", where: "first", ...sometimes },
    { name: "/person/home/zip", type: "number", where: "first", ...sometimes },
    { name: "ok", type: "boolean", where: "second", ...sometimes },
    { name: "(a key that is no plain name)", type: "number", where: "second", ...sometimes },
  ]);
});

test("keys without end are no columns", () => {
  const keys = new SeenKeys([]);
  for (let index = 0; index < 3000; index++) keys.add({ [`k${index}`]: 1 }, "here");
  expect(keys.columns).toHaveLength(1000);
});

const line = (value: object) => `${JSON.stringify(value)}\n`;

test("a key of one line among many is told of once; one that rows lack for a while is not gone", async () => {
  await using landing = await openLanding();
  const stream = ndjsonFiles({ name: "events", files: "*.ndjson", columns: { id: "BIGINT" } });
  const drift = async (file: string, content: string) => {
    await landing.file(file, content);
    return (await landing.land(stream)).drift;
  };
  expect(await drift("1.ndjson", line({ id: 1, a: "x" }) + line({ id: 2 }))).toEqual({
    added: [],
    gone: [],
    changed: [],
  });
  const rare = { name: "password", type: "string", where: "2.ndjson", sometimes: true };
  const rows = Array.from({ length: 500 }, (_, id) => line({ id, ...(id === 444 && { password: "hush-hush" }) }));
  expect(await drift("2.ndjson", rows.join(""))).toEqual({ added: [rare], gone: [], changed: [] });
  expect(await drift("3.ndjson", line({ id: 3, a: 7, password: 1 }))).toEqual({ added: [], gone: [], changed: [] });
  const kept = await landing.query("select columns::varchar as columns from mesh.source_columns");
  expect(kept[0]?.columns).toBe(
    '[{"name":"a","type":"string","sometimes":true},{"name":"id","type":"number","sometimes":true},{"name":"password","type":"string","sometimes":true}]',
  );
});

test("of more than is looked at as a whole, the first rows of each file are", async () => {
  await using landing = await openLanding();
  const stream = ndjsonFiles({ name: "events", files: "*.ndjson", columns: { id: "BIGINT" } });
  await landing.file("1.ndjson", line({ id: 1 }));
  await landing.land(stream);
  const long = line({ id: 2, text: "x".repeat(1_000_000) });
  await landing.file("2.ndjson", long.repeat(34));
  await landing.file("3.ndjson", line({ id: 3, late: null }));
  const { drift } = await landing.land(stream);
  expect(drift?.added.map(({ name, type, where }) => [name, type, where])).toEqual([
    ["text", "string", "2.ndjson"],
    ["late", undefined, "3.ndjson"],
  ]);
});
