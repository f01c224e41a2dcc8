import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import { memoryQueue } from "./event-queue.ts";
import { mayReport } from "./may-report.ts";
import { nodeTelemetry } from "./node.ts";
import { judgeAnswer } from "./send-batch.ts";
import { spoolQueue } from "./spool-queue.ts";
import { storageQueue } from "./storage-queue.ts";
import type { TelemetryEffects } from "./telemetry.ts";
import { largestPayload, splitBatches, type TelemetryEvent } from "./telemetry-event.ts";

const consent = { version: "2", granted_at: "2026-01-01T00:00:00Z" };

test.each([
  [true, { consent, enabled: "1", doNotTrack: undefined }],
  [true, { consent, enabled: true, doNotTrack: "0" }],
  [true, { consent, enabled: "on", doNotTrack: null }],
  [false, { consent: undefined, enabled: "1", doNotTrack: undefined }],
  [false, { consent, enabled: undefined, doNotTrack: undefined }],
  [false, { consent, enabled: "0", doNotTrack: undefined }],
  [false, { consent, enabled: "yes please", doNotTrack: undefined }],
  [false, { consent, enabled: "1", doNotTrack: "1" }],
  [false, { consent, enabled: "1", doNotTrack: "true" }],
  [false, { consent, enabled: "1", doNotTrack: true }],
])("reporting is %s with %j", (expected, wishes) => {
  expect(mayReport(wishes)).toBe(expected);
});

const now = Date.UTC(2026, 2, 1);

test.each([
  [202, null, { kind: "done" }],
  [429, "7", { kind: "again", afterMs: 7000 }],
  [503, "Sun, 01 Mar 2026 00:01:00 GMT", { kind: "again", afterMs: 60_000 }],
  [502, null, { kind: "again", afterMs: undefined }],
  [504, "soon", { kind: "again", afterMs: undefined }],
  [400, null, { kind: "refused" }],
  [401, "5", { kind: "refused" }],
  [500, null, { kind: "refused" }],
])("an answer %d with Retry-After %s is judged", (status, retryAfter, expected) => {
  expect(judgeAnswer(status, retryAfter, now)).toEqual(expected);
});

/** A collector that answers as it is told, and the time and timers of the client. */
async function openWorld() {
  const received: TelemetryEvent[][] = [];
  const bodies: string[] = [];
  const answers: { status: number; retryAfter?: string }[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { status, retryAfter } = answers.shift() ?? { status: 202 };
    if (status === 202) received.push(JSON.parse(body) as TelemetryEvent[]);
    bodies.push(body);
    response.writeHead(status, retryAfter === undefined ? {} : { "retry-after": retryAfter }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const planned: { work: () => void; at: number }[] = [];
  let ids = 0;
  const time = { now };
  const effects: Partial<TelemetryEffects> = {
    now: () => time.now,
    random: () => 1,
    randomId: () => `id-${String(++ids).padStart(4, "0")}`,
    schedule: (work, afterMs) => {
      const plan = { work, at: time.now + afterMs };
      planned.push(plan);
      return () => planned.splice(planned.indexOf(plan), planned.includes(plan) ? 1 : 0);
    },
  };
  return {
    received,
    bodies,
    answers,
    planned,
    time,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    effects,
    /** Lets time go on, and everything happen that is planned until then. */
    pass(ms: number) {
      const until = time.now + ms;
      for (;;) {
        const plan = planned.sort((a, b) => a.at - b.at)[0];
        if (plan === undefined || plan.at > until) break;
        planned.shift();
        time.now = plan.at;
        plan.work();
      }
      time.now = until;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type World = Awaited<ReturnType<typeof openWorld>>;

function open(
  { endpoint, effects }: World,
  more: { env?: Record<string, string>; spool?: string; enabled?: string } = {},
) {
  const { env = {}, enabled = "1", spool } = more;
  const options = { endpoint, source: "/test", installId: "me", consent, enabled, env, effects };
  return nodeTelemetry(spool === undefined ? options : { ...options, spool });
}

test("who did not agree, or does not want to be tracked, sends and keeps nothing", async () => {
  await using world = await openWorld();
  await using dir = await tempDir();
  const spool = join(dir.path, "spool");
  for (const more of [{ enabled: "" }, { env: { DO_NOT_TRACK: "1" } }]) {
    const telemetry = open(world, { ...more, spool });
    const session = telemetry.session({ typePrefix: "t", facts: {} });
    session.count("draw");
    session.end();
    telemetry.report("t", {});
    expect(telemetry.active).toBe(false);
    expect(await telemetry.flush()).toBe(true);
  }
  expect(world.bodies).toEqual([]);
  expect(spoolQueue(spool).list()).toEqual([]);
  expect(world.planned).toEqual([]);
});

test("a session reports sums: at its start, every five minutes, at its end", async () => {
  await using world = await openWorld();
  const telemetry = open(world);
  const session = telemetry.session({ typePrefix: "app.session", facts: { sdk_version: "1.0.0" } });
  for (let frame = 0; frame < 18_000; frame++) session.count("refresh_screen");
  session.error("load_bitmap");
  await telemetry.flush();
  world.pass(5 * 60_000);
  session.count("draw_text", 3);
  world.pass(30_000);
  session.end();
  session.end();
  await telemetry.flush();
  const events = world.received.flat();
  expect(events).toMatchObject([
    { type: "app.session.started", sequence: "0000", subject: "me", source: "/test", dataclassification: "internal" },
    {
      type: "app.session.usage",
      data: { counts: { refresh_screen: 18_000 }, errors: { load_bitmap: 1 }, duration_s: 300 },
    },
    { type: "app.session.ended", sequence: "0002", data: { counts: { draw_text: 3 }, errors: {}, duration_s: 330 } },
  ]);
  for (const { data } of events)
    expect(data).toMatchObject({
      consent,
      install_id: "me",
      session_id: events[0]?.data.session_id,
      sdk_version: "1.0.0",
    });
});

test("a program that reports all the time is heard all the same", async () => {
  await using world = await openWorld();
  const telemetry = open(world);
  for (const second of [0, 5, 9]) {
    world.time.now = now + second * 1000;
    telemetry.report("t", { second });
  }
  expect(world.planned.map(({ at }) => at)).toEqual([now + 10_000]);
  world.pass(1000);
  expect(await telemetry.flush()).toBe(true);
  expect(world.received.flat()).toHaveLength(3);
});

test("what could not be sent is sent again when the server says, with the same ids, also after a restart", async () => {
  await using world = await openWorld();
  await using dir = await tempDir();
  const spool = join(dir.path, "spool");
  const telemetry = open(world, { spool });
  world.answers.push({ status: 503, retryAfter: "40" }, { status: 429 });
  telemetry.report("t", { n: 1 });
  expect(await telemetry.flush()).toBe(false);
  expect(await telemetry.flush(), "not before the time given").toBe(false);
  expect(world.bodies).toHaveLength(1);
  world.time.now += 40_000;
  expect(await telemetry.flush()).toBe(false);
  telemetry.close();
  world.time.now += 3_600_000;
  const again = open(world, { spool });
  expect(again.waiting()).toMatchObject([{ id: "id-0001" }]);
  expect(await again.flush()).toBe(true);
  expect(world.received).toMatchObject([[{ id: "id-0001", data: { n: 1 } }]]);
  expect(again.waiting()).toEqual([]);
});

test("without a connection it waits longer each time, ten minutes at most; what is refused is not sent again", async () => {
  await using world = await openWorld();
  const telemetry = open({ ...world, endpoint: "http://127.0.0.1:1" });
  telemetry.report("t", {});
  const waits: number[] = [];
  for (let attempt = 0; attempt < 9; attempt++) {
    const before = world.time.now;
    await telemetry.flush();
    world.time.now = Math.max(...world.planned.map(({ at }) => at));
    waits.push(world.time.now - before);
  }
  expect(waits).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600].map((seconds) => seconds * 1000));
  const refused = open(world);
  world.answers.push({ status: 400 });
  refused.report("t", {});
  expect(await refused.flush()).toBe(true);
  expect(refused.waiting()).toEqual([]);
});

test("no request is larger than 32 KiB, whatever a session counts, and nothing of it is lost", async () => {
  await using world = await openWorld();
  const telemetry = open(world);
  const session = telemetry.session({ typePrefix: "s", facts: {} });
  for (let name = 0; name < 5000; name++) session.count(`function_number_${name}_of_many`, name);
  session.end();
  telemetry.report("t", { text: "x".repeat(40_000) });
  expect(await telemetry.flush()).toBe(true);
  for (const body of world.bodies) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(largestPayload);
  const counts = world.received.flat().map(({ data }) => (data.counts ?? {}) as Record<string, number>);
  expect(Object.keys(Object.assign({}, ...counts))).toHaveLength(5000);
  expect(world.received.flat().at(-1)?.type).toBe("s.ended");
});

test("batches are as large as they may be", () => {
  const event = { id: "x", data: { text: "ü".repeat(5000) } } as unknown as TelemetryEvent;
  const { batches, tooLarge } = splitBatches([event, event, event, event, event, event, event]);
  expect(tooLarge).toEqual([]);
  expect(batches.map((batch) => batch.length)).toEqual([3, 3, 1]);
});

const storage = () => {
  const items = new Map<string, string>();
  return {
    get length() {
      return items.size;
    },
    key: (index: number) => [...items.keys()][index] ?? null,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
};

test("queues keep the newest five hundred, oldest first, and what others left is not theirs", async () => {
  await using dir = await tempDir();
  const shared = storage();
  shared.setItem("other", "1");
  shared.setItem("thoth-telemetry:/a:broken", "{");
  for (const queue of [memoryQueue(), storageQueue(shared, "/a"), spoolQueue(join(dir.path, "new"))]) {
    const ids = Array.from({ length: 503 }, (_, index) => `id-${index + 1000}`);
    for (const id of ids) queue.add({ id, time: "2026-03-01T00:00:00.000Z" } as TelemetryEvent);
    expect(queue.list().map(({ id }) => id)).toEqual(ids.slice(-queue.list().length));
    expect(queue.list().length).toBeGreaterThanOrEqual(499);
    expect(queue.list().length).toBeLessThanOrEqual(500);
    queue.remove(ids.slice(0, -1));
    expect(queue.list()).toMatchObject([{ id: "id-1502" }]);
  }
  expect(shared.getItem("other")).toBe("1");
});
