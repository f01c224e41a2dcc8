import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { openLanding } from "@thoth/testing/landing";
import { tempDir } from "@thoth/testing/temp-dir";
import fc from "fast-check";
import { expect, test } from "vitest";
import { closedCollector } from "./closed-collector.ts";
import { collectedEvents } from "./collected-events.ts";
import { collectedSignals } from "./collected-signals.ts";
import { type Collector, openCollector } from "./collector.ts";
import { type CollectorLimits, collectorHandler } from "./collector-http.ts";
import { readIntakes } from "./intake.ts";
import { changeSourceKeys, KeyRing, keyFile } from "./key-file.ts";
import { serveCollector } from "./serve-collector.ts";
import { createSourceKey, type KeyTerms } from "./source-key.ts";

const contract = `
apiVersion: v3.2.0
kind: DataContract
id: 2b6f1a49-6b1b-4e55-8a0e-8a1b36f4f3c2
name: visits
version: 1.0.0
status: active
schema:
  - name: visit
    logicalType: object
    customProperties: [{ property: consent, value: data.consent }]
    properties:
      - { name: type, logicalType: string, required: true, enum: [{ value: visit }] }
      - { name: subject, logicalType: string, logicalTypeOptions: { maxLength: 10 } }
      - name: data
        logicalType: object
        required: true
        classification: internal
        properties:
          - name: consent
            logicalType: object
            required: true
            properties:
              - { name: version, logicalType: string, required: true }
              - { name: granted_at, logicalType: timestamp, required: true }
          - { name: pages, logicalType: integer, required: true, logicalTypeOptions: { minimum: 1, maximum: 100 } }
          - { name: words, logicalType: map, map: { key: { logicalType: string }, value: { logicalType: string } } }
`;

const visits = collectedEvents({ name: "visits", contract: "visits.odcs.yaml" });
const logs = collectedSignals({ name: "logs", signal: "logs" });
const agreed = { version: "1", granted_at: "2026-01-01T00:00:00Z" };
const visit = (id: string, more: object = {}) => ({
  specversion: "1.0",
  id,
  source: "/pages/home",
  type: "visit",
  time: "2026-03-01T00:00:00Z",
  data: { consent: agreed, pages: 3 },
  ...more,
});

interface Collecting extends AsyncDisposable {
  readonly url: string;
  readonly collector: Collector;
  readonly dir: string;
  now: number;
  addKey(terms?: Partial<KeyTerms>): Promise<string>;
  /** Lines kept in a domain's stream. */
  kept(stream: string): Promise<Record<string, unknown>[]>;
}

async function openCollecting(limits?: Partial<CollectorLimits>, loopback = true): Promise<Collecting> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir());
  await writeFile(join(dir.path, "visits.odcs.yaml"), contract);
  const source = { name: "pages", kind: "cloud-events", description: "", streams: [visits, logs] };
  const intakes = readIntakes(dir.path, [{ name: "pages", dir: dir.path, sources: [source] }]);
  const state = { now: Date.UTC(2026, 2, 2) };
  const clock = () => state.now;
  const collector = stack.use(await openCollector({ dir: join(dir.path, "c"), intakes, clock, pid: process.pid }));
  const keys = new KeyRing(keyFile(dir.path));
  const failures: unknown[] = [];
  const onFailure = (failure: unknown) => failures.push(failure);
  const handler = collectorHandler({ collector, keys, clock, loopback, onFailure, ...(limits && { limits }) });
  const server = stack.use(await serveCollector({ handler, collector, onFailure, host: "127.0.0.1", port: 0 }));
  stack.defer(() => expect(failures).toEqual([]));
  const resources = stack.move();
  return Object.assign(state, {
    url: server.url,
    collector,
    dir: join(dir.path, "c"),
    async addKey(terms: Partial<KeyTerms> = {}) {
      const rate = { perSecond: 100, burst: 1000 };
      const all = { name: "k", kind: "secret", sources: ["*"], origins: [], rate, ...terms } as const;
      const { key, kept } = createSourceKey(all, clock());
      await changeSourceKeys(keyFile(dir.path), (before) => [...before, kept]);
      state.now += 2000;
      return key;
    },
    async kept(stream: string) {
      const folder = join(dir.path, "c/pages", stream);
      const names = (await readdir(folder)).filter((name) => name.endsWith(".ndjson"));
      const texts = await Promise.all(names.sort().map((name) => readFile(join(folder, name), "utf8")));
      return texts.flatMap((text) => text.split("\n").filter(Boolean)).map((line) => JSON.parse(line));
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  });
}

type Sent = { readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown> };

async function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Sent> {
  const isBytes = typeof body === "string" || body instanceof Uint8Array;
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/cloudevents+json", ...headers },
    body: isBytes ? (body as BodyInit) : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? {} : JSON.parse(text) };
}

const batchType = { "content-type": "application/cloudevents-batch+json; charset=utf-8" };

test("structured, binary and batch carry the same event", async () => {
  await using at = await openCollecting();
  expect(await post(`${at.url}/events`, visit("1"))).toMatchObject({ status: 202, body: { accepted: 1 } });
  const headers = {
    "content-type": "application/json",
    "ce-specversion": "1.0",
    "ce-id": "2",
    "ce-source": "/pages/home",
    "ce-type": "visit",
    "ce-time": "2026-03-01T00:00:00Z",
    "ce-subject": "%C3%BC%20%22",
  };
  expect(await post(`${at.url}/events`, visit("").data, headers)).toMatchObject({ status: 202 });
  expect(await post(`${at.url}/events`, [visit("3"), visit("1")], batchType)).toMatchObject({
    status: 202,
    body: { accepted: 1, duplicates: 1, refused: [] },
  });
  expect(await post(`${at.url}/events`, [], batchType), "a batch may be empty").toMatchObject({ status: 202 });
  const kept = await at.kept("visits");
  expect(kept.map(({ id, subject }) => [id, subject])).toEqual([
    ["1", undefined],
    ["2", 'ü "'],
    ["3", undefined],
  ]);
  expect(kept[1]).toMatchObject({
    ...visit("2"),
    time: "2026-03-01T00:00:00.000Z",
    recordedtime: "2026-03-02T00:00:00.000Z",
  });
  expect(Object.keys(kept[0] ?? {}), "nothing of who sent it").toEqual([
    "_crc",
    "id",
    "source",
    "specversion",
    "type",
    "time",
    "recordedtime",
    "data",
  ]);
});

const structured = "application/cloudevents+json";

test.each<[string, unknown, string, number, string, string | undefined]>([
  ["no JSON", "{", structured, 400, "malformed", undefined],
  ["no UTF-8", Buffer.from([0x22, 0xff, 0x22]), structured, 400, "malformed", undefined],
  ["a list", [], structured, 400, "malformed", undefined],
  ["no id", { ...visit("1"), id: undefined }, structured, 400, "malformed", "id"],
  ["an empty source", visit("1", { source: "" }), structured, 400, "malformed", "source"],
  ["another version", visit("1", { specversion: "0.3" }), structured, 400, "malformed", "specversion"],
  ["an attribute in capitals", visit("1", { Partition: "x" }), structured, 400, "malformed", "Partition"],
  ["an attribute that is an object", visit("1", { extra: {} }), structured, 400, "malformed", "extra"],
  ["a control character", visit("1", { subject: "a\u0007" }), structured, 400, "malformed", "subject"],
  ["no time", visit("1", { time: "2026-02-30T00:00:00Z" }), structured, 400, "malformed", "time"],
  [
    "a character that is none",
    visit("1", { data: { consent: agreed, pages: 1, words: { a: "\0" } } }),
    structured,
    400,
    "malformed",
    "data",
  ],
  ["bytes", visit("1", { data_base64: "AA==" }), structured, 400, "malformed", "data_base64"],
  ["XML", visit("1", { datacontenttype: "text/xml" }), structured, 400, "malformed", "datacontenttype"],
  ["another format", "<event/>", "application/cloudevents+xml", 415, "malformed", undefined],
  ["no event", "{}", "application/json", 415, "malformed", undefined],
  ["a type that nobody takes", visit("1", { type: "visits" }), structured, 422, "unknown-type", "type"],
  ["data that is missing", visit("1", { data: undefined }), structured, 403, "consent", "data.consent"],
  [
    "a value above its limit",
    visit("1", { data: { consent: agreed, pages: 101 } }),
    structured,
    422,
    "contract",
    "data.pages",
  ],
  ["a field that is missing", visit("1", { data: { consent: agreed } }), structured, 422, "contract", "data.pages"],
  ["a text that is too long", visit("1", { subject: "12345678901" }), structured, 422, "contract", "subject"],
  ["no consent", visit("1", { data: { pages: 1 } }), structured, 403, "consent", "data.consent"],
  ["consent that came later", visit("1", { time: "2025-01-01T00:00:00Z" }), structured, 403, "consent", "data.consent"],
  [
    "data that we may not hold",
    visit("1", { dataclassification: "confidential" }),
    structured,
    403,
    "classification",
    "dataclassification",
  ],
  [
    "a classification that we do not know",
    visit("1", { dataclassification: "secret" }),
    structured,
    403,
    "classification",
    "dataclassification",
  ],
  [
    "more than an event may have",
    visit("1", { data: { consent: agreed, pages: 1, words: { a: "x".repeat(70_000) } } }),
    structured,
    413,
    "too-large",
    undefined,
  ],
])("an event with %s is refused and says why", async (_, body, type, status, code, path) => {
  await using at = await openCollecting();
  const answer = await post(`${at.url}/events`, body, { "content-type": type });
  expect(answer).toMatchObject({ status, body: { code, message: expect.stringMatching(/\w/) } });
  expect(answer.body.path).toBe(path);
  expect(await at.kept("visits").catch(() => [])).toEqual([]);
});

test("of a batch, what fits is taken; the rest is named, and kept as far as we may", async () => {
  await using at = await openCollecting();
  const bad = visit("bad", { data: { consent: agreed, pages: "many", diary: "dear" } });
  const none = visit("none", { data: { pages: 1 } });
  const stranger = visit("stranger", { type: "other", data: { secret: 1 } });
  const { status, body } = await post(`${at.url}/events`, [visit("1"), bad, none, stranger, 7], batchType);
  expect(status).toBe(202);
  expect(body).toMatchObject({
    accepted: 1,
    refused: [
      { index: 1, code: "contract", path: "data.pages" },
      { index: 2, code: "consent" },
      { index: 3, code: "unknown-type" },
      { index: 4, code: "malformed" },
    ],
  });
  expect(await at.kept("refused")).toMatchObject([{ code: "contract", path: "data.pages", event: { id: "bad" } }]);
  const unrouted = (await readdir(join(at.dir, "refused"))).filter((name) => name.endsWith(".ndjson"));
  const text = await readFile(join(at.dir, "refused", unrouted[0] ?? ""), "utf8");
  expect(JSON.parse(text)).toMatchObject({ code: "unknown-type", event: { id: "stranger", type: "other" } });
  expect(text).not.toContain("secret");
  expect(await post(`${at.url}/events`, [stranger, none], batchType), "nothing fits").toMatchObject({ status: 422 });
  expect(at.collector.counts()).toEqual(
    expect.arrayContaining([
      { stream: "pages/visits", outcome: "accepted", count: 1 },
      { stream: "pages/visits", outcome: "consent", count: 2 },
      { stream: "unknown", outcome: "unknown-type", count: 2 },
    ]),
  );
});

test("bodies may be packed, and are limited by what they unpack to", async () => {
  await using at = await openCollecting({ eventBytes: 10_000 });
  const gzip = { "content-encoding": "gzip" };
  expect(await post(`${at.url}/events`, gzipSync(JSON.stringify(visit("1"))), gzip)).toMatchObject({ status: 202 });
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  expect(bomb.length).toBeGreaterThan(40_000);
  const packed = gzipSync(Buffer.alloc(2_000_000));
  expect(await post(`${at.url}/events`, packed, gzip)).toMatchObject({ status: 413, body: { code: "too-large" } });
  expect(await post(`${at.url}/events`, " ".repeat(30_000))).toMatchObject({ status: 413 });
  expect(await post(`${at.url}/events`, "no gzip", gzip)).toMatchObject({ status: 400 });
  expect(await post(`${at.url}/events`, "x", { "content-encoding": "br" })).toMatchObject({ status: 400 });
  expect(
    await post(
      `${at.url}/events`,
      Array.from({ length: 1001 }, () => 0),
      batchType,
    ),
  ).toMatchObject({ status: 413 });
});

test("whatever became of a request, it holds nothing afterwards", async () => {
  await using at = await openCollecting({ eventBytes: 100_000, signalBytes: 100_000, heldBytes: 2_000_000 });
  const gzip = { "content-encoding": "gzip" };
  const otlp = { "content-type": "application/json" };
  const records = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: "x".repeat(90_000) } }] }] }] };
  for (let round = 0; round < 15; round++) {
    expect(await post(`${at.url}/events`, " ".repeat(90_000))).toMatchObject({ status: 400 });
    expect(await post(`${at.url}/events`, " ".repeat(200_000))).toMatchObject({ status: 413 });
    expect(await post(`${at.url}/events`, gzipSync(Buffer.alloc(90_000)).subarray(0, 50), gzip)).toMatchObject({
      status: 400,
    });
    expect(await post(`${at.url}/v1/logs`, gzipSync(JSON.stringify(records)), { ...otlp, ...gzip })).toMatchObject({
      status: 200,
    });
    expect(await post(`${at.url}/v1/logs`, "[".repeat(90_000), otlp)).toMatchObject({ status: 400 });
    const leaving = new AbortController();
    const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.alloc(90_000)) });
    const gone = fetch(`${at.url}/events`, {
      method: "POST",
      body,
      duplex: "half",
      signal: leaving.signal,
    } as RequestInit);
    setImmediate(() => leaving.abort());
    await expect(gone).rejects.toThrow();
  }
  await expect.poll(async () => (await post(`${at.url}/events`, visit("1"))).status).toBe(202);
});

test("keys: who is unknown, who may not send for a source, and who sends too much", async () => {
  await using at = await openCollecting();
  const key = await at.addKey({ sources: ["/pages/*"], rate: { perSecond: 1, burst: 2 } });
  const bearer = { authorization: `Bearer ${key}` };
  const events = `${at.url}/events`;
  const missing = await post(events, visit("1"));
  expect(missing).toMatchObject({ status: 401, body: { code: "ingest/key-missing" } });
  expect(missing.headers.get("www-authenticate")).toBe("Bearer");
  expect(await post(events, visit("1"), { authorization: `Bearer ${key}x` })).toMatchObject({ status: 401 });
  expect(await post(`${events}?key=${key}`, visit("1"))).toMatchObject({
    status: 403,
    body: { code: "ingest/key-misused" },
  });
  const foreign = await post(events, visit("1", { source: "/other" }), bearer);
  expect(foreign).toMatchObject({ status: 403, body: { code: "source-not-allowed", path: "source" } });
  expect(await post(events, visit("1"), bearer)).toMatchObject({ status: 202 });
  const early = await post(events, visit("2"), bearer);
  expect(early).toMatchObject({ status: 429, body: { code: "ingest/rate-limited" } });
  at.now += Number(early.headers.get("retry-after")) * 1000;
  expect(await post(events, visit("2"), bearer)).toMatchObject({ status: 202 });
});

test("pages: a publishable key works from its origins, in the address too, and for beacons of any content type", async () => {
  await using at = await openCollecting();
  const origin = "https://splashkit.io";
  const key = await at.addKey({ kind: "publishable", origins: [origin], sources: ["/pages/home"] });
  const beacon = `${at.url}/events/beacon?key=${key}`;
  const text = { "content-type": "text/plain;charset=UTF-8" };
  const taken = await post(beacon, JSON.stringify([visit("1")]), { ...text, origin });
  expect(taken).toMatchObject({ status: 202, body: { accepted: 1 } });
  expect(taken.headers.get("access-control-allow-origin")).toBe(origin);
  const elsewhere = await post(beacon, JSON.stringify([visit("2")]), { ...text, origin: "https://evil.example" });
  expect(elsewhere).toMatchObject({ status: 403, body: { code: "ingest/key-misused" } });
  expect(elsewhere.headers.get("access-control-allow-origin")).toBeNull();
  const asks = { origin, "access-control-request-method": "POST" };
  const preflight = await fetch(`${at.url}/events`, { method: "OPTIONS", headers: asks });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-headers")).toContain("authorization");
  const foreign = await fetch(`${at.url}/events`, {
    method: "OPTIONS",
    headers: { ...asks, origin: "https://a.example" },
  });
  expect(foreign.headers.get("access-control-allow-origin")).toBeNull();
});

test("without any key, this machine may send; pages and other machines may not", async () => {
  await using open = await openCollecting();
  expect(await post(`${open.url}/events`, visit("1"), { origin: open.url })).toMatchObject({ status: 401 });
  await using exposed = await openCollecting({}, false);
  expect(await post(`${exposed.url}/events`, visit("1"))).toMatchObject({ status: 401 });
});

test("OTLP: what is taken, what is rejected, and what cannot be read", async () => {
  await using at = await openCollecting();
  const json = { "content-type": "application/json" };
  const records = [{ timeUnixNano: "1", body: { stringValue: "x" } }, { severityNumber: "INFO" }];
  const logsOf = (logRecords: unknown[]) => ({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
  const partial = await post(`${at.url}/v1/logs`, logsOf(records), json);
  expect(partial).toMatchObject({
    status: 200,
    body: { partialSuccess: { rejectedLogRecords: "1", errorMessage: "severityNumber is no integer from 0 to 24" } },
  });
  expect(await post(`${at.url}/v1/logs`, logsOf(records.slice(0, 1)), json)).toMatchObject({ status: 200, body: {} });
  expect(await at.kept("logs"), "sent again").toHaveLength(1);
  expect(await post(`${at.url}/v1/logs`, "{", json)).toMatchObject({
    status: 400,
    body: { message: expect.any(String) },
  });
  expect(await post(`${at.url}/v1/logs`, { resourceLogs: 1 }, json)).toMatchObject({ status: 400 });
  expect(await post(`${at.url}/v1/logs`, '{"x":[1 2]}', json)).toMatchObject({ status: 400 });
  expect(await post(`${at.url}/v1/metrics`, {}, json), "nobody takes them").toMatchObject({ status: 404 });
  expect(await post(`${at.url}/v1/logs`, "x", { "content-type": "text/plain" })).toMatchObject({ status: 415 });
  const binary = await fetch(`${at.url}/v1/logs`, {
    method: "POST",
    headers: { "content-type": "application/x-protobuf" },
    body: Buffer.from([0x0a, 0x05]),
  });
  expect(binary.status).toBe(400);
  expect(binary.headers.get("content-type")).toBe("application/x-protobuf");
  expect(Buffer.from(await binary.arrayBuffer()).toString()).toContain("cut off");
});

test("what could not be kept has cost nothing: its sender may send it again as soon as it can be", async () => {
  await using at = await openCollecting();
  const rate = { perSecond: 1, burst: 3 };
  const bearer = { authorization: `Bearer ${await at.addKey({ rate })}` };
  const records = Array.from({ length: 3 }, (_, index) => ({ timeUnixNano: String(index) }));
  const given = { resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] };
  const folders = ["logs", "visits"].map((name) => join(at.dir, "pages", name));
  for (const folder of folders) await rm(folder, { recursive: true });
  const send = () => post(`${at.url}/v1/logs`, given, { "content-type": "application/json", ...bearer });
  expect(await send()).toMatchObject({ status: 503 });
  const batch = [visit("1"), visit("2"), visit("3")];
  expect(await post(`${at.url}/events`, batch, { ...batchType, ...bearer })).toMatchObject({ status: 503 });
  for (const folder of folders) await mkdir(folder);
  at.now += 1500;
  expect(await send()).toMatchObject({ status: 200 });
  at.now += 3000;
  expect(await post(`${at.url}/events`, batch, { ...batchType, ...bearer })).toMatchObject({ status: 202 });
  expect(await send(), "and what was kept has").toMatchObject({ status: 429 });
});

test("where nothing can be taken in, senders are told to come back", async () => {
  const server = createServer((request, response) => {
    if (!closedCollector()(request, response)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const told = await post(`${url}/events/beacon?key=x`, visit("1"));
  expect(told).toMatchObject({ status: 503, body: { code: "ingest/collector-closed", hint: expect.any(String) } });
  expect(told.headers.get("retry-after")).toBe("60");
  expect((await fetch(`${url}/graphql`)).status).toBe(404);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("other paths are not the collector's, and only POST is taken", async () => {
  await using at = await openCollecting();
  expect((await fetch(`${at.url}/events`)).status).toBe(405);
  expect((await fetch(`${at.url}/v2/logs`)).status).toBe(404);
  expect(await (await fetch(`${at.url}/healthz`)).json()).toEqual({ ok: true, waitingBytes: 0 });
  await expect(
    openCollector({ ...at, intakes: { events: new Map(), signals: new Map() }, clock: () => 0, pid: process.pid }),
  ).rejects.toMatchObject({
    code: "ingest/collector-in-use",
  });
});

test("whatever an event says, when it is acknowledged it lands", async () => {
  await using at = await openCollecting();
  const text = fc.string({ unit: "binary", maxLength: 12 });
  const times = fc.constantFrom(
    "2026-03-01T00:00:00Z",
    "2026-03-01t10:00:00.123456789+14:00",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    undefined,
  );
  const event = fc.record({
    specversion: fc.constant("1.0"),
    id: text,
    source: text,
    type: fc.constant("visit"),
    subject: fc.option(text, { nil: undefined }),
    time: times,
    sequence: fc.option(fc.oneof(text, fc.integer()), { nil: undefined }),
    recordedtime: times,
    data: fc.record({
      consent: fc.constant({ ...agreed, granted_at: "0001-01-01T00:00:00Z" }),
      pages: fc.integer({ min: 1, max: 100 }),
      words: fc.dictionary(text, text, { maxKeys: 3 }),
    }),
  });
  const acknowledged = new Set<string>();
  const sample = fc.sample(event, { numRuns: 400, seed: 7 });
  for (let from = 0; from < sample.length; from += 40) {
    const batch = sample.slice(from, from + 40);
    const { body } = await post(`${at.url}/events`, batch, batchType);
    const refused = new Set((body.refused as { index: number }[]).map(({ index }) => index));
    for (const [index, { source, id }] of batch.entries())
      if (!refused.has(index)) acknowledged.add(JSON.stringify([source, id]));
  }
  expect(acknowledged.size).toBeGreaterThan(30);
  await using landing = await openLanding({ collectedDir: join(at.dir, "pages") });
  await landing.land(visits);
  const rows = await landing.query("select source, id from raw.visits");
  expect(rows.map(({ source, id }) => JSON.stringify([source, id])).sort()).toEqual([...acknowledged].sort());
});
