import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { openLanding } from "@thoth/testing/landing";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CollectingProcess, logs, pings, startCollecting, writePings } from "./collecting-domain.ts";

/** Each row is an attack on one collector and what becomes of it. Whatever it is, the process goes on and stays small. */
let dir: TempDir;
let collecting: CollectingProcess;
let residentBefore: number;
/** Longest time that somebody else waited meanwhile, milliseconds. */
let longestWaitMs = 0;
const watch = new AbortController();
let watching: Promise<void>;

beforeAll(async () => {
  dir = await tempDir();
  await writePings(dir.path);
  collecting = await startCollecting({ root: dir.path, dir: join(dir.path, "collector") });
  await send("/events", ping("first"), json);
  residentBefore = await residentMost();
  watching = askForHealth();
});

afterAll(async () => {
  watch.abort();
  await watching;
  await collecting?.[Symbol.asyncDispose]();
  await dir?.[Symbol.asyncDispose]();
});

async function askForHealth(): Promise<void> {
  while (!watch.signal.aborted) {
    const askedAt = performance.now();
    const answer = await fetch(`${collecting.url}/healthz`).catch(() => undefined);
    if (answer?.status === 200) longestWaitMs = Math.max(longestWaitMs, performance.now() - askedAt);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Bytes; 0 where the system does not tell. */
async function residentMost(): Promise<number> {
  const status = await readFile(`/proc/${collecting.pid}/status`, "utf8").catch(() => "");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

const json = { "content-type": "application/cloudevents+json" };
const batch = { "content-type": "application/cloudevents-batch+json" };
const otlpJson = { "content-type": "application/json" };
const otlpBinary = { "content-type": "application/x-protobuf" };
const gzip = { "content-encoding": "gzip" };

interface Told {
  readonly status: number;
  readonly text: string;
}

async function send(path: string, body: unknown, headers: Readonly<Record<string, string>>): Promise<Told> {
  const isBytes = typeof body === "string" || body instanceof Uint8Array;
  const sent = isBytes ? (body as BodyInit) : JSON.stringify(body);
  // To make a bomb takes seconds, in which idle connections are closed: that is to be noticed before one is used again.
  // Behind the second one lies a whole turn, with all that was to be heard.
  await setImmediate();
  await setImmediate();
  const response = await fetch(`${collecting.url}${path}`, { method: "POST", headers, body: sent });
  return { status: response.status, text: await response.text() };
}

const ping = (id: unknown, more: object = {}) => ({
  specversion: "1.0",
  id,
  source: "/attack",
  type: "ping",
  time: "2026-03-01T00:00:00Z",
  data: { n: 1 },
  ...more,
});

/** What is sent as it is, and all that comes back. */
function sendRaw(parts: Iterable<string>): Promise<string> {
  const { port, hostname } = new URL(collecting.url);
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(Number(port), hostname, () => {
      for (const part of parts) socket.write(part);
    });
    socket.on("data", (piece) => {
      text += piece;
    });
    socket.on("error", () => undefined);
    socket.once("close", () => resolve(text));
  });
}

test("where a stream cannot be written, its senders are told to come back, and the others are taken", async () => {
  const folder = join(dir.path, "collector/test-domain/logs");
  await rm(folder, { recursive: true });
  await writeFile(folder, "");
  const records = inLogs({ eventName: "later" });
  const refused = await send("/v1/logs", records, otlpJson);
  expect(refused).toMatchObject({ status: 503, text: expect.stringContaining("disk does not keep") });
  expect(await send("/events", ping("beside"), json)).toMatchObject({ status: 202 });
  await rm(folder);
  await mkdir(folder);
  await expect.poll(async () => (await send("/v1/logs", records, otlpJson)).status).toBe(200);
});

const close = "host: a\r\nconnection: close\r\n";

test.each<[string, readonly string[], RegExp]>([
  ["two slashes", [`GET // HTTP/1.1\r\n${close}\r\n`], /^HTTP\/1.1 404/],
  ["half an address", [`GET http://[ HTTP/1.1\r\n${close}\r\n`], /^HTTP\/1.1 404/],
  ["a port that is none", [`POST http://a:99999/events HTTP/1.1\r\n${close}\r\n`], /^HTTP\/1.1 404/],
  ["a path of a star", [`OPTIONS * HTTP/1.1\r\n${close}\r\n`], /^HTTP\/1.1 404/],
  ["a host that is none", ["GET /events HTTP/1.1\r\nhost: [\r\nconnection: close\r\n\r\n"], /^HTTP\/1.1 405/],
  ["a tunnel", [`CONNECT a:1 HTTP/1.1\r\n${close}\r\n`], /^$/],
  [
    "another protocol",
    [`GET /events HTTP/1.1\r\nhost: a\r\nconnection: upgrade, close\r\nupgrade: x\r\n\r\n`],
    /^HTTP\/1.1 4/,
  ],
  ["no HTTP", ["\u0016\u0003\u0001 hello\r\n\r\n"], /^HTTP\/1.1 400/],
  ["a header of 100 KB", [`GET / HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(100_000)}\r\n\r\n`], /^HTTP\/1.1 431/],
  ["5,000 headers", [`GET /healthz HTTP/1.1\r\n${close}${"x: 1\r\n".repeat(5_000)}\r\n`], /^HTTP\/1.1 (200|431)/],
  ["a length that is none", [`POST /events HTTP/1.1\r\n${close}content-length: -1\r\n\r\n`], /^HTTP\/1.1 400/],
  [
    "two lengths",
    [`POST /events HTTP/1.1\r\n${close}content-length: 1\r\ncontent-length: 2\r\n\r\n{}`],
    /^HTTP\/1.1 400/,
  ],
  [
    "a length and chunks",
    [`POST /events HTTP/1.1\r\n${close}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    /^HTTP\/1.1 400/,
  ],
  [
    "a length shorter than its body",
    [`POST /events HTTP/1.1\r\n${close}content-type: application/cloudevents+json\r\ncontent-length: 1\r\n\r\n{}{}{}`],
    /^HTTP\/1.1 400/,
  ],
  [
    "a chunk of more than there is",
    [`POST /events HTTP/1.1\r\n${close}transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n`],
    /^HTTP\/1.1 400/,
  ],
  [
    "a body byte by byte",
    [
      `POST /events HTTP/1.1\r\n${close}content-type: application/cloudevents+json\r\ntransfer-encoding: chunked\r\n\r\n`,
      `${[...JSON.stringify(ping("bytes"))].map((byte) => `1\r\n${byte}\r\n`).join("")}0\r\n\r\n`,
    ],
    /^HTTP\/1.1 202/,
  ],
  [
    "a hundred thousand chunks of a byte, and no JSON",
    [
      `POST /events HTTP/1.1\r\n${close}content-type: application/cloudevents+json\r\ntransfer-encoding: chunked\r\n\r\n`,
      `${"1\r\n[\r\n".repeat(100_000)}0\r\n\r\n`,
    ],
    /^HTTP\/1.1 400/,
  ],
])("%s ends nothing", async (_, parts, expected) => {
  expect(await sendRaw(parts)).toMatch(expected);
});

const repeated = (begin: string, part: string, times: number, end: string) =>
  Buffer.from(`${begin}${Array(times).fill(part).join(",")}${end}`);
const inLogs = (...logRecords: unknown[]) => ({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });

/** A field of a message with messages in it, on the wire. */
function field(number: number, ...inner: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(inner);
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 127; rest = Math.floor(rest / 128)) length.push((rest % 128) | 0x80);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length, rest]), bytes]);
}
const many = (times: number, bytes: Buffer) => Buffer.alloc(times * bytes.length, bytes);
const emptyRecords = (times: number) => field(1, field(2, many(times, field(2))));
const text = (value: string) => field(1, Buffer.from(value));
const attribute = (key: string, value: string) => field(6, text(key), field(2, text(value)));
const deepValue = (depth: number): Buffer => {
  let value = text("x");
  for (let level = 0; level < depth; level++) value = field(5, field(1, value));
  return value;
};
const mebi = 1024 ** 2;

describe("exports of OpenTelemetry", () => {
  test.each<[string, () => [unknown, Readonly<Record<string, string>>], number, RegExp]>([
    ["four million empty records", () => [emptyRecords(4_000_000), otlpBinary], 413, /at most 50000 records/],
    [
      "four million empty records, in 8 KB",
      () => [gzipSync(emptyRecords(4_000_000)), { ...otlpBinary, ...gzip }],
      413,
      /at most 50000 records/,
    ],
    [
      "four million empty records in JSON",
      () => [repeated('{"resourceLogs":[{"scopeLogs":[{"logRecords":[', "{}", 4_000_000, "]}]}]}"), otlpJson],
      413,
      /at most 50000 records/,
    ],
    ["one record too many", () => [emptyRecords(50_001), otlpBinary], 413, /at most 50000 records/],
    ["ten million empty resources", () => [many(10_000_000, field(1)), otlpBinary], 413, /at most 200000 resources/],
    [
      "two million empty resources in JSON",
      () => [repeated('{"resourceLogs":[', "{}", 2_000_000, "]}"), otlpJson],
      413,
      /at most 200000 resources/,
    ],
    ["five million fields that nobody knows", () => [many(5_000_000, field(15)), otlpBinary], 200, /^$/],
    [
      "two million values of a field that nobody knows",
      () => [repeated('{"x":[', "[]", 2_000_000, "]}"), otlpJson],
      200,
      /^\{\}$/,
    ],
    [
      "a resource of 200 KB for each of 50,000 records",
      () => [field(1, field(1, attribute("k", "x".repeat(200_000))), field(2, many(50_000, field(2)))), otlpBinary],
      413,
      /more than 134217728 bytes/,
    ],
    ["63 MB of zeros", () => [gzipSync(Buffer.alloc(63 * mebi)), { ...otlpBinary, ...gzip }], 400, /number 0/],
    ["256 MB of zeros in 256 KB", () => [gzipBomb(), { ...otlpBinary, ...gzip }], 413, /at most 67108864 bytes/],
    ["256 MB of zeros, packed twice", () => [gzipSync(gzipBomb()), { ...otlpBinary, ...gzip }], 400, /cannot be read/],
    ["gzip that is cut off", () => [gzipBomb().subarray(0, 1000), { ...otlpJson, ...gzip }], 400, /no gzip/],
    [
      "packing that we do not know",
      () => [emptyRecords(1), { ...otlpBinary, "content-encoding": "deflate" }],
      400,
      /deflate/,
    ],
    ["packing twice", () => [emptyRecords(1), { ...otlpBinary, "content-encoding": "gzip, gzip" }], 400, /gzip, gzip/],
    ["JSON that is not UTF-8", () => [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), otlpJson], 400, /UTF-8/],
    ["brackets alone", () => [Buffer.alloc(3_000_000, "["), otlpJson], 400, /no object/],
    ["brackets in a field", () => [Buffer.from(`{"x":${"[".repeat(3_000_000)}`), otlpJson], 400, /no JSON/],
    ["quotes without end", () => [Buffer.from(`{"x":"${'\\"'.repeat(1_000_000)}`), otlpJson], 400, /no JSON/],
    ["lists in place of messages", () => [{ resourceLogs: [[]] }, otlpJson], 400, /resourceLogs is no object/],
  ])("%s: turned away, and why", async (_, given, status, said) => {
    const [body, headers] = given();
    const answer = await send("/v1/logs", body, headers);
    expect(answer).toEqual({ status, text: expect.stringMatching(said) });
  });

  test.each<[string, unknown, RegExp]>([
    ["300 KB", { body: { stringValue: "x".repeat(300_000) } }, /at most 262144 bytes/],
    ["300 KB when it is written", { body: { stringValue: "\u0001".repeat(200_000) } }, /at most 262144 bytes/],
    [
      "values 1,000 deep",
      { body: JSON.parse(`${'{"arrayValue":{"values":['.repeat(1000)}${"]}}".repeat(1000)}`) },
      /deep/,
    ],
    ["100,000 attributes", { attributes: Array(100_000).fill({}) }, /at most 262144 bytes/],
    ["a time of centuries to come", { timeUnixNano: "99999999999999999999" }, /no integer of 64 bits/],
    ["a time before 1970", { timeUnixNano: "-1" }, /negative/],
    ["a severity of its own", { severityNumber: 1e9 }, /no integer from 0 to 24/],
    ["a number as a list", { body: { doubleValue: [] } }, /no number/],
  ])("of a record of %s the sender is told, and the others are taken", async (what, record, said) => {
    const body = inLogs({ eventName: `beside ${what}` }, record, { eventName: `behind ${what}` });
    const { status, text: told } = await send("/v1/logs", body, otlpJson);
    expect(status).toBe(200);
    expect(JSON.parse(told)).toEqual({
      partialSuccess: { rejectedLogRecords: "1", errorMessage: expect.stringMatching(said) },
    });
  });

  test("the same on the wire: too deep, too large, and what is no UTF-8", async () => {
    const record = (...parts: Buffer[]) => field(2, ...parts);
    const named = (name: string) => field(12, Buffer.from(name));
    const bytes = field(1, field(2, record(field(5, deepValue(500)), named("deep")), record(named("on the wire"))));
    const large = field(
      1,
      field(2, record(field(5, text("x".repeat(300_000)))), record(field(12, Buffer.from([0xff])))),
    );
    for (const body of [bytes, large]) {
      const { status, text: told } = await send("/v1/logs", body, otlpBinary);
      expect(status).toBe(200);
      expect(told).toMatch(/deep|262144/);
    }
  });

  test("numbers that JSON lacks, and a thousand attributes, are taken", async () => {
    const attributes = Array.from({ length: 1000 }, (_, index) => ({ key: `k${index}`, value: { intValue: index } }));
    const values = ["NaN", "Infinity", "-Infinity"].map((doubleValue) => ({ doubleValue }));
    const records = [{ eventName: "taken", attributes, body: { arrayValue: { values } } }];
    expect(await send("/v1/logs", inLogs(...records), otlpJson)).toEqual({ status: 200, text: "{}" });
    const endless = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"doubleValue":1e999}}]}]}]}';
    expect(await send("/v1/logs", endless, otlpJson)).toEqual({ status: 200, text: "{}" });
  });
});

/** 256 MB of zeros. */
function gzipBomb(): Buffer {
  return Buffer.concat(Array(4).fill(gzipSync(Buffer.alloc(64 * mebi))));
}

describe("events", () => {
  const nested = (depth: number, open: string, end: string) => open.repeat(depth) + end.repeat(depth);
  test.each<[string, () => string | object, number, RegExp]>([
    [
      "data 100,000 deep",
      () => `{"specversion":"1.0","id":"d","source":"/a","type":"ping","data":${nested(100_000, "[", "]")}}`,
      400,
      /more than 64 deep/,
    ],
    ["an id of a megabyte", () => ping("x".repeat(mebi)), 400, /longer than 1024/],
    ["an id of nothing", () => ping(""), 400, /id is empty/],
    ["an id that is a list", () => ping([]), 400, /id has to be a text/],
    ["an attribute named by a megabyte", () => ping("a", { ["x".repeat(mebi)]: 1 }), 400, /no name of an attribute/],
    [
      "a key of a megabyte",
      () => ping("a", { data: { counts: { ["x".repeat(mebi)]: "many" } } }),
      422,
      /must be integer/,
    ],
    ["a million lists", () => `{"data":[${Array(1_000_000).fill("[]").join(",")}]}`, 413, /at most 1000000 values/],
    ["a year that does not exist", () => ping("a", { time: "10000-01-01T00:00:00Z" }), 400, /time/],
    ["a prototype", () => `{"__proto__":{"id":"a"},"specversion":"1.0"}`, 400, /no name of an attribute/],
  ])("%s: turned away with a few words", async (_, body, status, said) => {
    const given = body();
    const answer = await send("/events", given, json);
    expect(answer).toEqual({ status, text: expect.stringMatching(said) });
    expect(answer.text.length).toBeLessThan(1000);
    const inBatch = await send("/events", typeof given === "string" ? `[${given}]` : [given], batch);
    expect([422, status]).toContain(inBatch.status);
    expect(inBatch.text.length).toBeLessThan(1000);
  });

  test("one id twice in a batch is one event, and the first and the last day are days", async () => {
    const twins = [ping("twin"), ping("twin", { data: { n: 2 } })];
    expect(await send("/events", twins, batch)).toMatchObject({
      status: 202,
      text: expect.stringContaining('"duplicates":1'),
    });
    const days = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"].map((time) =>
      ping(time, { time, recordedtime: time }),
    );
    expect(await send("/events", days, batch)).toMatchObject({
      status: 202,
      text: expect.stringContaining('"accepted":2'),
    });
  });
});

test("twenty bombs at once, and a thousand connections that say nothing: others are answered, and memory is bounded", async () => {
  const { port, hostname } = new URL(collecting.url);
  const idle = await Promise.all(
    Array.from({ length: 1000 }, () => {
      const { promise, resolve } = Promise.withResolvers<ReturnType<typeof connect>>();
      const socket = connect(Number(port), hostname, () => resolve(socket)).on("error", () => undefined);
      return promise;
    }),
  );
  const records = repeated('{"resourceLogs":[{"scopeLogs":[{"logRecords":[', '{"x":[[],[]]}', 4_000_000, "]}]}]}");
  const packed = gzipSync(records);
  const answers = Array.from({ length: 20 }, () => send("/v1/logs", packed, { ...otlpJson, ...gzip }));
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect(statuses.filter((status) => status !== 413 && status !== 503)).toEqual([]);
  expect(await send("/events", ping("last"), json)).toMatchObject({ status: 202 });
  for (const socket of idle) socket.destroy();
  // It was 98 seconds and 4.5 GB for one of them, where records were built before they were counted.
  expect(longestWaitMs).toBeLessThan(60_000);
  expect((await residentMost()) - residentBefore).toBeLessThan(2048 * mebi);
});

test("everything that was acknowledged lands, and nothing else", async () => {
  await using landing = await openLanding({ collectedDir: join(dir.path, "collector/test-domain") });
  await landing.land(pings);
  await landing.land(logs);
  const ids = (await landing.query("SELECT id FROM raw.pings ORDER BY id")).map(({ id }) => id);
  expect(ids).toEqual(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "beside", "bytes", "first", "last", "twin"]);
  const names = await landing.query("SELECT count(*) AS count FROM raw.logs WHERE event_name LIKE 'be%'");
  expect(Number(names[0]?.count)).toBe(16);
});
