import { timeOrderedId } from "@thoth/kernel/ids";
import { describe, expect, test } from "vitest";
import type { ControlPlane } from "./control-plane.ts";
import { openSnapshotPointers } from "./snapshot-pointers.ts";
import { openWebhookStore } from "./webhook-store.ts";

const dayMs = 86_400_000;

export function suiteWebhookStore(control: () => ControlPlane): void {
  describe("webhooks", () => {
    let time = Date.UTC(2026, 2, 18, 9);
    const open = () => openWebhookStore(control(), () => time);

    async function publish(product: string): Promise<string> {
      const id = timeOrderedId(time);
      const size = { rowCount: 4, sizeBytes: 10, publishedAt: time, watermark: null };
      const names = { id, domain: "webhooks", product, contractVersion: "1.0.0", runId: "run" };
      await openSnapshotPointers(control(), () => time).publish({ ...names, ...size });
      return id;
    }

    async function add(id: string, product: string): Promise<void> {
      const terms = { url: "https://example.edu/", domain: "webhooks", product, purpose: null, consumer: "ada" };
      const made = { allowPrivate: false, sealedSecret: "sealed", createdBy: "ada", createdAt: time };
      await open().add({ id, ...terms, ...made });
    }

    const mine = async (id: string) => (await open().list()).find((webhook) => webhook.id === id);

    test("every publication after it was added is due once, by whoever takes it first", async () => {
      await publish("once");
      await add("once", "once");
      const [first, second] = [await publish("once"), await publish("once")];
      await Promise.all([open().enqueue(), open().enqueue()]);
      const [one, two] = await Promise.all([open().claim(10, 1_000), open().claim(10, 1_000)]);
      expect([...one, ...two].map(({ snapshot }) => snapshot.id).toSorted()).toEqual([first, second].toSorted());
      expect(await open().claim(10, 1_000)).toEqual([]);
      for (const delivery of [...one, ...two]) await open().settle(delivery, { state: "delivered" });
      await open().enqueue();
      expect(await open().claim(10, 1_000)).toEqual([]);
      expect(await mine("once")).toMatchObject({ delivered: 2, waiting: 0, dead: [] });
    });

    test("going back to an older snapshot is told of too", async () => {
      await add("back", "back");
      const [first] = [await publish("back"), await publish("back")];
      await openSnapshotPointers(control(), () => time).moveTo("webhooks", "back", first ?? "");
      await open().enqueue();
      const due = await open().claim(10, 1_000);
      expect(due.map(({ snapshot }) => snapshot.id)).toEqual([first, expect.any(String), first]);
      for (const delivery of due) await open().settle(delivery, { state: "delivered" });
    });

    test("one that was not settled is due again when its lease is over; one that was given up, when it is asked for", async () => {
      await add("lease", "lease");
      await publish("lease");
      await open().enqueue();
      expect(await open().claim(10, 1_000)).toHaveLength(1);
      time += 1_000;
      const [again] = await open().claim(10, 1_000);
      if (again === undefined) throw new Error("its lease is over");
      await open().settle(again, { state: "dead", problem: "nobody there" });
      time += dayMs;
      expect(await open().claim(10, 1_000)).toEqual([]);
      expect((await mine("lease"))?.dead).toMatchObject([{ attempts: 1, problem: "nobody there" }]);
      expect(await open().retry("lease")).toBe(1);
      expect(await open().retry("nobody")).toBeUndefined();
      expect(await open().claim(10, 1_000)).toHaveLength(1);
      await open().remove("lease");
    });

    test("what was delivered long ago is forgotten, and not delivered again", async () => {
      await add("old", "old");
      await publish("old");
      await open().enqueue();
      for (const delivery of await open().claim(10, 1_000)) await open().settle(delivery, { state: "delivered" });
      time += 31 * dayMs;
      await open().enqueue();
      await open().enqueue();
      expect(await open().claim(10, 1_000)).toEqual([]);
      expect(await mine("old")).toMatchObject({ delivered: 0, waiting: 0 });
    });

    test("one that is removed while its delivery is claimed holds up no other", async () => {
      for (const id of ["leaving", "staying"]) await add(id, "both");
      await publish("both");
      await open().enqueue();
      const query: ControlPlane["query"] = async (sql, parameters) => {
        const rows = await control().query(sql, parameters);
        if (sql.includes("update mesh.webhook_deliveries as taken")) await open().remove("leaving");
        return rows as never;
      };
      const claimed = await openWebhookStore({ ...control(), query }, () => time).claim(10, 1_000);
      expect(claimed.map(({ webhook }) => webhook.id)).toEqual(["staying"]);
      await open().remove("staying");
    });

    test("one that is removed takes what waits for it along", async () => {
      await add("gone", "gone");
      await publish("gone");
      await open().enqueue();
      expect(await open().remove("gone")).toBe(true);
      expect(await open().remove("gone")).toBe(false);
      expect(await open().claim(10, 1_000)).toEqual([]);
    });
  });
}
