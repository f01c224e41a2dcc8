import type { Snapshot } from "@thoth/warehouse/snapshot";
import { describe, expect, test } from "vitest";
import type { ControlPlane } from "./control-plane.ts";
import { type DomainLock, openDomainLocks, proveLock } from "./domain-locks.ts";
import { openRunLedger } from "./run-ledger.ts";
import { openSnapshotPointers } from "./snapshot-pointers.ts";

const now = Date.UTC(2026, 5, 1);
const clock = () => now;

/** What every store must do about who may write a domain. */
export function suiteDomainLocks(control: () => ControlPlane): void {
  const locksOf = (workerId: number) => openDomainLocks({ ...control(), workerId }, clock);
  const gone = 7;
  const mine = () => locksOf(control().workerId);

  /** Takes what a worker that is not there has left, as somebody who has waited for it. */
  async function takeOver(domain: string, holder: string): Promise<DomainLock> {
    const answer = await mine().take(domain, holder);
    const again = answer.kind === "held" ? await mine().take(domain, holder, answer.token) : answer;
    if (again.kind === "held") throw new Error(`${domain} is held`);
    return again.lock;
  }

  async function takeFree(workerId: number, domain: string, holder = "run 1"): Promise<DomainLock> {
    const answer = await locksOf(workerId).take(domain, holder);
    if (answer.kind === "held") throw new Error(`${domain} is held`);
    return answer.lock;
  }

  const newRun = (domain: string) => ({
    domain,
    product: "p",
    pipeline: "product/p",
    trigger: "manual" as const,
    codeVersion: "1.0.0",
  });
  const snapshotOf = (domain: string, id: string): Snapshot => ({
    id,
    domain,
    product: "p",
    contractVersion: "1.0.0",
    rowCount: 1,
    sizeBytes: 1,
    publishedAt: now,
    watermark: null,
    runId: "none",
  });

  describe("locks of domains", () => {
    test("one run at a time has it, and each taking has a higher token", async () => {
      const first = await takeFree(control().workerId, "locks-a");
      expect(await mine().take("locks-a", "run 2")).toEqual({ kind: "held", token: first.token, absent: false });
      expect(await mine().take("locks-a", "run 2", first.token)).toMatchObject({ kind: "held" });
      expect(await mine().held()).toEqual(["locks-a"]);
      await mine().free("locks-a", "run 2");
      expect(await mine().held()).toEqual(["locks-a"]);
      expect(await takeFree(control().workerId, "locks-a", "run 1")).toEqual(first);
      await mine().free("locks-a", "run 1");
      expect(await mine().held()).toEqual([]);
      const second = await takeFree(control().workerId, "locks-a", "run 2");
      // One for giving it back, and one for taking it.
      expect(second.token).toBe(first.token + 2);
      expect(await mine().lost([first, second])).toEqual([first]);
      await mine().free("locks-a", "run 2");
      expect(await mine().lost([second])).toEqual([second]);
    });

    test("what an absent worker has is taken by who has waited for it; on the embedded store, at once", async () => {
      const left = await takeFree(gone, "locks-b");
      expect(await mine().held()).toEqual([]);
      const answer = await mine().take("locks-b", "run 2");
      if (control().kind === "server") {
        expect(answer).toEqual({ kind: "held", token: left.token, absent: true });
        expect(await mine().take("locks-b", "run 2", left.token - 1)).toMatchObject({ kind: "held" });
      }
      expect((await takeOver("locks-b", "run 2")).token).toBe(left.token + 1);
      expect(await mine().lost([left])).toEqual([left]);
      await mine().free("locks-b", "run 2");
    });

    /** Locks whose first statement that changes something gets to the server when it is let through. */
    function delayedLocks() {
      const { promise: gate, resolve: letThrough } = Promise.withResolvers<void>();
      const sent = Promise.withResolvers<void>();
      const query: ControlPlane["query"] = async (sql, params) => {
        if (/^(insert|with)/.test(sql)) {
          sent.resolve();
          await gate;
        }
        return control().query(sql, params);
      };
      return { locks: openDomainLocks({ ...control(), query }, clock), sent: sent.promise, letThrough };
    }

    const lateCases: [string, string, (domain: string) => Promise<DomainLock | undefined>, boolean][] = [
      ["nobody has ever had", "locks-g", async () => undefined, false],
      ["is free", "locks-h", async (domain) => void (await mine().free(domain, "nobody")), false],
      ["an absent worker has", "locks-i", (domain) => takeFree(gone, domain), false],
      ["an absent worker had, from whom it was taken", "locks-j", (domain) => takeFree(gone, domain), true],
    ];
    test.each(lateCases)("a question that was given up takes nothing later: a lock that %s", async (...given) => {
      const [, domain, before, isTaken] = given;
      const left = await before(domain);
      const { locks, sent, letThrough } = delayedLocks();
      const late = locks.take(domain, "late", left?.token);
      await sent;
      await mine().free(domain, "late", isTaken ? undefined : left?.token);
      if (isTaken) await openRunLedger(control(), clock).abortOrphans("its process ended", [gone]);
      letThrough();
      expect(await late).toMatchObject({ kind: "held" });
      await takeFree(control().workerId, domain, "run 3");
      await mine().free(domain, "run 3");
    });

    test("a first lock that the server is about to give is taken back all the same", async () => {
      if (control().kind === "embedded") return;
      let freed: Promise<void> | undefined;
      await control().transaction(async (handle) => {
        await handle.query(
          `insert into mesh.domain_locks (domain, holder, worker_id, taken_at, token)
           values ('locks-l', 'late', $1::bigint, $2, 1)`,
          [control().workerId, new Date(clock())],
        );
        freed = mine().free("locks-l", "late");
        const waiting = () => control().query("select 1 from pg_locks where not granted");
        await expect.poll(waiting).not.toEqual([]);
      });
      await freed;
      await takeFree(control().workerId, "locks-l", "run 3");
      await mine().free("locks-l", "run 3");
    });

    test("who asks for a lock that is being proved is answered at once", async () => {
      // The embedded store has one connection.
      if (control().kind === "embedded") return;
      const left = await takeFree(gone, "locks-k");
      const held = { kind: "held", token: left.token, absent: true };
      await control().transaction(async (handle) => {
        await proveLock(handle, left);
        expect(await mine().take("locks-k", "run 2", left.token)).toEqual(held);
      });
      expect((await takeOver("locks-k", "run 2")).token).toBe(left.token + 1);
      await mine().free("locks-k", "run 2");
    });

    test("who takes a lock ends what earlier holders left running, and nothing else", async () => {
      const ledger = openRunLedger({ ...control(), workerId: gone }, clock);
      const lock = await takeFree(gone, "locks-c");
      const left = await ledger.start(newRun("locks-c"), lock);
      const done = await ledger.start(newRun("locks-c"), lock);
      await ledger.finish(done.runId, { status: "success" });
      const elsewhere = await openRunLedger(control(), clock).start(newRun("locks-d"), lock);
      await takeOver("locks-c", "run 2");
      expect(await ledger.get(left.runId)).toMatchObject({
        status: "aborted",
        failureClass: "system",
        failureMessage: "another run of locks-c began before this one had ended: its worker was out of sight",
      });
      expect(await ledger.get(done.runId)).toMatchObject({ status: "success" });
      expect(await ledger.get(elsewhere.runId)).toMatchObject({ status: "running" });
      await mine().free("locks-c", "run 2");
    });

    test("a run that has lost its lock cannot publish, move a pointer or succeed; readers keep what they had", async () => {
      const ledger = openRunLedger(control(), clock);
      const pointers = openSnapshotPointers(control(), clock);
      const lock = await takeFree(gone, "locks-e");
      const run = await ledger.start(newRun("locks-e"), lock);
      for (const id of ["locks-e-1", "locks-e-2"]) await pointers.publish(snapshotOf("locks-e", id), lock);
      const next = await takeOver("locks-e", "run 2");
      const lost = { code: "control/lock-lost", message: expect.stringContaining("the lock of locks-e") };
      await expect(pointers.publish(snapshotOf("locks-e", "locks-e-3"), lock)).rejects.toMatchObject(lost);
      await expect(pointers.touch("locks-e", "p", now, lock)).rejects.toMatchObject(lost);
      await expect(pointers.moveTo("locks-e", "p", "locks-e-1", lock)).rejects.toMatchObject(lost);
      await expect(pointers.markPruned("locks-e", "p", "locks-e-1", lock)).rejects.toMatchObject(lost);
      expect(await pointers.currentOf("locks-e", "p")).toMatchObject({ id: "locks-e-2", watermark: null });
      expect(await pointers.history("locks-e", "p")).toHaveLength(2);
      // The new holder has ended it already; what it has to say of itself changes nothing.
      expect(await ledger.finish(run.runId, { status: "success", rowsRead: 5 })).toMatchObject({
        status: "aborted",
        rowsRead: null,
      });
      await pointers.publish(snapshotOf("locks-e", "locks-e-4"), next);
      await mine().free("locks-e", "run 2");
      await expect(pointers.publish(snapshotOf("locks-e", "locks-e-5"), next)).rejects.toMatchObject(lost);
    });

    test("a run that ends under a lock that was only taken away ends as aborted, and says why", async () => {
      const ledger = openRunLedger(control(), clock);
      const lock = await takeFree(gone, "locks-f");
      // Begun in this process, which lives, and under the lock of one that does not.
      const run = await ledger.start(newRun("locks-f"), lock);
      expect(await ledger.abortOrphans("its process ended")).toEqual([]);
      expect(await mine().lost([lock])).toEqual([lock]);
      expect(await ledger.finish(run.runId, { status: "success", rowsRead: 5 })).toMatchObject({
        status: "aborted",
        failureClass: "system",
        failureMessage: expect.stringMatching(/^control\/lock-lost: This run has lost the lock of locks-f/),
        rowsRead: null,
      });
      await expect(ledger.finish(run.runId, { status: "success" })).resolves.toMatchObject({ status: "aborted" });
    });
  });
}
