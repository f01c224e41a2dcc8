import { open, readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { openCollector } from "@thoth/ingest/collector/collector";
import { changeSourceKeys, keyFile } from "@thoth/ingest/collector/key-file";
import { createSourceKey } from "@thoth/ingest/collector/source-key";
import { tempDir } from "@thoth/testing/temp-dir";
import { readCollectedEvents, startCollecting, writePings } from "../e2e/collecting-domain.ts";

interface Load {
  readonly name: string;
  /** Events in a request. */
  readonly batch: number;
  /** Requests at a time. */
  readonly connections: number;
}

interface Measured extends Load {
  readonly eventsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the collector's process afterwards, bytes; 0 where the system does not tell. */
  readonly residentBytes: number;
}

const loads: readonly Load[] = [
  { name: "single events", batch: 1, connections: 1 },
  { name: "single events", batch: 1, connections: 64 },
  { name: "batches of 100", batch: 100, connections: 1 },
  { name: "batches of 100", batch: 100, connections: 16 },
];

/**
 * How many events a second a collector acknowledges, each of them on the disk, in a process of its own; beside what the disk
 * alone does when every event is synced by itself. `--seconds <n>` of each load (5), `--json`.
 */
export async function benchCollector(args: readonly string[]): Promise<void> {
  const at = args.indexOf("--seconds");
  const seconds = at < 0 ? 5 : Number(args[at + 1]);
  if (!(seconds > 0)) throw new Error("--seconds takes a number");
  await using dir = await tempDir("mesh-bench-");
  await writePings(dir.path);
  const collected = join(dir.path, "collector");
  const key = await makeKey(collected);
  const syncs = await measureDisk(join(dir.path, "plain"), seconds * 1000);
  const results: Measured[] = [];
  let acknowledged = 0;
  {
    await using collecting = await startCollecting({ root: dir.path, dir: collected });
    for (const load of loads) {
      const target = { url: collecting.url, key, load, from: acknowledged };
      const { events, times, ms } = await sendFor(seconds * 1000, target);
      acknowledged += events;
      const sorted = times.sort((a, b) => a - b);
      const quantile = (share: number) => sorted[Math.floor(share * sorted.length)] ?? Number.NaN;
      const residentBytes = await residentSize(collecting.pid);
      results.push({
        ...load,
        eventsPerSecond: (events / ms) * 1000,
        p50Ms: quantile(0.5),
        p99Ms: quantile(0.99),
        residentBytes,
      });
    }
  }
  const kept = await countKept(collected);
  if (kept !== acknowledged) throw new Error(`${acknowledged} events were acknowledged, ${kept} are on the disk`);
  if (args.includes("--json")) console.log(JSON.stringify({ syncsPerSecond: syncs, results }, null, 2));
  else print(results, syncs, acknowledged);
}

async function makeKey(home: string): Promise<string> {
  const rate = { perSecond: 1_000_000, burst: 10_000_000 };
  const terms = { name: "bench", kind: "secret", sources: ["*"], origins: [], rate } as const;
  const { key, kept } = createSourceKey(terms, Date.now());
  await changeSourceKeys(keyFile(home), () => [kept]);
  return key;
}

/** @returns how often a second the disk makes one event durable */
async function measureDisk(file: string, ms: number): Promise<number> {
  await using handle = await open(file, "w");
  const line = Buffer.from(`${JSON.stringify(pingEvent(0))}\n`);
  const startedAt = performance.now();
  let syncs = 0;
  for (; performance.now() - startedAt < ms / 2; syncs++) {
    await handle.appendFile(line);
    await handle.datasync();
  }
  return (syncs / (performance.now() - startedAt)) * 1000;
}

function pingEvent(n: number) {
  const counts = { draw_circle_record: n, draw_text: 12, refresh_screen: 18_000, process_events: 18_000 };
  const data = { n, session_id: "8d6f7c3e-2a6b-4c55-9f0b-3f0f7f1a2b11", counts };
  return { specversion: "1.0", id: `event-${n}`, source: "/bench", type: "ping", time: "2026-03-01T00:00:00Z", data };
}

interface Target {
  readonly url: string;
  readonly key: string;
  readonly load: Load;
  /** Number of the first event. */
  readonly from: number;
}

async function sendFor(ms: number, { url, key, load, from }: Target) {
  using agent = disposableAgent(load.connections);
  const times: number[] = [];
  let next = from;
  let events = 0;
  const startedAt = performance.now();
  const send = async () => {
    while (performance.now() - startedAt < ms) {
      const first = next;
      next += load.batch;
      const body = JSON.stringify(Array.from({ length: load.batch }, (_, index) => pingEvent(first + index)));
      const sentAt = performance.now();
      const status = await post(`${url}/events`, { agent, key, body });
      if (status !== 202) throw new Error(`the collector answered ${status}`);
      times.push(performance.now() - sentAt);
      events += load.batch;
    }
  };
  await Promise.all(Array.from({ length: load.connections }, send));
  return { events, times, ms: performance.now() - startedAt };
}

function disposableAgent(maxSockets: number): Agent & Disposable {
  const agent = new Agent({ keepAlive: true, maxSockets });
  return Object.assign(agent, { [Symbol.dispose]: () => agent.destroy() });
}

function post(url: string, { agent, key, body }: { agent: Agent; key: string; body: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/cloudevents-batch+json",
      "content-length": Buffer.byteLength(body),
      authorization: `Bearer ${key}`,
    };
    const sending = request(url, { method: "POST", agent, headers }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode ?? 0));
    });
    sending.once("error", reject);
    sending.end(body);
  });
}

async function residentSize(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

/** Opened again, as after a crash: what counts is what can be read then. */
async function countKept(dir: string): Promise<number> {
  const intakes = { events: new Map(), signals: new Map() };
  await using _ = await openCollector({ dir, intakes, clock: Date.now, pid: process.pid });
  return new Set((await readCollectedEvents(dir)).map(({ id }) => id)).size;
}

function print(results: readonly Measured[], syncs: number, acknowledged: number): void {
  console.log(`the disk alone, one event a sync: ${Math.round(syncs).toLocaleString("en")} events/s`);
  for (const { name, connections, eventsPerSecond, p50Ms, p99Ms, residentBytes } of results) {
    const speed = `${Math.round(eventsPerSecond).toLocaleString("en")} events/s (${(eventsPerSecond / syncs).toFixed(1)}× the disk alone)`;
    const waits = `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
    console.log(`${name}, ${connections} at a time: ${speed}; ${waits}; ${Math.round(residentBytes / 1e6)} MB`);
  }
  console.log(`all ${acknowledged.toLocaleString("en")} acknowledged events are on the disk, once`);
}
