import type { DeadJob } from "@thoth/control/job-queue";
import type { Run, RunStatus } from "@thoth/control/run";
import { expect, test } from "vitest";
import type { Domain } from "../domain.ts";
import { revivedBy } from "./revived-by.ts";

const domains = [{ name: "shop", products: [{ name: "takings" }, { name: "stock" }] }] as unknown as Domain[];
const dead = (target: string) => ({ request: { target } }) as DeadJob;
const run = (product: string | null, status: RunStatus) => ({ domain: "shop", product, status }) as Run;

test.each([
  ["success", "success", ["shop", "shop/takings"]],
  ["partial", "success", ["shop", "shop/takings"]],
  ["partial", "partial", ["shop", "shop/takings"]],
  ["partial", "failed", ["shop/takings"]],
  ["failed", "partial", []],
  ["skipped", "success", []],
] as const)("takings %s and stock %s revive %j", (takings, stock, revived) => {
  const runs = [run("takings", takings), run("stock", stock), run(null, "partial")];
  expect(
    revivedBy(runs, [dead("shop"), dead("shop/takings"), dead("shop/takings"), dead("else/where")], domains),
  ).toEqual(revived);
});
