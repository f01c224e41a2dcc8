import { join } from "node:path";
import { openControl } from "@thoth/control/open-control";
import { openRunLedger } from "@thoth/control/run-ledger";
import { openSnapshotPointers } from "@thoth/control/snapshot-pointers";
import { seedControlStore } from "@thoth/testing/control-store";
import { openLanding } from "@thoth/testing/landing";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import { controlPlane } from "./control-plane.ts";

test("runs that have ended land once each, and later ones in the next run; snapshots too", async () => {
  await using dir = await tempDir();
  const dataDir = join(dir.path, "control");
  await seedControlStore(dataDir);
  await using control = await openControl({ dataDir });
  let now = Date.UTC(2026, 0, 1);
  const ledger = openRunLedger(control, () => now);
  const { streams } = controlPlane("mesh-control");
  const [runs, snapshots] = streams;
  if (runs === undefined || snapshots === undefined) throw new Error("the control plane has two streams");
  await using landing = await openLanding({ control });
  const start = (pipeline: string) =>
    ledger.start({ domain: "d", product: null, pipeline, trigger: "manual", codeVersion: "1.0.0" });

  const first = await start("extract/a");
  now += 1500;
  await ledger.finish(first.runId, { status: "success", rowsRead: 12, checkpointAfter: { files: { "a.csv": 1 } } });
  const unfinished = await start("extract/b");
  expect(await landing.land(runs)).toMatchObject({ rowsRead: 1, rowCountAfter: 1 });

  now += 1;
  await ledger.finish(unfinished.runId, { status: "failed", failureClass: "source", failureMessage: "it's gone" });
  await landing.land(runs);
  expect(
    await landing.query(`select distinct run_id, status, duration_ms, rows_read, checkpoint_after::varchar as checkpoint,
    completed_at, failure_message from raw.runs order by completed_at`),
  ).toEqual([
    {
      run_id: first.runId,
      status: "success",
      duration_ms: 1500n,
      rows_read: 12n,
      checkpoint: '{"files": {"a.csv": 1}}',
      completed_at: "2026-01-01T00:00:01.500Z",
      failure_message: null,
    },
    {
      run_id: unfinished.runId,
      status: "failed",
      duration_ms: 1n,
      rows_read: null,
      checkpoint: null,
      completed_at: "2026-01-01T00:00:01.501Z",
      failure_message: "it's gone",
    },
  ]);
  expect(await landing.land(runs)).toMatchObject({ rowsRead: 0 });

  const snapshot = { id: "s1", domain: "d", product: "p", contractVersion: "1.0.0", rowCount: 5, sizeBytes: 9 };
  await openSnapshotPointers(control, () => now).publish({
    ...snapshot,
    publishedAt: now,
    watermark: null,
    runId: first.runId,
  });
  expect(await landing.land(snapshots)).toMatchObject({ rowsRead: 1 });
});
