import { describe, expect, test } from "vitest";
import type { ControlPlane } from "./control-plane.ts";
import type { NewRun, RunOutcome } from "./run.ts";
import { runColumns } from "./run-columns.ts";
import { openRunLedger } from "./run-ledger.ts";

const start = Date.UTC(2024, 1, 29, 12);

/** A clock that the test moves. */
function handClock(now = start) {
  return {
    now,
    read: () => now,
    set(to: number) {
      now = to;
    },
  };
}

function newRun(more: Partial<NewRun> = {}): NewRun {
  return {
    domain: "demo",
    product: "units",
    pipeline: "product/units",
    trigger: "manual",
    codeVersion: "1.0.0",
    ...more,
  };
}

export function suiteRunLedger(control: () => ControlPlane): void {
  describe("run ledger", () => {
    test("has the documented columns, in order, and no others", async () => {
      const columns = await control().query<{ column_name: string }>(
        `select column_name::text from information_schema.columns
         where table_schema = 'mesh' and table_name = 'runs' order by ordinal_position`,
      );
      expect(columns.map((row) => row.column_name)).toEqual(documentedColumns);
      expect(runColumns.map(({ column }) => column)).toEqual(documentedColumns);
    });

    test("a started run is running, with everything that was said of it", async () => {
      const ledger = openRunLedger(control(), () => start);
      const parent = await ledger.start(newRun({ product: null, pipeline: "domain" }));
      const run = await ledger.start(
        newRun({
          parentRunId: parent.runId,
          attempt: 2,
          trigger: "backfill",
          partitionKey: "2024-02",
          contractVersion: "1.2.0",
          checkpointBefore: { file: "a.csv", lines: [1, 2] },
          watermarkBefore: start - 1,
        }),
      );
      expect(run).toMatchObject({
        parentRunId: parent.runId,
        domain: "demo",
        product: "units",
        attempt: 2,
        trigger: "backfill",
        partitionKey: "2024-02",
        contractVersion: "1.2.0",
        status: "running",
        queuedAt: start,
        startedAt: start,
        completedAt: null,
        durationMs: null,
        checkpointBefore: { file: "a.csv", lines: [1, 2] },
        watermarkBefore: start - 1,
        rowsRead: null,
      });
      expect(await ledger.get(run.runId)).toEqual(run);
      expect(parent).toMatchObject({ product: null, attempt: 1, parentRunId: null, checkpointBefore: null });
    });

    test("a finished run has its numbers, and its duration computed", async () => {
      const clock = handClock();
      const ledger = openRunLedger(control(), clock.read);
      const { runId } = await ledger.start(newRun());
      clock.set(start + 1_234);
      const outcome: RunOutcome = {
        status: "partial",
        rowsRead: 10,
        rowsInserted: 5,
        rowsUpdated: 2,
        rowsDeleted: 1,
        rowsRejected: 3,
        rowCountAfter: 5_000_000_000,
        bytesIn: 2 ** 40,
        bytesOut: 7,
        checkpointAfter: ["plain", { json: null }],
        failureClass: "quality",
        failureStep: "audit",
        failureMessage: "3 rows were rejected",
        rootCauseRunId: "some-run",
        checksPassed: 8,
        checksWarned: 1,
        checksFailed: 0,
        watermarkAfter: start - 5,
        snapshotId: "some-snapshot",
      };
      const run = await ledger.finish(runId, outcome);
      expect(run).toMatchObject({ ...outcome, completedAt: start + 1_234, durationMs: 1_234 });
      expect(await ledger.get(runId)).toEqual(run);
    });

    test("a queued run begins once, and its duration counts from then", async () => {
      const clock = handClock();
      const ledger = openRunLedger(control(), clock.read);
      const queued = await ledger.queue(newRun());
      expect(queued).toMatchObject({ status: "queued", queuedAt: start, startedAt: null });
      clock.set(start + 100);
      expect(await ledger.begin(queued.runId)).toMatchObject({ status: "running", startedAt: start + 100 });
      await expect(ledger.begin(queued.runId)).rejects.toMatchObject({ code: "control/run-not-queued" });
      clock.set(start + 150);
      expect(await ledger.finish(queued.runId, { status: "success" })).toMatchObject({ durationMs: 50 });
    });

    test.each([
      ["was sent before it began", -5_000, -5_000],
      ["was sent by a clock that is ahead", 5_000, 0],
    ])("a run that %s is queued when it was sent, and not after it began", async (_, sent, queued) => {
      const ledger = openRunLedger(control(), () => start);
      const run = await ledger.start(newRun({ queuedAt: start + sent }));
      expect(run).toMatchObject({ status: "running", queuedAt: start + queued, startedAt: start });
      expect(await ledger.finish(run.runId, { status: "success" })).toMatchObject({ durationMs: 0 });
    });

    test("a queued run can be skipped without ever running", async () => {
      const ledger = openRunLedger(control(), () => start);
      const { runId } = await ledger.queue(newRun());
      expect(await ledger.finish(runId, { status: "skipped" })).toMatchObject({ startedAt: null, durationMs: null });
    });

    test("a clock that was set back makes no negative duration", async () => {
      const clock = handClock();
      const ledger = openRunLedger(control(), clock.read);
      const { runId } = await ledger.start(newRun());
      clock.set(start - 1_000);
      expect(await ledger.finish(runId, { status: "success" })).toMatchObject({ durationMs: 0 });
    });

    test.each([
      ["finishing an unknown run", "control/unknown-run", { runId: "nobody", outcome: { status: "success" } }],
      ["ending as running", "control/outcome-not-final", { outcome: { status: "running" } }],
      [
        "failing without a class",
        "control/failure-unexplained",
        { outcome: { status: "failed", failureMessage: "?" } },
      ],
      [
        "failing without a word",
        "control/failure-unexplained",
        { outcome: { status: "failed", failureClass: "source" } },
      ],
    ] as [string, string, { runId?: string; outcome: RunOutcome }][])("%s is %s", async (_, code, wrong) => {
      const ledger = openRunLedger(control(), () => start);
      const { runId } = await ledger.start(newRun());
      await expect(ledger.finish(wrong.runId ?? runId, wrong.outcome)).rejects.toMatchObject({ code });
      expect(await ledger.get(runId)).toMatchObject({ status: "running", completedAt: null });
    });

    test("a finished run is not finished again, and the error says what it ended as", async () => {
      const ledger = openRunLedger(control(), () => start);
      const { runId } = await ledger.start(newRun());
      const done = await ledger.finish(runId, { status: "failed", failureClass: "source", failureMessage: "no file" });
      await expect(ledger.finish(runId, { status: "success" })).rejects.toMatchObject({
        code: "control/run-finished",
        message: `Run ${runId} has ended already, as failed`,
      });
      expect(await ledger.get(runId)).toEqual(done);
    });

    test("a run id is given once", async () => {
      const ledger = openRunLedger(control(), () => start);
      const { runId } = await ledger.start(newRun());
      await expect(ledger.start(newRun({ runId }))).rejects.toMatchObject({ code: "control/run-exists" });
      await expect(ledger.queue(newRun({ runId }))).rejects.toMatchObject({ code: "control/run-exists" });
      await expect(ledger.begin("nobody")).rejects.toMatchObject({ code: "control/unknown-run" });
      expect(await ledger.get("nobody")).toBeUndefined();
    });

    test.each([
      ["changing a finished run", "update mesh.runs set rows_read = 1 where run_id = $1", "finished"],
      [
        "opening a finished run again",
        "update mesh.runs set status = 'running', completed_at = null where run_id = $1",
        "finished",
      ],
      ["deleting a finished run", "delete from mesh.runs where run_id = $1", "finished"],
      ["deleting a running run", "delete from mesh.runs where run_id = $1", "running"],
      ["giving a run to another domain", "update mesh.runs set domain = 'other' where run_id = $1", "running"],
      ["dating a run back", "update mesh.runs set started_at = now() where run_id = $1", "running"],
      ["ending a run without a time", "update mesh.runs set status = 'success' where run_id = $1", "running"],
      [
        "a failure without a class",
        "update mesh.runs set status = 'failed', completed_at = now() where run_id = $1",
        "running",
      ],
    ])("the database refuses %s", async (_, sql, state) => {
      const ledger = openRunLedger(control(), () => start);
      const { runId } = await ledger.start(newRun());
      if (state === "finished") await ledger.finish(runId, { status: "success", rowsRead: 7 });
      const before = await ledger.get(runId);
      await expect(control().query(sql, [runId])).rejects.toMatchObject({ code: expect.stringMatching(/^23/) });
      expect(await ledger.get(runId)).toEqual(before);
    });

    test("the database refuses to empty the ledger", async () => {
      await expect(control().execute("truncate mesh.runs cascade")).rejects.toThrow("append-only");
    });

    test("lists newest first, filtered and limited", async () => {
      const clock = handClock();
      const ledger = openRunLedger(control(), clock.read);
      const parent = await ledger.start(newRun({ domain: "list", product: null, pipeline: "domain" }));
      const first = await ledger.start(newRun({ domain: "list", parentRunId: parent.runId }));
      const second = await ledger.start(newRun({ domain: "list", product: "people", pipeline: "product/people" }));
      clock.set(start + 10_001);
      const last = await ledger.start(newRun({ domain: "list", parentRunId: parent.runId }));
      await ledger.finish(second.runId, { status: "success" });
      const ids = async (filter: Parameters<typeof ledger.list>[0]) =>
        (await ledger.list({ domain: "list", ...filter })).map((run) => run.runId);
      expect(await ids({})).toEqual([last, second, first, parent].map((run) => run.runId));
      expect(await ids({ limit: 2 })).toEqual([last.runId, second.runId]);
      expect(await ids({ product: "people" })).toEqual([second.runId]);
      expect(await ids({ pipeline: "domain" })).toEqual([parent.runId]);
      expect(await ids({ status: "running", product: "units" })).toEqual([last.runId, first.runId]);
      expect(await ids({ parentRunId: parent.runId })).toEqual([last.runId, first.runId]);
      expect(await ids({ domain: "nowhere" })).toEqual([]);
      expect(await ids({ since: start + 10_001 })).toEqual([last.runId]);
      expect(await ids({ since: start + 10_002 })).toEqual([]);
      expect((await ledger.list({ limit: 1 }))[0]?.runId).toBe(last.runId);
    });

    test("the runs of a living process are no orphans", async () => {
      const ledger = openRunLedger(control(), () => start);
      const running = await ledger.start(newRun({ domain: "alive" }));
      const queued = await ledger.queue(newRun({ domain: "alive" }));
      await ledger.abortOrphans("the process died");
      expect(await ledger.get(running.runId)).toMatchObject({ status: "running" });
      expect(await ledger.get(queued.runId)).toMatchObject({ status: "queued" });
    });

    test("the unfinished runs of a worker that is gone are aborted, once", async () => {
      const ledger = openRunLedger(control(), () => start + 500);
      const gone = openRunLedger({ ...control(), workerId: 7 }, () => start);
      const running = await gone.start(newRun({ domain: "gone" }));
      const queued = await gone.queue(newRun({ domain: "gone" }));
      const done = await gone.start(newRun({ domain: "gone" }));
      await gone.finish(done.runId, { status: "success" });
      const adopted = await gone.queue(newRun({ domain: "gone" }));
      await ledger.begin(adopted.runId);

      const aborted = await ledger.abortOrphans("its process ended");
      expect(aborted.map((run) => run.runId).toSorted()).toEqual([running.runId, queued.runId].toSorted());
      expect(await ledger.get(running.runId)).toMatchObject({
        status: "aborted",
        completedAt: start + 500,
        durationMs: 500,
        failureClass: "system",
        failureMessage: "its process ended",
      });
      expect(await ledger.get(queued.runId)).toMatchObject({ status: "aborted", startedAt: null, durationMs: null });
      expect(await ledger.get(done.runId)).toMatchObject({ status: "success" });
      expect(await ledger.get(adopted.runId)).toMatchObject({ status: "running" });
      expect(await ledger.abortOrphans("again")).toEqual([]);
    });
  });
}

const documentedColumns = (
  "run_id, parent_run_id, domain, product, pipeline, attempt, trigger, partition_key, code_version, contract_version, " +
  "status, queued_at, started_at, completed_at, duration_ms, rows_read, rows_inserted, rows_updated, rows_deleted, " +
  "rows_rejected, row_count_after, bytes_in, bytes_out, checkpoint_before, checkpoint_after, failure_class, " +
  "failure_step, failure_message, root_cause_run_id, checks_passed, checks_warned, checks_failed, watermark_before, " +
  "watermark_after, snapshot_id"
).split(", ");
