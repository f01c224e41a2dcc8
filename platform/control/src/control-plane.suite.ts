import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { suiteAccessRecords } from "./access-records.suite.ts";
import type { ControlPlane } from "./control-plane.ts";
import { suiteDomainLocks } from "./domain-locks.suite.ts";
import { suiteQualityStore } from "./quality-store.suite.ts";
import { suiteRunLedger } from "./run-ledger.suite.ts";
import { suiteSnapshotPointers } from "./snapshot-pointers.suite.ts";
import { suiteUsageStore } from "./usage-store.suite.ts";
import { suiteWebhookStore } from "./webhook-store.suite.ts";

/** What every store must do. `open` may be called several times; each call opens the same store anew, one at a time. */
export function suiteControlPlane(name: string, open: () => Promise<ControlPlane>): void {
  describe(name, () => {
    let control: ControlPlane;
    beforeAll(async () => {
      control = await open();
    });
    afterAll(() => control[Symbol.asyncDispose]());

    test.each([
      ["1::int8", 1],
      ["9007199254740991::int8", 9_007_199_254_740_991],
      ["9007199254740993::int8", 9_007_199_254_740_993n],
      ["(-9223372036854775808)::int8", -9_223_372_036_854_775_808n],
      ["count(*)", 1],
      ["1.50::numeric", "1.50"],
      ["1.5::float8", 1.5],
      ["'2024-02-29'::date", "2024-02-29"],
      ["'2024-02-29 12:00:00.123'::timestamp", new Date("2024-02-29T12:00:00.123Z")],
      ["'2024-02-29 12:00:00.123+10'::timestamptz", new Date("2024-02-29T02:00:00.123Z")],
      [`'{"a":[1]}'::jsonb`, { a: [1] }],
      ["true", true],
      ["null::text", null],
      ["array['a','b']", ["a", "b"]],
    ])("reads %s", async (expression, value) => {
      expect(await control.query(`select ${expression} as value`)).toEqual([{ value }]);
    });

    test.each([
      ["text", "it's"],
      ["int8", 5],
      ["float8", 0.25],
      ["boolean", false],
      ["text", null],
      ["text[]", ["a", "b,c"]],
      ["timestamptz", new Date("2024-07-01T00:00:00.001Z")],
    ])("binds %s %s", async (type, value) => {
      expect(await control.query(`select $1::${type} as value`, [value])).toEqual([{ value }]);
    });

    test("binds a bigint", async () => {
      const value = 9_007_199_254_740_993n;
      expect(await control.query("select $1::int8 as value", [value])).toEqual([{ value }]);
    });

    test("a transaction keeps all or nothing, and gives back what its work gives", async () => {
      await control.execute("create table kept (a int); insert into kept values (1);");
      const failed = control.transaction(async (handle) => {
        await handle.query("insert into kept values (2)");
        throw new Error("changed my mind");
      });
      await expect(failed).rejects.toThrow("changed my mind");
      const given = await control.transaction(async (handle) => {
        await handle.query("insert into kept values (3)");
        return "done";
      });
      expect(given).toBe("done");
      expect(await control.query("select a from kept order by a")).toEqual([{ a: 1 }, { a: 3 }]);
    });

    test("transactions that run at once do not lose each other's changes", async () => {
      await control.execute("create table tally (n int); insert into tally values (0);");
      const count = () =>
        control.transaction(async (handle) => {
          const [row] = await handle.query<{ n: number }>("select n from tally for update");
          await handle.query("update tally set n = $1", [(row?.n ?? 0) + 1]);
        });
      await Promise.all(Array.from({ length: 8 }, count));
      expect(await control.query("select n from tally")).toEqual([{ n: 8 }]);
    });

    test("a statement that fails says its SQLSTATE and harms no later one", async () => {
      await expect(control.query("select * from not_there")).rejects.toMatchObject({ code: "42P01" });
      expect(await control.query("select 1 as one")).toEqual([{ one: 1 }]);
    });

    test("records its migrations in order", async () => {
      expect(await control.query("select name from mesh.migrations order by name")).toEqual([
        { name: "0001-run-ledger" },
        { name: "0002-snapshots" },
        { name: "0003-usage" },
        { name: "0004-orchestration" },
        { name: "0005-quality" },
        { name: "0006-pointer-moves" },
        { name: "0007-access-records" },
        { name: "0008-usage-ports" },
        { name: "0009-webhooks" },
        { name: "0010-restored-snapshots" },
        { name: "0011-lock-tokens" },
        { name: "0012-publish-marks" },
        { name: "0013-run-order" },
      ]);
    });

    suiteRunLedger(() => control);
    suiteDomainLocks(() => control);
    suiteSnapshotPointers(() => control);
    suiteUsageStore(() => control);
    suiteWebhookStore(() => control);
    suiteQualityStore(() => control);
    suiteAccessRecords(() => control);

    test("opened again it has what it had, and another worker", async () => {
      const before = await control.query("select run_id from mesh.runs order by run_id");
      const { workerId } = control;
      await control[Symbol.asyncDispose]();
      control = await open();
      expect(await control.query("select run_id from mesh.runs order by run_id")).toEqual(before);
      expect(before.length).toBeGreaterThan(0);
      expect(control.workerId).not.toBe(workerId);
    });

    test("closing twice is no error", async () => {
      await control[Symbol.asyncDispose]();
      await control[Symbol.asyncDispose]();
      control = await open();
    });

    test("refuses what a newer version has changed", async () => {
      await control.query("insert into mesh.migrations (name) values ('9999-later')");
      await control[Symbol.asyncDispose]();
      await expect(open()).rejects.toMatchObject({
        code: "control/newer-schema",
        message: expect.stringContaining("9999-later"),
      });
    });
  });
}
