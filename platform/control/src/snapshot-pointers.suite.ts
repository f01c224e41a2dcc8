import type { Snapshot } from "@thoth/warehouse/snapshot";
import { describe, expect, test } from "vitest";
import type { ControlPlane } from "./control-plane.ts";
import { openSnapshotPointers } from "./snapshot-pointers.ts";

const day = 86_400_000;
const start = Date.UTC(2024, 1, 29);

function snapshot(product: string, number: number, more: Partial<Snapshot> = {}): Snapshot {
  return {
    id: `${product}-${number}`,
    domain: "demo",
    product,
    contractVersion: "1.0.0",
    rowCount: 100 + number,
    sizeBytes: 2 ** 33,
    publishedAt: start + number * day,
    watermark: start + number * day - 1,
    runId: `run-${number}`,
    ...more,
  };
}

export function suiteSnapshotPointers(control: () => ControlPlane): void {
  const open = (now = start) => openSnapshotPointers(control(), () => now);

  describe("snapshot pointers", () => {
    test("a product is nothing before its first snapshot, then always its latest", async () => {
      const pointers = open(start + 5);
      expect(await pointers.currentOf("demo", "latest")).toBeUndefined();
      const first = snapshot("latest", 1);
      expect(await pointers.publish(first)).toEqual({ ...first, checkedAt: start + 5 });
      const second = snapshot("latest", 2, { contractVersion: "1.1.0", watermark: null, rowCount: 0 });
      await pointers.publish(second);
      expect(await pointers.currentOf("demo", "latest")).toEqual({ ...second, checkedAt: start + 5 });
    });

    test("current lists one snapshot of each product, by domain and product", async () => {
      const pointers = open();
      for (const name of ["listed-b", "listed-a"]) await pointers.publish(snapshot(name, 1));
      await pointers.publish(snapshot("listed-c", 1, { domain: "another" }));
      await pointers.publish(snapshot("listed-a", 2));
      const listed = (await pointers.current()).filter(({ product }) => product.startsWith("listed"));
      expect(listed.map(({ domain, id }) => `${domain} ${id}`)).toEqual([
        "another listed-c-1",
        "demo listed-a-2",
        "demo listed-b-1",
      ]);
    });

    test("a snapshot that is published twice changes nothing", async () => {
      const pointers = open();
      await pointers.publish(snapshot("twice", 1));
      await pointers.publish(snapshot("twice", 2));
      const again = pointers.publish(snapshot("twice", 1, { rowCount: 5 }));
      await expect(again).rejects.toMatchObject({ code: "control/snapshot-exists" });
      expect(await pointers.currentOf("demo", "twice")).toMatchObject({ id: "twice-2" });
      expect((await pointers.history("demo", "twice")).map(({ rowCount }) => rowCount)).toEqual([102, 101]);
    });

    test("a snapshot that cannot be recorded moves no pointer", async () => {
      const pointers = open();
      await pointers.publish(snapshot("invalid", 1));
      await expect(pointers.publish(snapshot("invalid", 2, { rowCount: -1 }))).rejects.toMatchObject({ code: "23514" });
      expect(await pointers.currentOf("demo", "invalid")).toMatchObject({ id: "invalid-1" });
    });

    test("a touch moves the watermark on and leaves the snapshot as it was published", async () => {
      await open().publish(snapshot("touched", 1));
      const touched = await open(start + 9 * day).touch("demo", "touched", start + 8 * day);
      expect(touched).toEqual({ ...snapshot("touched", 1), watermark: start + 8 * day, checkedAt: start + 9 * day });
      expect(await open().currentOf("demo", "touched")).toEqual(touched);
      expect(await open().history("demo", "touched")).toMatchObject([{ watermark: start + day - 1 }]);
      expect(await open().touch("demo", "touched", null)).toMatchObject({ watermark: null });
    });

    test("what was never published cannot be touched", async () => {
      const touched = open().touch("demo", "nothing", null);
      await expect(touched).rejects.toMatchObject({
        code: "control/never-published",
        message: expect.stringContaining("demo/nothing"),
      });
    });

    test("a pointer moves back and forth, with the watermark the snapshot was published with", async () => {
      const pointers = open(start + 7);
      for (const number of [1, 2, 3]) await pointers.publish(snapshot("moved", number));
      await pointers.touch("demo", "moved", start + 100 * day);
      const back = await pointers.moveTo("demo", "moved", "moved-1");
      expect(back).toEqual({ ...snapshot("moved", 1), checkedAt: start + 7 });
      expect(await pointers.currentOf("demo", "moved")).toEqual(back);
      expect((await pointers.history("demo", "moved")).map(({ id, current }) => [id, current])).toEqual([
        ["moved-3", false],
        ["moved-2", false],
        ["moved-1", true],
      ]);
      expect(await pointers.moveTo("demo", "moved", "moved-3")).toMatchObject({ id: "moved-3" });
    });

    test("what a product served at a time is known, also when it had gone back", async () => {
      const at = (number: number) => open(start + number * day);
      for (const number of [1, 3]) await at(number + 0.1).publish(snapshot("travel", number));
      await at(5).moveTo("demo", "travel", "travel-1");
      await at(7.1).publish(snapshot("travel", 7));
      const served = async (number: number) => {
        const all = await open().servedAt(start + number * day);
        return all.filter(({ product }) => product === "travel").map(({ id, current }) => [id, current]);
      };
      expect(await served(0.9)).toEqual([]);
      expect(await served(1)).toEqual([["travel-1", false]]);
      expect(await served(4)).toEqual([["travel-3", false]]);
      expect(await served(6)).toEqual([["travel-1", false]]);
      expect(await served(7)).toEqual([["travel-7", true]]);
      await open().markPruned("demo", "travel", "travel-3");
      expect(await served(4)).toEqual([["travel-3", false]]);
      const kept = (await open().kept()).filter(({ product }) => product === "travel");
      expect(kept.map(({ id }) => id)).toEqual(["travel-7", "travel-1"]);
    });

    test("a product moves to its own snapshots only", async () => {
      const pointers = open();
      await pointers.publish(snapshot("own", 1));
      await pointers.publish(snapshot("foreign", 1));
      for (const id of ["foreign-1", "nowhere"]) {
        await expect(pointers.moveTo("demo", "own", id)).rejects.toMatchObject({ code: "control/unknown-snapshot" });
      }
      expect(await pointers.currentOf("demo", "own")).toMatchObject({ id: "own-1" });
    });

    test("a pruned snapshot stays in the history and cannot be gone back to", async () => {
      await open().publish(snapshot("pruned", 1));
      await open().publish(snapshot("pruned", 2));
      await open(start + 3).markPruned("demo", "pruned", "pruned-1");
      await open(start + 4).markPruned("demo", "pruned", "pruned-1");
      expect(await open().history("demo", "pruned")).toMatchObject([{ prunedAt: null }, { prunedAt: start + 3 }]);
      const back = open().moveTo("demo", "pruned", "pruned-1");
      await expect(back).rejects.toMatchObject({ code: "control/snapshot-pruned" });
    });

    test("what is served, or unknown, cannot be marked as pruned", async () => {
      await open().publish(snapshot("served", 1));
      const pointers = open();
      await expect(pointers.markPruned("demo", "served", "served-1")).rejects.toMatchObject({
        code: "control/snapshot-in-use",
      });
      await expect(pointers.markPruned("demo", "served", "other")).rejects.toMatchObject({
        code: "control/unknown-snapshot",
      });
    });
  });
}
