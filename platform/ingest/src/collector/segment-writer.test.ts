import { appendFile, readFile, stat, writeFile } from "node:fs/promises";
import { tempDir } from "@thoth/testing/temp-dir";
import fc from "fast-check";
import { expect, test } from "vitest";
import { listSegments, readSegment, type SegmentEnd, segmentOf } from "./segment-folder.ts";
import { segmentLine } from "./segment-line.ts";
import { openSegmentWriter, type SegmentWriterOptions } from "./segment-writer.ts";

const clock = () => 0;
const line = (id: number | string) => segmentLine(JSON.stringify({ id: String(id), text: "ü" }));

async function write(options: SegmentWriterOptions, groups: readonly (readonly string[])[]): Promise<void> {
  await using writer = await openSegmentWriter(options);
  await Promise.all(groups.map((lines) => writer.append(lines)));
}

/** Ids of the whole lines of every segment, and how the last one ends. */
async function readAll(folder: string): Promise<{ ids: string[]; end: SegmentEnd | undefined }> {
  const ids: string[] = [];
  let end: SegmentEnd | undefined;
  for (const segment of await listSegments(folder)) {
    const reading = readSegment(segment, 0);
    for (let step = await reading.next(); ; step = await reading.next()) {
      if (step.done) {
        end = step.value;
        break;
      }
      const lines = step.value.lines.toString("utf8").trimEnd().split("\n");
      expect(lines).toHaveLength(step.value.count);
      ids.push(...lines.map((text) => (JSON.parse(text) as { id: string }).id));
    }
  }
  return { ids, end };
}

test("what is acknowledged can be read, in order, and those who wait together share a segment", async () => {
  await using dir = await tempDir();
  const ids = Array.from({ length: 500 }, (_, index) => String(index));
  await write(
    { folder: dir.path, clock },
    ids.map((id) => [line(id)]),
  );
  expect(await readAll(dir.path)).toMatchObject({ ids, end: { kind: "whole", tornBytes: 0 } });
  expect(await listSegments(dir.path)).toHaveLength(1);
});

test("cut anywhere, a segment still holds every whole record, and is cleaned when it is opened again", async () => {
  await using dir = await tempDir();
  await write({ folder: dir.path, clock }, [[line(1), line(2), line(3)]]);
  const { path } = segmentOf(dir.path, 1);
  const whole = await readFile(path);
  const twoLines = Buffer.byteLength(line(1) + line(2));
  for (let size = twoLines; size < whole.length; size++) {
    await writeFile(path, whole.subarray(0, size));
    expect((await readAll(dir.path)).ids, `cut at ${size}`).toEqual(["1", "2"]);
  }
  await write({ folder: dir.path, clock }, [[line(4)]]);
  expect((await stat(path)).size).toBe(twoLines);
  expect(await readAll(dir.path)).toMatchObject({ ids: ["1", "2", "4"] });
  expect((await listSegments(dir.path)).map(({ number }) => number)).toEqual([1, 2]);
});

test.each([
  ["zeros, as a crash of the machine leaves them", Buffer.alloc(3000)],
  ["the end of something else", Buffer.from('"rest"}\n{"half')],
  ["a line whose checksum is wrong", Buffer.from('{"_crc":"00000000","id":"9"}\n')],
])("behind what is durable there may be %s", async (_, rest) => {
  await using dir = await tempDir();
  await write({ folder: dir.path, clock }, [[line(1)]]);
  await appendFile(segmentOf(dir.path, 1).path, rest);
  expect(await readAll(dir.path)).toMatchObject({ ids: ["1"], end: { kind: "whole", tornBytes: rest.length } });
  await write({ folder: dir.path, clock }, [[line(2)]]);
  expect((await readAll(dir.path)).ids).toEqual(["1", "2"]);
});

test("a broken record before whole ones is damage, and nothing is cut away", async () => {
  await using dir = await tempDir();
  await write({ folder: dir.path, clock }, [[line(1), line(2), line(3)]]);
  const { path } = segmentOf(dir.path, 1);
  const bytes = await readFile(path);
  const second = Buffer.byteLength(line(1));
  bytes.writeUInt8(bytes.readUInt8(second + 25) ^ 1, second + 25);
  await writeFile(path, bytes);
  await expect(openSegmentWriter({ folder: dir.path, clock })).rejects.toMatchObject({
    code: "ingest/segment-damaged",
    message: expect.stringContaining(`at byte ${second}`),
    at: { file: path },
  });
  expect(await readFile(path)).toEqual(bytes);
});

test("segments are begun when one is full, and never share a number with one that is gone", async () => {
  await using dir = await tempDir();
  const options = { folder: dir.path, clock, segmentBytes: 100 };
  await using writer = await openSegmentWriter(options);
  for (let id = 1; id <= 9; id++) await writer.append([line(id)]);
  const segments = await listSegments(dir.path);
  expect(segments).toHaveLength(3);
  expect(writer.newest).toBe(segments.at(-1)?.number);
  expect((await readAll(dir.path)).ids).toEqual(["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
});

test("more than may wait is refused before anything of it is kept", async () => {
  await using dir = await tempDir();
  await using writer = await openSegmentWriter({ folder: dir.path, clock, waitingBytes: 100 });
  const first = writer.append([line(1)]);
  const refused = writer.append([line("x".repeat(100))]);
  await expect(refused).rejects.toMatchObject({ code: "ingest/collector-overloaded", retryAfterMs: 1000 });
  await first;
  await writer.append([line("y".repeat(200))]);
  expect(writer.waitingBytes).toBe(0);
  expect((await readAll(dir.path)).ids).toEqual(["1", "y".repeat(200)]);
});

test("a disk that refuses is left alone for a second, and its number is not used again", async () => {
  await using dir = await tempDir();
  let now = 0;
  await using writer = await openSegmentWriter({ folder: dir.path, clock: () => now });
  await writeFile(segmentOf(dir.path, 1).path, "");
  await expect(writer.append([line(1)])).rejects.toMatchObject({ code: "ingest/collector-disk", retryAfterMs: 5000 });
  await expect(writer.append([line(1)])).rejects.toMatchObject({ code: "ingest/collector-disk" });
  now = 1001;
  await writer.append([line(1)]);
  expect(writer.newest).toBe(2);
  expect((await readAll(dir.path)).ids).toEqual(["1"]);
});

test("any groups of any records come back as they were, however they are cut into pieces", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.string({ unit: "binary", maxLength: 40 }), { maxLength: 5 })),
      async (groups) => {
        await using dir = await tempDir();
        const texts = groups.map((group, at) => group.map((text, index) => `${at}.${index} ${text.toWellFormed()}`));
        await write(
          { folder: dir.path, clock, segmentBytes: 200 },
          texts.map((group) => group.map((text) => line(text))),
        );
        expect((await readAll(dir.path)).ids).toEqual(texts.flat());
      },
    ),
    { numRuns: 30 },
  );
});
