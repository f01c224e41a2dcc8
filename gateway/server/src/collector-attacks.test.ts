import { connect } from "node:net";
import { closedCollector } from "@thoth/ingest/collector/closed-collector";
import { openCollector } from "@thoth/ingest/collector/collector";
import { collectorHandler } from "@thoth/ingest/collector/collector-http";
import { KeyRing, keyFile } from "@thoth/ingest/collector/key-file";
import type { GatewayOptions, RunningServer } from "@thoth/subgraph/served-graph";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, expect, test } from "vitest";
import { courses, now } from "./fixtures/campus.ts";
import { gatewaySettings, recordLog } from "./fixtures/door.ts";
import { serveGateway } from "./serve-gateway.ts";

/** One server for readers and senders, as `mesh up` has it: no request of either ends it for the others. */
const stack = new AsyncDisposableStack();
const log = recordLog();
const servers: Record<string, RunningServer> = {};

beforeAll(async () => {
  const mesh = stack.use(await openSmallMesh([courses], { now }));
  const dir = stack.use(await tempDir());
  const clock = () => now;
  const intakes = { events: new Map(), signals: new Map() };
  const collector = stack.use(await openCollector({ dir: dir.path, intakes, clock, pid: process.pid }));
  const keys = new KeyRing(keyFile(dir.path));
  const onFailure = (failure: unknown) => log.error("the collector failed", { failure });
  await open(mesh, "open", collectorHandler({ collector, keys, clock, loopback: true, onFailure }));
  await open(mesh, "closed", closedCollector());
  await open(mesh, "broken", () => {
    throw new Error("a secret of ours");
  });
});
afterAll(() => stack.disposeAsync());

async function open(mesh: SmallMesh, name: string, collector: NonNullable<GatewayOptions["collector"]>): Promise<void> {
  servers[name] = stack.use(await serveGateway(gatewaySettings(mesh, { log, collector })));
}

/** All that comes back. */
function sendRaw(name: string, head: string): Promise<string> {
  const { port, hostname } = new URL(servers[name]?.url ?? "");
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(port), hostname, () => socket.write(`${head}\r\nconnection: close\r\n\r\n`));
    socket.on("data", (part) => {
      text += part;
    });
    socket.once("error", reject);
    socket.once("close", () => resolve(text));
  });
}

const rows: readonly (readonly [string, string, RegExp])[] = [
  ["two slashes", "GET // HTTP/1.1\r\nhost: a", /^HTTP\/1.1 404/],
  ["half an address", "GET http://[ HTTP/1.1\r\nhost: a", /^HTTP\/1.1 404/],
  ["half an address before a path of ours", "POST //[/events HTTP/1.1\r\nhost: a", /^HTTP\/1.1 404/],
  ["a port that is none", "POST http://a:99999/events HTTP/1.1\r\nhost: a", /^HTTP\/1.1 404/],
  ["a path of a star", "OPTIONS * HTTP/1.1\r\nhost: a", /^HTTP\/1.1 405/],
  ["half a host", "GET / HTTP/1.1\r\nhost: [", /^HTTP\/1.1 400/],
  ["a host of two", "GET /graphql?query={__typename} HTTP/1.1\r\nhost: a b", /^HTTP\/1.1 400/],
  ["a host with a port that is none", "GET /products HTTP/1.1\r\nhost: a:99999", /^HTTP\/1.1 400/],
  ["half a host, for the operator's commands", "GET /operator/command HTTP/1.1\r\nhost: [", /^HTTP\/1.1 400/],
  ["half a host, for a stream", "GET /streams/a/b HTTP/1.1\r\nhost: [", /^HTTP\/1.1 400/],
  ["half a host, for the collector", "GET /events HTTP/1.1\r\nhost: [", /^HTTP\/1.1 400/],
];

test.each(["open", "closed"].flatMap((name) => rows.map((row) => [name, ...row] as const)))(
  "with a collector that is %s, %s ends nothing and tells nothing",
  async (name, _, head, expected) => {
    const answer = await sendRaw(name, head);
    expect(answer).toMatch(expected);
    expect(answer).not.toMatch(/node_modules|node:internal|\.ts:/);
    expect(log.lines.splice(0).filter(({ level }) => level === "error")).toEqual([]);
  },
);

test("whatever throws in a request fails that request alone, and its reason is for the log", async () => {
  const answer = await sendRaw("broken", "GET / HTTP/1.1\r\nhost: a");
  expect(answer).toMatch(/^HTTP\/1.1 500/);
  expect(answer).not.toContain("secret");
  expect(log.lines.splice(0)).toMatchObject([{ level: "error", details: expect.stringContaining("a secret of ours") }]);
  expect(await sendRaw("broken", "GET / HTTP/1.1\r\nhost: a")).toMatch(/^HTTP\/1.1 500/);
});
