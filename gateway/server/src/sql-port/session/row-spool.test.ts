import { readdir } from "node:fs/promises";
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
