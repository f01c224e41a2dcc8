import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Landing, openLanding } from "@thoth/testing/landing";
import { expect, test } from "vitest";
import type { ColumnSpecs } from "../column-spec.ts";
import type { Source, Stream } from "../connector.ts";
import { ndjsonFiles } from "../json-files.ts";
import { deletedAt } from "../mark-deleted.ts";
import { chooseStreams } from "./source-input.ts";
import { type Speaking, type Speech, speakCheck, speakDiscover, speakRead } from "./speak-airbyte.ts";

const now = Date.UTC(2026, 0, 1);

function speakingOf(landing: Landing, signal = new AbortController().signal): Speaking {
  const { engine, sourcesDir } = landing;
  const context = {
    engine,
    sourcesDir,
    root: sourcesDir,
    checkpoint: undefined,
    now: Date.UTC(2027, 0, 1),
    signal,
    env: {},
  };
  return { context: context as never as Speaking["context"], config: '{"token":"hush-hush"}', clock: () => now };
}

async function listen(speech: Speech) {
  let text = "";
  let next = await speech.next();
  for (; !next.done; next = await speech.next()) text += String(next.value);
  const messages = text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { text, messages, ok: next.value };
}

const sourceOf = (...streams: Stream[]): Source => ({
  name: "source",
  kind: "test",
  description: "For tests.",
  streams,
});
const things = (columns: ColumnSpecs) => ndjsonFiles({ name: "things", files: "things*.ndjson", columns });
const kinds = (messages: { type: string; trace?: { stream_status?: { status: string }; type: string } }[]) =>
  messages.map(({ type, trace }) => trace?.stream_status?.status ?? trace?.type ?? type);

test("every type is written as the protocol has it, every digit of a number included", async () => {
  await using landing = await openLanding();
  const stream: Stream = {
    name: "types",
    columns: [
      { name: "most", type: "UBIGINT" },
      { name: "price", type: "DECIMAL(38,9)" },
      { name: "ratio", type: "DOUBLE" },
      { name: "odd", type: "DOUBLE" },
      { name: "ok", type: "BOOL" },
      { name: 'na"me', type: "VARCHAR" },
      { name: "at", type: "TIMESTAMPTZ" },
      { name: "local", type: "TIMESTAMP" },
      { name: "day", type: "DATE" },
      { name: "late", type: "INTERVAL" },
      { name: "document", type: "JSON" },
      { name: "tags", type: "VARCHAR[]" },
      { name: "hash", type: "BLOB" },
      { name: "nothing", type: "UUID" },
      deletedAt,
    ],
    async *read() {
      const sql = `SELECT 18446744073709551615::UBIGINT AS most, 12345678901234567890123456789.000000001 AS price, 1e28 AS ratio,
  'nan'::DOUBLE AS odd, true AS ok, 'x"' || chr(10) || chr(0) || 'é' AS "na""me", TIMESTAMPTZ '2026-07-01 09:30:00.5+10' AS "at",
  TIMESTAMP '2026-07-01 09:30:00' AS "local", DATE '2024-02-29' AS "day", INTERVAL '1 day' AS late,
  '{"n":1.10,' || chr(10) || '"x":[null]}' AS document, ['a', NULL] AS tags, '\\x00\\xFF'::BLOB AS hash, NULL AS nothing, NULL AS _deleted_at, 'here' AS _source`;
      yield {
        data: { kind: "relation", sql, explain: (failure) => failure },
        replaces: "all",
        bytes: 0,
        checkpoint: {},
      };
    },
  };
  const source = sourceOf(stream);
  const { messages: catalog } = await listen(speakDiscover(source, speakingOf(landing)));
  expect(catalog).toMatchObject([
    { catalog: { streams: [{ name: "types", json_schema: { properties: expect.anything() } }] } },
  ]);
  const schemas = Object.entries(catalog[0].catalog.streams[0].json_schema.properties);
  expect(schemas.map(([name, schema]) => `${name} ${JSON.stringify(schema)}`).join("\n")).toMatchInlineSnapshot(`
    "most {"type":["null","integer"]}
    price {"type":["null","number"]}
    ratio {"type":["null","number"]}
    odd {"type":["null","number"]}
    ok {"type":["null","boolean"]}
    na"me {"type":["null","string"]}
    at {"type":["null","string"],"format":"date-time","airbyte_type":"timestamp_with_timezone"}
    local {"type":["null","string"],"format":"date-time","airbyte_type":"timestamp_without_timezone"}
    day {"type":["null","string"],"format":"date"}
    late {"type":["null","string"]}
    document {"type":["null","object","array","string","number","boolean"]}
    tags {"type":["null","array"]}
    hash {"type":["null","string"],"contentEncoding":"base64"}
    nothing {"type":["null","string"]}"
  `);
  const { text } = await listen(speakRead([{ stream, checkpoint: undefined }], speakingOf(landing)));
  expect(text.split("\n")[2]).toMatchInlineSnapshot(
    `"{"type":"RECORD","record":{"stream":"types","emitted_at":1767225600000,"data":{"most":18446744073709551615,"price":12345678901234567890123456789.000000001,"ratio":1e+28,"odd":null,"ok":true,"na\\"me":"x\\"\\n\\u0000é","at":"2026-06-30T23:30:00.500000Z","local":"2026-07-01T09:30:00.000000","day":"2024-02-29","late":"1 day","document":{"n":1.10, "x":[null]},"tags":["a",null],"hash":"AP8=","nothing":null},"meta":{"changes":[{"field":"odd","change":"NULLED","reason":"SOURCE_SERIALIZATION_ERROR"}]}}}"`,
  );
});

test("reads to the end, and goes on from the state that it told", async () => {
  await using landing = await openLanding();
  const source = sourceOf(things({ id: "BIGINT", who: { type: "VARCHAR", pseudonymise: true } }));
  await landing.file("things-1.ndjson", '{"id":1,"who":"ann@example.org","secret":"s3cr3t"}\n{"id":2}\n');
  const first = await listen(speakRead(await chosen(source, landing, {}), speakingOf(landing)));
  expect(first.ok).toBe(true);
  expect(kinds(first.messages)).toEqual(["STARTED", "RUNNING", "RECORD", "RECORD", "STATE", "COMPLETE"]);
  expect(first.messages[4].state).toMatchObject({ type: "STREAM", sourceStats: { recordCount: 2 } });
  expect(first.messages[2].record).toEqual({
    stream: "things",
    emitted_at: now,
    data: { id: 1, who: expect.stringMatching(/^[0-9a-f]{16}$/) },
  });
  expect(first.text).not.toMatch(/ann@|s3cr3t/);
  await landing.file("things-2.ndjson", '{"id":3}\n');
  const state = JSON.stringify([first.messages[4].state]);
  const second = await listen(speakRead(await chosen(source, landing, { state }), speakingOf(landing)));
  expect(second.messages.filter(({ type }) => type === "RECORD").map(({ record }) => record.data.id)).toEqual([3]);
  const last = JSON.stringify([second.messages.find(({ type }) => type === "STATE").state]);
  const third = await listen(speakRead(await chosen(source, landing, { state: last }), speakingOf(landing)));
  expect(kinds(third.messages)).toEqual(["STARTED", "STATE", "COMPLETE"]);
  expect(third.messages[1].state).toMatchObject({ sourceStats: { recordCount: 0 } });
});

test("a stream that fails is INCOMPLETE with the kind of failure, tells no record of the batch, and holds up no other", async () => {
  await using landing = await openLanding();
  await landing.file("things-1.ndjson", '{"id":1}\n{"id":"x"}\n');
  await landing.file("rooms.ndjson", '{"id":1}\n');
  const rooms = ndjsonFiles({ name: "rooms", files: "rooms.ndjson", columns: { id: "BIGINT" } });
  const gone = ndjsonFiles({ name: "gone", files: "gone.ndjson", columns: { id: "BIGINT" } });
  const broken: Stream = {
    ...rooms,
    name: "broken",
    // biome-ignore lint/correctness/useYield: it fails before it has anything to give
    async *read() {
      throw new Error("row 7 holds hush-hush");
    },
  };
  const source = sourceOf(things({ id: "BIGINT" }), gone, broken, rooms);
  const { messages, text, ok } = await listen(speakRead(await chosen(source, landing, {}), speakingOf(landing)));
  expect(ok).toBe(false);
  expect(kinds(messages)).toEqual([
    ...["STARTED", "ERROR", "INCOMPLETE", "STARTED", "ERROR", "INCOMPLETE", "STARTED", "ERROR", "INCOMPLETE"],
    ...["STARTED", "RUNNING", "RECORD", "STATE", "COMPLETE"],
  ]);
  const errors = messages.flatMap(({ trace }) => trace?.error ?? []);
  expect(errors.map(({ failure_type: type }) => type)).toEqual(["system_error", "config_error", "system_error"]);
  expect(text).not.toContain("hush-hush");
});

test("the next batch is asked for when the one before has been taken", async () => {
  await using landing = await openLanding();
  let asked = 0;
  const stream: Stream = {
    name: "things",
    columns: [{ name: "id", type: "BIGINT" }],
    async *read() {
      for (; asked < 3; ) {
        asked += 1;
        yield {
          data: { kind: "rows", source: "s", rows: [[asked]] },
          replaces: "new",
          bytes: 0,
          checkpoint: { asked },
        };
      }
    },
  };
  const speech = speakRead([{ stream, checkpoint: undefined }], speakingOf(landing));
  for (let piece = ""; !piece.includes('"STATE"'); ) piece = String((await speech.next()).value);
  expect(asked).toBe(1);
  await speech.return(false);
  expect(asked).toBe(1);
});

test("a check reads nothing and says why it fails", async () => {
  await using landing = await openLanding();
  await landing.file("things-1.ndjson", '{"id":"not a number, but that is not asked"}\n');
  const good = await listen(speakCheck(sourceOf(things({ id: "BIGINT" })), speakingOf(landing)));
  expect(good.messages).toEqual([{ type: "CONNECTION_STATUS", connectionStatus: { status: "SUCCEEDED" } }]);
  const bad = ndjsonFiles({ name: "gone", files: "gone.ndjson", columns: { id: "BIGINT" } });
  const { messages, ok } = await listen(speakCheck(sourceOf(bad), speakingOf(landing)));
  expect(messages).toMatchObject([
    { connectionStatus: { status: "FAILED", message: expect.stringMatching(/gone\.ndjson/) } },
  ]);
  expect(ok).toBe(true);
});

test("an abort ends the stream INCOMPLETE", async () => {
  await using landing = await openLanding();
  await landing.file("things-1.ndjson", '{"id":1}\n');
  const stop = new AbortController();
  const speech = speakRead(
    [{ stream: things({ id: "BIGINT" }), checkpoint: undefined }],
    speakingOf(landing, stop.signal),
  );
  expect(String((await speech.next()).value)).toContain("STARTED");
  stop.abort();
  expect(String((await speech.next()).value)).toContain("INCOMPLETE");
  await expect(speech.next()).rejects.toMatchObject({ name: "AbortError" });
});

test.each<[string, Record<string, unknown>, RegExp]>([
  ["no list of streams", { catalog: {} }, /no list/],
  [
    "a stream that is not there",
    { catalog: { streams: [{ stream: { name: "x" }, sync_mode: "full_refresh" }] } },
    /streams\[0\] is x; there is things/,
  ],
  [
    "a mode that it does not have",
    { catalog: { streams: [{ stream: { name: "whole" }, sync_mode: "incremental" }] } },
    /whole can only be read as full_refresh/,
  ],
  ["a state of another type", { state: [{ type: "GLOBAL", global: {} }] }, /not of the type STREAM/],
  ["a state that is no object", { state: [7] }, /not a JSON object/],
])("a catalog or state with %s is refused with its file", async (_what, files, message) => {
  await using landing = await openLanding();
  const whole = ndjsonFiles({ name: "whole", files: "w", mode: "replace", columns: { id: "BIGINT" } });
  const source = sourceOf(things({ id: "BIGINT" }), whole);
  const refused = chosen(source, landing, files);
  await expect(refused).rejects.toMatchObject({
    code: "ingest/invalid-catalog",
    message: expect.stringMatching(message),
    at: { file: expect.anything() },
  });
});

/** Chooses streams with files of the given content. */
async function chosen(source: Source, landing: Landing, content: Record<string, unknown>) {
  const names = { catalog: undefined, state: undefined } as { catalog: string | undefined; state: string | undefined };
  for (const name of ["catalog", "state"] as const) {
    if (content[name] === undefined) continue;
    names[name] = join(landing.sourcesDir, "..", `${name}.json`);
    await mkdir(dirname(names[name]), { recursive: true });
    await writeFile(names[name], typeof content[name] === "string" ? content[name] : JSON.stringify(content[name]));
  }
  return chooseStreams(source, names);
}

test("rows that are held back are told of by their number, and no reader takes them for sent", async () => {
  await using landing = await openLanding();
  await landing.file("things.ndjson", '{"id":1}\n{"id":"hush-hush"}\n{"id":3}\n');
  const stream = (maxRejectedShare: number) =>
    ndjsonFiles({ name: "things", files: "things*.ndjson", columns: { id: "BIGINT" }, maxRejectedShare });
  const { text, messages, ok } = await listen(
    speakRead([{ stream: stream(0.5), checkpoint: undefined }], speakingOf(landing)),
  );
  expect(ok).toBe(true);
  expect(kinds(messages)).toEqual(["STARTED", "LOG", "RUNNING", "RECORD", "RECORD", "STATE", "COMPLETE"]);
  expect(messages[1].log.message).toBe("1 rows of things hold values that do not fit and are left out");
  expect(messages[5].state.sourceStats.recordCount).toBe(2);
  expect(text).not.toContain("hush-hush");
  const few = await listen(speakRead([{ stream: stream(0.1), checkpoint: undefined }], speakingOf(landing)));
  expect(kinds(few.messages)).toEqual(["STARTED", "ERROR", "INCOMPLETE"]);
});
