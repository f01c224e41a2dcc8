import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, expect, test } from "vitest";
import { smallEvent } from "./fixtures/small-event.ts";
import { type OpenLineage, type OpenLineageOptions, openLineage, type QueueSettings } from "./open-lineage.ts";
import type { RunEvent } from "./run-event.ts";

let dir: TempDir;

beforeAll(async () => {
  dir = await tempDir();
});

afterAll(() => dir[Symbol.asyncDispose]());

interface Collector extends AsyncDisposable {
  readonly url: string;
  readonly requests: { readonly path: string; readonly authorization: string | undefined; readonly body: RunEvent }[];
}

type Answer = (request: IncomingMessage, response: ServerResponse, attempt: number) => void;

/** A lineage server that notes what it gets and answers as it is told. */
async function openCollector(answer: Answer): Promise<Collector> {
  const requests: Collector["requests"] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request).catch(() => undefined);
    // Who sent it has given up on it before all of it was here.
    if (body === undefined) return;
    const { url = "", headers } = request;
    requests.push({ path: url, authorization: headers.authorization, body: JSON.parse(body) });
    answer(request, response, requests.length);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, [Symbol.asyncDispose]: close };
}

function event(number: number): RunEvent {
  return smallEvent(String(number), { namespace: "school", name: "shop/clean/sales" });
}

function open(
  options: Omit<OpenLineageOptions, "namespace">,
  settings: Partial<QueueSettings> = {},
): OpenLineage & { troubles: string[] } {
  const troubles: string[] = [];
  const queue = {
    graceMs: 60_000,
    retryDelaysMs: [1, 1, 1],
    onTrouble: (message: string) => troubles.push(message),
    ...settings,
  };
  const opened = openLineage({ namespace: "school", ...options }, queue);
  if (opened === undefined) throw new Error("there is a place to tell");
  return Object.assign(opened, { troubles });
}

const idsOf = ({ requests }: Collector) => requests.map(({ body }) => body.run.runId);

test("without a place to tell there is nothing to open", () => {
  expect(openLineage({ namespace: "school" }, { onTrouble: () => undefined })).toBeUndefined();
});

test("a file and a server get every event, in order; the server with the key", async () => {
  const file = join(dir.path, "both.ndjson");
  await using collector = await openCollector((_, response) => response.writeHead(201).end());
  {
    await using told = open({ file, url: collector.url, apiKey: "k3y" });
    for (const number of [1, 2, 3]) told.send(async () => event(number));
  }
  expect(idsOf(collector)).toEqual(["1", "2", "3"]);
  expect(collector.requests[0]).toMatchObject({ path: "/api/v1/lineage", authorization: "Bearer k3y", body: event(1) });
  expect(readFileSync(file, "utf8")).toBe([1, 2, 3].map((number) => `${JSON.stringify(event(number))}\n`).join(""));
});

test("a path in the URL is the endpoint, and a name and password in it are sent as such", async () => {
  await using collector = await openCollector((_, response) => response.end());
  {
    await using told = open({ url: `${collector.url.replace("//", "//ann:p%40ss@")}/lineage/in?tenant=7` });
    told.send(async () => event(1));
  }
  const authorization = `Basic ${Buffer.from("ann:p@ss").toString("base64")}`;
  expect(collector.requests).toEqual([{ path: "/lineage/in?tenant=7", authorization, body: event(1) }]);
});

test.each([500, 503, 429, 408])("what is answered with HTTP %d is tried again", async (status) => {
  await using collector = await openCollector((_, response, attempt) =>
    response.writeHead(attempt < 3 ? status : 200).end(),
  );
  const told = open({ url: collector.url });
  told.send(async () => event(1));
  told.send(async () => event(2));
  await told[Symbol.asyncDispose]();
  expect(idsOf(collector)).toEqual(["1", "1", "1", "2"]);
  expect(told.dropped).toBe(0);
  expect(told.troubles).toEqual([
    `OpenLineage events do not reach ${collector.url}/api/v1/lineage: it answered with HTTP ${status}. Runs go on without them`,
  ]);
});

test("events wait for a server that comes back, in their order, each as soon as it can", async () => {
  await using collector = await openCollector((request, response, attempt) =>
    attempt < 4 ? request.socket.destroy() : response.end(),
  );
  const told = open({ url: collector.url });
  for (const number of [1, 2, 3]) told.send(async () => event(number));
  await told[Symbol.asyncDispose]();
  expect(idsOf(collector)).toEqual(["1", "1", "1", "1", "2", "3"]);
  expect(told.dropped).toBe(0);
  expect(told.troubles).toEqual([expect.stringContaining("it cannot be reached. Runs go on without them")]);
});

test("an event that was tried in vain is dropped alone: those behind it arrive when the server is back", async () => {
  await using collector = await openCollector((_, response, attempt) =>
    response.writeHead(attempt < 5 ? 500 : 200).end(),
  );
  const told = open({ url: collector.url });
  for (const number of [1, 2]) told.send(async () => event(number));
  await told[Symbol.asyncDispose]();
  expect(idsOf(collector)).toEqual(["1", "1", "1", "1", "2"]);
  expect(told.troubles.at(-1)).toBe(`1 OpenLineage events for ${collector.url}/api/v1/lineage were dropped`);
});

test("what a server refuses is not tried again, and counted", async () => {
  await using collector = await openCollector((_, response, attempt) =>
    response.writeHead(attempt === 1 ? 422 : 200).end(),
  );
  const told = open({ url: collector.url });
  for (const number of [1, 2]) told.send(async () => event(number));
  await told[Symbol.asyncDispose]();
  expect(idsOf(collector)).toEqual(["1", "2"]);
  expect(told.dropped).toBe(1);
  expect(told.troubles.at(-1)).toBe(`1 OpenLineage events for ${collector.url}/api/v1/lineage were dropped`);
});

test("a server that never answers holds up neither the sender nor the file; what waits at the end is dropped and told", async () => {
  const file = join(dir.path, "dead.ndjson");
  await using collector = await openCollector(() => undefined);
  const url = collector.url.replace("http://", "http://user:pa55@");
  const told = open({ file, url: `${url}?key=s3cret`, apiKey: "k3y" }, { graceMs: 1 });
  for (const number of [1, 2, 3]) told.send(async () => event(number));
  await expect.poll(() => linesOf(file)).toBe(3);
  await expect.poll(() => idsOf(collector)).toEqual(["1"]);
  await told[Symbol.asyncDispose]();
  expect(told.dropped).toBe(3);
  expect(told.troubles).toEqual([`3 OpenLineage events for ${collector.url}/api/v1/lineage were dropped`]);
});

function linesOf(file: string): number {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0;
}

test("a server that is too slow for one event is given up on after its time", async () => {
  await using collector = await openCollector((_, response, attempt) => void (attempt > 1 && response.end()));
  // A busy machine may be too late for one or another of those that are answered, too.
  const told = open({ url: collector.url, timeoutMs: 50 }, { retryDelaysMs: Array(1_000).fill(1) });
  told.send(async () => event(1));
  await told[Symbol.asyncDispose]();
  expect(idsOf(collector).length).toBeGreaterThan(1);
  expect([new Set(idsOf(collector)), told.dropped]).toEqual([new Set(["1"]), 0]);
  expect(told.troubles).toEqual([expect.stringContaining("no answer within 50 ms")]);
});

test("more events than may wait are dropped, the newest first", async () => {
  await using collector = await openCollector((_, response) => response.end());
  const told = open({ url: collector.url }, { capacity: 2 });
  for (const number of [1, 2, 3, 4]) told.send(async () => event(number));
  await told[Symbol.asyncDispose]();
  expect(idsOf(collector)).toEqual(["1", "2"]);
  expect(told.dropped).toBe(2);
});

test("several events may be made at once, or none", async () => {
  await using collector = await openCollector((_, response) => response.end());
  const told = open({ url: collector.url });
  for (const numbers of [[1, 2], [], [3]]) told.send(async () => numbers.map(event));
  await told[Symbol.asyncDispose]();
  expect([idsOf(collector), told.dropped]).toEqual([["1", "2", "3"], 0]);
});

test("an event that cannot be made is dropped; those behind it arrive", async () => {
  await using collector = await openCollector((_, response) => response.end());
  const told = open({ url: collector.url });
  told.send(async () => {
    throw new Error("no words for it");
  });
  told.send(async () => event(2));
  await told[Symbol.asyncDispose]();
  expect(idsOf(collector)).toEqual(["2"]);
  expect(told.troubles[0]).toContain("no words for it");
});
