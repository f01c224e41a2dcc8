import { spawn } from "node:child_process";
import { readdir, readlink, truncate } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { tempDir } from "@thoth/testing/temp-dir";
import fc from "fast-check";
import { expect, test } from "vitest";
import { MessageWriter } from "../protocol/message-writer.ts";
import { cellsOf, type RowBatch } from "../protocol/row-batch.ts";
import { RowSpool } from "./row-spool.ts";

function batchOf(texts: readonly string[]): RowBatch {
  const writer = new MessageWriter();
  const ends = texts.map((text) => writer.begin("D").int16(1).cell(text).end().length);
  return { bytes: writer.take(), ends };
}

const textsOf = (batch: RowBatch) => [...cellsOf(batch)].map(([cell]) => cell?.toString());

test("batches come back as they came, whenever they are taken, and no file stays behind", async () => {
  await using folder = await tempDir();
  const texts = fc.array(fc.tuple(fc.string(), fc.nat(120_000)).map(([text, more]) => text + "x".repeat(more)));
  const steps = fc.array(fc.option(texts.filter((batch) => batch.length > 0)), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      const spool = new RowSpool(folder.path);
      const expected: string[][] = [];
      for (const step of taken) {
        if (step !== null) {
          expected.push(step);
          await spool.add(batchOf(step));
          continue;
        }
        const batch = await spool.take();
        expect(batch && textsOf(batch)).toEqual(expected.shift());
      }
      for (const rest of expected) expect(textsOf((await spool.take()) as RowBatch)).toEqual(rest);
      expect(await spool.take()).toBeUndefined();
      await spool.close();
    }),
    { numRuns: 40 },
  );
  expect(await readdir(folder.path)).toEqual([]);
});

test("when the disk takes no more, that is said, and what it took comes back as it was", async () => {
  await using folder = await tempDir();
  const program = fileURLToPath(new URL("../fixtures/spool-until-full.ts", import.meta.url));
  // A file may not become longer than 100 blocks: the disk is full for this process, and not for others.
  const script = `trap '' XFSZ; ulimit -f 100; exec "${process.execPath}" --conditions=thoth-source "${program}" "${folder.path}"`;
  const child = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  for await (const chunk of child.stdout) said += String(chunk);
  const { added, failure, taken } = JSON.parse(said) as { added: number; failure: string; taken: string[] };
  expect(failure).toBe("warehouse/disk-full");
  expect(added).toBeGreaterThan(1);
  expect(taken).toEqual(Array.from({ length: added }, (_, index) => `batch ${index} of 65536 bytes`));
});

/** Of the process, to a file without a name in a folder. */
async function handlesInto(folder: string): Promise<string[]> {
  const handles = (await readdir("/proc/self/fd")).map((fd) => `/proc/self/fd/${fd}`);
  const targets = await Promise.all(handles.map((handle) => readlink(handle).catch(() => "")));
  return handles.filter((_, index) => targets[index]?.includes(basename(folder)));
}

test("rows that are not there any more are missed, however often they are asked for", async () => {
  await using folder = await tempDir();
  const spool = new RowSpool(folder.path);
  for (const letter of "abc") await spool.add(batchOf([letter.repeat(300_000)]));
  const [handle, ...others] = await handlesInto(folder.path);
  expect([handle, others]).toEqual([expect.any(String), []]);
  await truncate(handle as string, 400_000);
  expect(textsOf((await spool.take()) as RowBatch)).toEqual(["a".repeat(300_000)]);
  for (const _ of [1, 2]) await expect(spool.take()).rejects.toThrow(/^of 300011 bytes .* \d+ are left$/);
  await truncate(handle as string, 0);
  await truncate(handle as string, 1_000_000);
  await expect(spool.take()).rejects.toThrow("are not as they were");
  await spool.close();
});
