import { unlink } from "node:fs/promises";
import { join } from "node:path";
import { openLanding } from "@thoth/testing/landing";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import { cloudEventFiles } from "../cloud-events.ts";
import { loadAgain } from "../database-parts.suite.ts";
import { collectedEvents } from "./collected-events.ts";
import { type EventLogOptions, logEntry, openEventLog } from "./event-log.ts";
import { eventRecord } from "./event-record.ts";
import { readLanded } from "./landed-mark.ts";
import { listSegments } from "./segment-folder.ts";

const files = cloudEventFiles({ name: "events", files: "events/*.ndjson" });
const stream = collectedEvents({ name: "events", contract: "events.odcs.yaml", besides: files });
const now = Date.UTC(2026, 10, 20);
/** Number of the first segment of a log that begins now. */
const one = now / 1000 + 1;

const event = (id: number | string, source = "/a") => ({
  id: String(id),
  source,
  type: "t",
  specversion: "1.0" as const,
  time: "2026-11-19T10:00:00+10:00",
  data: { n: 1, text: "naïve" },
});
const entry = (id: number | string, source?: string) => logEntry(eventRecord(event(id, source), now));

interface Collecting extends AsyncDisposable {
  readonly folder: string;
  readonly landing: Awaited<ReturnType<typeof openLanding>>;
  keep(ids: readonly (number | string)[], options?: Partial<EventLogOptions>): Promise<number>;
  sweep(at: number): Promise<number>;
  ids(): Promise<unknown[]>;
}

async function openCollecting(): Promise<Collecting> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir());
  const landing = stack.use(await openLanding({ collectedDir: dir.path, now }));
  const folder = join(dir.path, "events");
  const resources = stack.move();
  const log = { folder, retentionMs: 1000, clock: () => now };
  return {
    folder,
    landing,
    async keep(ids, options = {}) {
      await using open = await openEventLog({ ...log, ...options });
      return (await open.keep(ids.map((id) => entry(id)))).duplicates;
    },
    async sweep(at) {
      await using open = await openEventLog({ ...log, clock: () => at });
      return open.sweep();
    },
    ids: async () => (await landing.query("select id from raw.events order by id")).map((row) => row.id),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

test("what was collected lands once, beside the files, from the checkpoint on", async () => {
  await using at = await openCollecting();
  await at.keep([1, 2]);
  await at.landing.file("events/a.ndjson", `${JSON.stringify({ ...event("f"), time: "2026-11-18T00:00:00Z" })}\n`);
  const first = await at.landing.land(stream);
  expect(first).toMatchObject({ rowsInserted: 3, watermark: Date.UTC(2026, 10, 19) });
  expect(first.checkpointAfter).toMatchObject({
    files: { "events/a.ndjson": {} },
    collected: { segment: one, offset: expect.any(Number) },
  });
  expect(await at.landing.land(stream)).toMatchObject({ rowsInserted: 0, bytesIn: 0 });
  await at.keep([3]);
  await at.landing.file("events/b.ndjson", `${JSON.stringify(event("g"))}\n`);
  expect(await at.landing.land(stream)).toMatchObject({ rowsInserted: 2 });
  expect(await at.ids()).toEqual(["1", "2", "3", "f", "g"]);
  expect(await at.landing.query("select distinct _source from raw.events order by 1")).toEqual([
    { _source: `collector/${one}` },
    { _source: `collector/${one + 1}` },
    { _source: "events/a.ndjson" },
    { _source: "events/b.ndjson" },
  ]);
  expect(
    await at.landing.query("select data->>'text' as text, time::varchar as time from raw.events where id = '1'"),
  ).toEqual([{ text: "naïve", time: expect.stringContaining("2026-11-19 00:00:00") }]);
});

test("the collector may be the only source, and there may be nothing yet", async () => {
  await using at = await openCollecting();
  expect(await at.landing.land(stream)).toMatchObject({ rowCountAfter: 0, checkpointAfter: null });
  await at.keep([1]);
  expect(await at.landing.land(stream)).toMatchObject({ rowsInserted: 1, watermark: Date.UTC(2026, 10, 19) });
});

test("an event that was sent again is known for as far back as is remembered, and lands once in any case", async () => {
  await using at = await openCollecting();
  const few = { remembered: 4 };
  expect(await at.keep([1, 2, 3, 4, 5, 6], few)).toBe(0);
  expect(await at.keep([6, 5], few), "known after a restart").toBe(2);
  expect(await at.keep([1, 1], few), "forgotten, and twice in one request").toBe(1);
  await at.landing.land(stream);
  expect(await at.keep([2], few)).toBe(0);
  await at.landing.land(stream);
  expect(await at.ids()).toEqual(["1", "2", "3", "4", "5", "6"]);
});

test("segments are removed when they have landed for long enough, and a full load keeps their rows", async () => {
  await using at = await openCollecting();
  await at.keep([1]);
  await at.keep([2]);
  expect(await at.sweep(Date.now() + 3_600_000), "nothing has landed").toBe(0);
  await at.landing.land(stream);
  await at.keep([3]);
  await at.landing.land(stream);
  await at.landing.land(stream);
  expect(await readLanded(at.folder)).toBe(one + 2);
  expect(await at.sweep(Date.now() - 3_600_000), "not long enough").toBe(0);
  expect(await at.sweep(Date.now() + 3_600_000)).toBe(2);
  expect(await listSegments(at.folder)).toMatchObject([{ number: one + 2 }]);
  await at.landing.file("events/a.ndjson", `${JSON.stringify(event("f"))}\n`);
  expect(await at.landing.land(stream, { full: true })).toMatchObject({ rowCountAfter: 4 });
  expect(await at.ids()).toEqual(["1", "2", "3", "f"]);
  await at.keep([4]);
  expect(await at.landing.land(stream)).toMatchObject({ rowsInserted: 1 });
});

test("what nobody lands is removed when it has been there for long enough", async () => {
  await using at = await openCollecting();
  await at.keep([1]);
  await at.keep([2]);
  await using log = await openEventLog({
    folder: at.folder,
    retentionMs: 1000,
    clock: () => Date.now() + 3_600_000,
    neverLands: true,
  });
  await log.keep([entry(3)]);
  expect(await log.sweep()).toBe(2);
  expect(await listSegments(at.folder)).toHaveLength(1);
});

test("a log that was begun anew lands from its beginning", async () => {
  await using at = await openCollecting();
  await at.keep([1]);
  await at.keep([2]);
  await at.landing.land(stream);
  for (const { path } of await listSegments(at.folder)) await unlink(path);
  await at.keep([2, 3], { remembered: 0, clock: () => now + 60_000 });
  await at.landing.land(stream);
  expect(await at.ids()).toEqual(["1", "2", "3"]);
});

test("a part of what was collected becomes what the segments and files hold; what is in none of them any more stays", async () => {
  await using at = await openCollecting();
  await at.keep([1, 2]);
  await at.landing.land(stream);
  await at.keep([3, 4]);
  await at.landing.file("events/a.ndjson", `${JSON.stringify(event("f"))}\n${JSON.stringify(event(4))}\n`);
  await at.landing.land(stream);
  const [oldest] = await listSegments(at.folder);
  await unlink(oldest?.path ?? "");
  const rows = () => at.landing.query("select id, _source, json(data)::varchar as data from raw.events order by all");
  const good = await rows();
  await at.landing.engine.run(`update raw.events set data = '{}' where id in ('1', '3')`);
  await at.landing.engine.run("delete from raw.events where id = '4'");
  // What came in since is the next load's.
  await at.keep([5]);
  const parts = [{ from: Date.UTC(2026, 10, 19), until: Date.UTC(2026, 10, 20) }];
  const collectedDir = join(at.folder, "..");
  await loadAgain(at.landing, stream, { parts, collectedDir });
  const spoilt = good.map((row) => (row.id === "1" ? { ...row, data: "{}" } : row));
  const after = await rows();
  expect(after.filter(({ id }) => id !== "4")).toEqual(spoilt.filter(({ id }) => id !== "4"));
  expect(after.filter(({ id }) => id === "4").length).toBeGreaterThan(0);
  expect(await loadAgain(at.landing, stream, { parts, collectedDir })).toMatchObject([
    { rowsInserted: 0, rowsDeleted: 0 },
  ]);
  await at.landing.land(stream);
  expect(await at.ids()).toContain("5");
});
