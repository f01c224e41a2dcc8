import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AuditTrail, openAuditTrail } from "@thoth/access/audit/audit-trail";
import { decide as decideByContract } from "@thoth/access/decide";
import { accessError } from "@thoth/access/errors";
import type { RunningServer } from "@thoth/subgraph/served-graph";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { courses, now, offerings } from "../fixtures/campus.ts";
import { authenticate, gatewaySettings, recordLog, tokenFor } from "../fixtures/door.ts";
import { PublishFeed } from "../publish-feed.ts";
import { serveGateway } from "../serve-gateway.ts";
import { completeSettings, type Decide } from "../server-settings.ts";
import { productStream } from "./product-stream.ts";
import { PublishedHistory } from "./published-history.ts";

let mesh: SmallMesh;
let server: RunningServer;
let home: string;
let ada: Record<string, string>;
let closeTrail: () => Promise<void>;
const state = { agreement: null as string | null, readable: true, expired: false, rowFilter: null as string | null };

const decide: Decide = (...question) => {
  const { agreement, readable, rowFilter } = state;
  return { ...decideByContract(...question), agreement, readable, rowFilter };
};

beforeAll(async () => {
  mesh = await openSmallMesh([courses, offerings], { now });
});
afterAll(() => mesh?.[Symbol.asyncDispose]());

function settings() {
  return gatewaySettings(mesh, {
    decide,
    limits: { streams: 2 },
    authenticate: async (token) => {
      if (token !== undefined && state.expired) throw accessError["token-expired"]({ expiredAt: "just now" });
      return authenticate(token);
    },
  });
}

beforeEach(async () => {
  Object.assign(state, { agreement: null, readable: true, expired: false, rowFilter: null });
  home = await mkdtemp(join(tmpdir(), "streams-"));
  const audit = openAuditTrail({ home, clock: () => now, log: recordLog() });
  closeTrail = async () => audit[Symbol.asyncDispose]();
  server = await serveGateway({ ...settings(), audit });
  ada = { authorization: `Bearer ${await tokenFor("ada")}` };
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await closeTrail();
  await rm(home, { recursive: true, force: true });
});

const republish = () => mesh.publish("campus/courses", String(courses.rows));
const current = () => mesh.readSide.attached().find(({ product }) => product === "courses")?.id;

/** A stream, once those that were closed before it count no more. */
async function open(headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  let response: Response | undefined;
  const ask = async () => {
    response = await fetch(`${server.url}/streams/campus/courses`, { headers: { ...ada, ...headers }, signal });
    if (response.status === 429) await response.text();
    return response.status;
  };
  await expect.poll(ask, { interval: 5 }).not.toBe(429);
  return response as Response;
}

/** One connection; what it is told comes block by block. */
async function listen(headers: Record<string, string> = {}) {
  const leaving = new AbortController();
  const response = await open(headers, leaving.signal);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const block = async (): Promise<string | undefined> => {
    while (!text.includes("\n\n")) {
      const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
      if (done) return undefined;
      text += value;
    }
    const [first = "", ...rest] = text.split("\n\n");
    text = rest.join("\n\n");
    return first;
  };
  return {
    headers: response.headers,
    block,
    event: async () => {
      const [, id, type, data = "null"] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec((await block()) ?? "") ?? [];
      return { id, type, data: JSON.parse(data) };
    },
    rest: async () => text + ((await reader?.read())?.value ?? ""),
    [Symbol.dispose]: () => leaving.abort(),
  };
}

async function trail(): Promise<Record<string, unknown>[]> {
  const names = (await readdir(join(home, "audit"))).filter((name) => name.endsWith(".ndjson"));
  const texts = await Promise.all(names.map((name) => readFile(join(home, "audit", name), "utf8")));
  const records = texts
    .join("")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return records.filter(({ event }) => event === "read");
}

test("a publication is told of as a CloudEvent with the snapshot's id", async () => {
  using stream = await listen();
  expect(stream.headers.get("content-type")).toContain("text/event-stream");
  expect(await stream.block()).toContain("campus/courses");
  await republish();
  const { id, type, data } = await stream.event();
  expect([id, type]).toEqual([current(), "product.published"]);
  expect(data).toMatchObject({
    specversion: "1.0",
    id,
    source: "/products/campus/courses",
    type: "product.published",
    subject: "campus/courses",
    data: { snapshot: id, rowCount: 4 },
  });
});

test("a reader who comes back is told what it missed, in order, and nothing twice", async () => {
  let [known = "", missed = ""] = ["", ""];
  {
    using first = await listen();
    await first.block();
    await republish();
    known = (await first.event()).id ?? "";
    await republish();
    missed = (await first.event()).id ?? "";
    await republish();
    await first.event();
    using again = await listen({ "last-event-id": known });
    await again.block();
    expect([(await again.event()).id, (await again.event()).id]).toEqual([missed, current()]);
  }
  using upToDate = await listen({ "last-event-id": String(current()) });
  await upToDate.block();
  await republish();
  expect((await upToDate.event()).id).toBe(current());
});

test("of what lies further back than is remembered, the newest is told", async () => {
  using stream = await listen({ "last-event-id": "long-ago" });
  await stream.block();
  expect((await stream.event()).id).toBe(current());
});

test.each<[string, () => void, string]>([
  [
    "the agreement ends, although the product stays open",
    () => Object.assign(state, { agreement: null }),
    "access/product-denied",
  ],
  ["the product may not be read any more", () => Object.assign(state, { readable: false }), "access/product-denied"],
  ["the token expires", () => Object.assign(state, { expired: true }), "access/token-expired"],
])("within about a second it is closed when %s", async (_, end, code) => {
  state.agreement = "agreement-1";
  using stream = await listen();
  await stream.block();
  const begun = performance.now();
  end();
  const closed = await stream.block();
  expect(closed).toContain("event: closed");
  expect(closed).toContain(code);
  expect(await stream.block()).toBeUndefined();
  // The promise is a second, and nothing else would end it for an hour; the machine of a test may be busy.
  expect(performance.now() - begun).toBeLessThan(120_000);
});

test("who may not see every row is not told how many there are", async () => {
  state.rowFilter = "code = 'A1'";
  using stream = await listen();
  await stream.block();
  await republish();
  expect((await stream.event()).data.data).not.toHaveProperty("rowCount");
});

test.each<[string, Record<string, string>, number, string, string?]>([
  ["campus/nothing", {}, 404, "gateway/unknown-product"],
  ["campus/course", {}, 404, "gateway/unknown-product", "Did you mean campus/courses? "],
  ["", {}, 404, "gateway/no-such-stream", "Listen at /streams/campus/courses"],
  ["campus", {}, 404, "gateway/no-such-stream", "Listen at /streams/campus/courses"],
  ["campus/courses/v1", {}, 404, "gateway/no-such-stream", "Listen at /streams/campus/courses"],
  ["campus/courses", { authorization: "Bearer nonsense" }, 401, "access/token-invalid"],
])("a stream of %j is refused with %j %i", async (path, headers, status, code, hint = "") => {
  const response = await fetch(`${server.url}/streams/${path}`, { headers });
  const problem = await response.json();
  expect([response.status, problem.code]).toEqual([status, code]);
  expect(problem.hint).toContain(hint);
});

test("a product that may not be read has no stream, and too many streams are refused", async () => {
  state.readable = false;
  const refused = await fetch(`${server.url}/streams/campus/courses`, { headers: ada });
  expect([refused.status, (await refused.json()).code]).toEqual([403, "access/product-denied"]);
  state.readable = true;
  using _one = await listen();
  using _two = await listen();
  const third = await fetch(`${server.url}/streams/campus/courses`, { headers: ada });
  expect(third.status).toBe(429);
});

test("a stream is in the audit trail before its first byte, and with its events when it has ended", async () => {
  state.agreement = "agreement-1";
  {
    using stream = await listen();
    await stream.block();
    expect((await trail()).map(({ outcome, port, agreement }) => [outcome, port, agreement])).toEqual([
      ["begun", "stream", "agreement-1"],
    ]);
    await republish();
    await stream.event();
  }
  await expect.poll(trail).toHaveLength(2);
  const [begun, ended] = await trail();
  expect(ended).toMatchObject({ outcome: "allowed", rows: 1, request_id: begun?.request_id });
});

test("a client that leaves before its stream is answered keeps no place, and the trail has its end", async () => {
  state.agreement = "agreement-1";
  const outcomes: unknown[] = [];
  let writing = Promise.withResolvers<void>();
  let written = Promise.withResolvers<void>();
  const audit: AuditTrail = {
    record: () => undefined,
    recorded: async (entry) => {
      const outcome = "outcome" in entry && entry.outcome;
      outcomes.push(outcome);
      if (outcome !== "begun") return;
      writing.resolve();
      await written.promise;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  await using held = await serveGateway({ ...settings(), limits: { ...settings().limits, streams: 3 }, audit });
  const listenHeld = (signal: AbortSignal) =>
    fetch(`${held.url}/streams/campus/courses`, { headers: ada, signal }).then(({ status }) => status);
  for (let round = 1; round <= 3; round += 1) {
    [writing, written] = [Promise.withResolvers(), Promise.withResolvers()];
    const leaving = new AbortController();
    const left = expect(listenHeld(leaving.signal)).rejects.toThrow();
    await writing.promise;
    leaving.abort();
    await left;
    // By then the server knows of it.
    await (await fetch(`${held.url}/healthz`)).text();
    written.resolve();
  }
  await expect.poll(() => outcomes.filter((outcome) => outcome === "allowed")).toHaveLength(3);
  const leaving = new AbortController();
  expect(await listenHeld(leaving.signal)).toBe(200);
  leaving.abort();
});

test("a quiet stream gives signs of life", async () => {
  const options = { ...settings(), ...completeSettings({ decide }) };
  const feed = new PublishFeed(() => mesh.readSide.attached());
  using history = new PublishedHistory(feed, () => mesh.readSide.attached());
  const model = mesh.catalog.find((entry) => entry.model.id === "campus/courses")?.model;
  if (model === undefined) throw new Error("the small mesh has courses");
  const leaving = new AbortController();
  const request = new Request("http://mesh.test/streams/campus/courses", { headers: ada, signal: leaving.signal });
  const principal = await authenticate(await tokenFor("ada"));
  const reader = { request, model, decision: decide(principal, model), lastId: undefined, onEvent: () => undefined };
  const stream = productStream(reader, { history, options, stopping: undefined, heartbeatMs: 0 });
  const blocks = [];
  for await (const bytes of stream) {
    blocks.push(Buffer.from(bytes).toString());
    if (blocks.length === 2) leaving.abort();
  }
  expect(blocks).toEqual([expect.stringContaining("retry: "), ": still here\n\n"]);
});
