import { beforeEach, describe, expect, test } from "vitest";
import { type AccessRecords, accessRevision, openAccessRecords } from "./access-records.ts";
import type { ControlPlane } from "./control-plane.ts";

interface Kept {
  readonly id: string;
  readonly until: number | null;
  readonly words: readonly string[];
}

const now = Date.UTC(2026, 2, 18, 12);

export function suiteAccessRecords(control: () => ControlPlane): void {
  describe("agreements and keys", () => {
    let records: AccessRecords<Kept>;
    let at = now;
    beforeEach(() => {
      records = openAccessRecords(control(), "agreement", () => at);
    });
    const made = (id: string, more: Partial<Kept> = {}) => ({
      entry: { id, until: null, words: [], ...more },
      action: "made",
      actor: "ada",
      reason: "",
    });
    const refuse = (): never => {
      throw new Error("no");
    };
    const find = async (id: string) => (await records.list()).find((one) => one.id === id);

    test("keeps each record as it is now, and everything that was done to it", async () => {
      const entry = { id: "kept", until: 9_007_199_254_740_991, words: ["it's", 'a "word"', "💡", ""] };
      expect(await records.change(() => [{ ...made("kept"), entry }])).toEqual([entry]);
      expect(await find("kept")).toEqual(entry);
      at = now + 1;
      const ended = { ...entry, until: null };
      await records.change(() => [{ entry: ended, action: "ended", actor: "bea", reason: "it's over" }]);
      expect(await find("kept")).toEqual(ended);
      expect(await records.history("kept")).toEqual([
        { entry, action: "made", actor: "ada", reason: "", at: now },
        { entry: ended, action: "ended", actor: "bea", reason: "it's over", at: now + 1 },
      ]);
      expect(await records.history("never")).toEqual([]);
    });

    test("lists in the order of adding, also after changes, and each kind by itself", async () => {
      await records.change(() => [made("order-b"), made("order-a")]);
      await records.change(() => [made("order-c")]);
      await records.change(() => [made("order-a", { words: ["again"] })]);
      const keys = openAccessRecords<Kept>(control(), "service-key", () => now);
      await keys.change(() => [made("order-a", { words: ["a key"] })]);
      const ids = (await records.list()).map(({ id }) => id).filter((id) => id.startsWith("order"));
      expect(ids).toEqual(["order-b", "order-a", "order-c"]);
      expect((await keys.list()).map(({ words }) => words)).toContainEqual(["a key"]);
      expect(await find("order-a")).toMatchObject({ words: ["again"] });
    });

    test("whoever decides sees what all before have written", async () => {
      const add = () =>
        records.change((entries) => {
          const count = entries.filter(({ id }) => id.startsWith("turn-")).length;
          return [made(`turn-${count}`)];
        });
      await Promise.all(Array.from({ length: 8 }, add));
      expect((await records.list()).filter(({ id }) => id.startsWith("turn-"))).toHaveLength(8);
    });

    test.each<[string, () => Promise<unknown>]>([
      ["a decision against it", () => records.change(refuse)],
      [
        "what is told first fails",
        () =>
          records.change(
            () => [made("void")],
            () => Promise.reject(new Error("no")),
          ),
      ],
      [
        "one of several cannot be written",
        () => records.change(() => [made("void"), { ...made("void"), actor: null as unknown as string }]),
      ],
    ])("changes nothing when there is %s", async (_, change) => {
      const revision = await accessRevision(control());
      await expect(change()).rejects.toThrow();
      expect(await find("void")).toBeUndefined();
      expect(await records.history("void")).toEqual([]);
      expect(await accessRevision(control())).toBe(revision);
    });

    test("every change raises the revision", async () => {
      const before = await accessRevision(control());
      await records.change(() => [made("revised")]);
      const between = await accessRevision(control());
      await records.change(() => [made("revised")]);
      expect(between).toBeGreaterThan(before);
      expect(await accessRevision(control())).toBeGreaterThan(between);
    });

    test.each([
      ["update mesh.access_history set actor = 'nobody'"],
      ["delete from mesh.access_history"],
      ["truncate mesh.access_history"],
    ])("refuses: %s", async (sql) => {
      await records.change(() => [made("history")]);
      await expect(control().query(sql)).rejects.toThrow(/can only be appended to/);
      expect(await records.history("history")).not.toEqual([]);
    });
  });
}
