import { once } from "node:events";
import { join } from "node:path";
import { nodeTelemetry } from "@thoth/telemetry/node";
import { type Random, seededRandom } from "@thoth/testing/random";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test, vi } from "vitest";
import {
  type CollectingProcess,
  readCollectedEvents,
  startCollecting,
  startLanding,
  writePings,
} from "./collecting-domain.ts";
import { landPings } from "./land-pings.ts";

/** `MESH_FAULT_ROUNDS=100 npx vitest run e2e/collector-faults` for more of them. */
const rounds = Number(process.env.MESH_FAULT_ROUNDS ?? 12);

vi.setConfig({ testTimeout: 600_000 + rounds * 10_000 });

/** What a client has sent, and of what it has been told that it is safe. */
interface Client {
  readonly sent: Set<string>;
  readonly acknowledged: Set<string>;
  /** Sent and not answered: to be sent again. */
  unanswered: string[][];
}

async function post(url: string, ids: readonly string[]): Promise<number> {
  const events = ids.map((id) => ({ specversion: "1.0", id, source: "/client", type: "ping", data: { n: id.length } }));
  const headers = { "content-type": "application/cloudevents-batch+json" };
  const response = await fetch(`${url}/events`, { method: "POST", headers, body: JSON.stringify(events) });
  if (response.status === 202) expect(await response.json()).toMatchObject({ refused: [] });
  return response.status;
}

/** Several requests at a time, until the process is gone or there is nothing left to send. */
async function sendAll(url: string, client: Client, batches: string[][], onAnswer: () => void): Promise<void> {
  const send = async () => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      for (const id of batch) client.sent.add(id);
      const status = await post(url, batch).catch(() => undefined);
      if (status === 202) for (const id of batch) client.acknowledged.add(id);
      else client.unanswered.push(batch);
      onAnswer();
    }
  };
  await Promise.all(Array.from({ length: 8 }, send));
}

function newBatches(round: number, random: Random): string[][] {
  return Array.from({ length: 60 }, (_, batch) =>
    Array.from({ length: random.int(1, 12) }, (_, index) => `${round}.${batch}.${index}`),
  );
}

async function playRound(collecting: CollectingProcess, round: number, client: Client, random: Random): Promise<void> {
  const answersLeft = random.int(0, 55);
  const batches = [...client.unanswered, ...newBatches(round, random)];
  client.unanswered = [];
  let answers = 0;
  let killed: Promise<void> | undefined;
  const kill = () => {
    killed ??= collecting.kill("SIGKILL");
  };
  if (answersLeft === 0) queueMicrotask(kill);
  await sendAll(collecting.url, client, batches, () => {
    if (++answers >= answersLeft) kill();
  });
  kill();
  await killed;
}

/**
 * Every third round a run lands beside the collector, which knows nothing of it. The collector is killed at a random moment,
 * and the run then, wherever it is; in the next of such rounds it comes to its end.
 */
async function landBeside(round: number, place: Parameters<typeof startLanding>[0], playing: Promise<void>) {
  if (round % 3 !== 1) return playing;
  const landing = startLanding(place);
  const ended = once(landing, "exit");
  await playing;
  if (round % 2 === 0) landing.kill("SIGKILL");
  await ended;
}

test(`killed ${rounds} times while clients send, the collector loses and doubles nothing that it has acknowledged`, async () => {
  await using dir = await tempDir("mesh-collector-");
  const collected = join(dir.path, "collector");
  const place = { file: join(dir.path, "pings.duckdb"), collectedDir: join(collected, "test-domain") };
  await writePings(dir.path);
  const client: Client = { sent: new Set(), acknowledged: new Set(), unanswered: [] };
  const random = seededRandom(20_261_122);
  for (let round = 0; round < rounds; round++) {
    await using collecting = await startCollecting({ root: dir.path, dir: collected, segmentBytes: 20_000 });
    await landBeside(round, place, playRound(collecting, round, client, random));
  }
  await using landed = await landPings(place);
  const ids = (await landed.query("select id from raw.pings")).map(({ id }) => String(id));
  const known = new Set(ids);
  expect(client.acknowledged.size).toBeGreaterThan(rounds * 20);
  expect(ids.length - known.size, "doubled").toBe(0);
  expect([...client.acknowledged.difference(known)], "lost").toEqual([]);
  expect([...known.difference(client.sent)], "made up").toEqual([]);
});

test("what a program reports while there is no collector arrives once, when there is one again", async () => {
  await using dir = await tempDir("mesh-collector-");
  const collected = join(dir.path, "collector");
  await writePings(dir.path);
  const program = (endpoint: string) =>
    nodeTelemetry({
      endpoint,
      source: "/demo/program",
      installId: "install-of-the-test",
      consent: { version: "1", granted_at: "2026-01-01T00:00:00Z" },
      enabled: "1",
      env: {},
      spool: join(dir.path, "spool"),
    });
  const drawn = async () => {
    const events = await readCollectedEvents(collected);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    return events.map(({ data }) => data.counts?.draw_circle ?? 0);
  };
  await using first = await startCollecting({ root: dir.path, dir: collected });
  const telemetry = program(first.url);
  telemetry.report("demo.session.usage", { counts: { draw_circle: 2 } });
  expect(await telemetry.flush()).toBe(true);
  await first.kill("SIGKILL");
  telemetry.report("demo.session.usage", { counts: { draw_circle: 3 } });
  expect(await telemetry.flush()).toBe(false);
  telemetry.close();
  await using second = await startCollecting({ root: dir.path, dir: collected });
  expect(await drawn()).toEqual([2]);
  expect(await program(second.url).flush()).toBe(true);
  expect(await drawn()).toEqual([2, 3]);
});

test("on a full disk it says so with 503 and keeps everything it has acknowledged", async () => {
  await using dir = await tempDir("mesh-collector-");
  const collected = join(dir.path, "collector");
  await writePings(dir.path);
  await using collecting = await startCollecting({ root: dir.path, dir: collected, maxFileKiB: 8 });
  const acknowledged: string[] = [];
  const statuses = new Set<number>();
  for (let request = 0; request < 60; request++) {
    const ids = Array.from({ length: 5 }, (_, index) => `${request}.${index}`);
    const status = await post(collecting.url, ids);
    statuses.add(status);
    if (status === 202) acknowledged.push(...ids);
  }
  expect([...statuses].sort()).toEqual([202, 503]);
  await using landed = await landPings({
    file: join(dir.path, "pings.duckdb"),
    collectedDir: join(collected, "test-domain"),
  });
  const ids = (await landed.query("select id from raw.pings")).map(({ id }) => String(id));
  expect(ids.sort()).toEqual(acknowledged.sort());
});
