import { mkdir, readdir, readlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openLanding } from "@thoth/testing/landing";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import { readCollected } from "./collected-batches.ts";
import { collectedSignals } from "./collected-signals.ts";
import { logEntry } from "./event-log.ts";
import { type Segment, segmentOf } from "./segment-folder.ts";
import { segmentLine } from "./segment-line.ts";

const logs = collectedSignals({ name: "logs", signal: "logs" });
const record = (id: string, more: object = {}) => ({ id, source: "/otlp/logs", attributes: {}, ...more });
const line = (id: string, more?: object) => Buffer.from(logEntry(record(id, more)).line);

async function writeSegment(dir: string, number: number, lines: readonly Buffer[]): Promise<Segment> {
  const segment = segmentOf(join(dir, "logs"), number);
  await mkdir(dirname(segment.path), { recursive: true });
  await writeFile(segment.path, Buffer.concat(lines));
  return segment;
}

const refusedLines: readonly (readonly [string, Buffer, string])[] = [
  ["a line longer than the engine reads", line("long", { body: "x".repeat(40 * 1024 ** 2) }), "cannot be read"],
  ["a time that is none", line("wrong", { time: "tomorrow" }), "is refused: Column"],
  ["half of a surrogate pair", line("half", { body: "?" }), "is refused: "],
];

test.each(refusedLines)("%s is held back, and what lies around it lands", async (_, refused, reason) => {
  await using dir = await tempDir();
  const spoilt = refused.length < 1000 && refused.includes('"body":"?"') ? respell(refused) : refused;
  const around = Array.from({ length: 9 }, (_, index) => line(`${index}`));
  const { path } = await writeSegment(dir.path, 1, [...around.slice(0, 6), spoilt, ...around.slice(6)]);
  await using landing = await openLanding({ collectedDir: dir.path });
  expect(await landing.land(logs)).toMatchObject({ rowsInserted: 9, rowsRejected: 1 });
  const held = await landing.query(`SELECT reasons[1] AS reason, "row"::VARCHAR AS held FROM mesh.rejected_rows`);
  const at = around.slice(0, 6).reduce((sum, { length }) => sum + length, 0);
  expect(held).toMatchObject([{ reason: expect.stringContaining(`The line at byte ${at} of ${path} ${reason}`) }]);
  expect(String(held[0]?.held).length).toBeLessThan(20_000);
  await writeSegment(dir.path, 2, [line("later")]);
  expect(await landing.land(logs), "it does not come again").toMatchObject({ rowsInserted: 1, rowsRejected: 0 });
});

/** The same line with a text that JSON allows to be written, and no engine reads. */
function respell(given: Buffer): Buffer {
  const { _crc: _, ...fields } = JSON.parse(given.toString());
  return Buffer.from(segmentLine(JSON.stringify(fields).replace('"body":"?"', '"body":"\\ud800"')));
}

test("whoever stops reading leaves no file open", async () => {
  await using dir = await tempDir();
  const large = Array.from({ length: 70 }, (_, index) => line(`${index}`, { body: "x".repeat(1024 ** 2) }));
  await using landing = await openLanding({ collectedDir: dir.path });
  await landing.land(logs);
  const { path } = await writeSegment(dir.path, 1, large);
  const { signal } = new AbortController();
  const context = { ...landing, root: dir.path, collectedDir: dir.path, checkpoint: undefined, signal };
  const collected = { name: "logs", columns: logs.columns, context: context as never, checkpoint: undefined };
  for await (const batch of readCollected(collected)) {
    expect(batch.checkpoint).toMatchObject({ collected: { segment: 1 } });
    break;
  }
  expect((await openFiles()).filter((file) => file.startsWith(path))).toEqual([]);
});

/** Of this process, where the system tells. */
async function openFiles(): Promise<string[]> {
  const handles = await readdir("/proc/self/fd").catch(() => []);
  return await Promise.all(handles.map((handle) => readlink(`/proc/self/fd/${handle}`).catch(() => "")));
}
