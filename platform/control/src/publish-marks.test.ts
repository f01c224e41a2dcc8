import { join } from "node:path";
import { seedControlStore } from "@thoth/testing/control-store";
import { tempDir } from "@thoth/testing/temp-dir";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { expect, test } from "vitest";
import { openControl } from "./open-control.ts";
import { openPublishMarks } from "./publish-marks.ts";
import { openSnapshotPointers } from "./snapshot-pointers.ts";

const start = Date.UTC(2026, 3, 4);

function eggs(number: number, more: Partial<Snapshot> = {}): Snapshot {
  return {
    id: `eggs-${number}`,
    domain: "farm",
    product: "eggs",
    contractVersion: "1.0.0",
    rowCount: 1,
    sizeBytes: 1,
    publishedAt: start + number,
    watermark: null,
    runId: `run-${number}`,
    ...more,
  };
}

test("a publish names its run; what was gone back to, as it was or as a copy, names none", async () => {
  await using dir = await tempDir();
  const dataDir = join(dir.path, "control");
  await seedControlStore(dataDir);
  await using control = await openControl({ dataDir });
  let now = start;
  const pointers = openSnapshotPointers(control, () => now++);
  const marks = openPublishMarks(control);
  const following = { target: "market/stall", domain: "farm", product: "eggs" };
  const runOf = async () => (await marks.toFollow([following])).map(({ runId }) => runId);
  await pointers.publish(eggs(1));
  await pointers.publish(eggs(2));
  expect(await runOf()).toEqual(["run-2"]);
  await pointers.publish(eggs(3, { runId: "run-1", restoredFrom: "eggs-1" }));
  expect(await runOf()).toEqual([undefined]);
  await pointers.publish(eggs(4));
  expect(await runOf()).toEqual(["run-4"]);
  now = start + 100;
  await pointers.moveTo("farm", "eggs", "eggs-2");
  expect(await runOf()).toEqual([undefined]);
});
