import type { FinishedRun } from "@thoth/subgraph/finished-run";
import { expect, test } from "vitest";
import { recordLog } from "./fixtures/door.ts";
import { RunFeed } from "./run-feed.ts";

const run = (runId: string) => ({ runId }) as FinishedRun;

/** Answers one look after another; the last one for all that follow. An error is thrown. */
function ledgerOf(...looks: (Error | readonly FinishedRun[])[]) {
  return async () => {
    const look = looks.length > 1 ? looks.shift() : looks[0];
    if (look === undefined || look instanceof Error) throw look;
    return look;
  };
}

test("runs that were there before the ledger could be read are no news", async () => {
  const log = recordLog();
  const feed = new RunFeed(ledgerOf(new Error("no connection"), [run("1")], [run("2"), run("1")]), log);
  const heard: string[] = [];
  using _ = await feed.follow(({ runId }) => heard.push(runId));
  await expect.poll(() => heard.at(-1)).toBe("2");
  expect(heard).toEqual(["2"]);
  expect(log.lines).toMatchObject([{ message: "cannot look at the runs" }]);
});

test("who joins while the first look is under way hears what the first one hears", async () => {
  const begun = Promise.withResolvers<readonly FinishedRun[]>();
  const looks = [begun.promise, Promise.resolve([run("2"), run("1")])];
  const feed = new RunFeed(() => (looks.length > 1 ? looks.shift() : looks[0]) as Promise<FinishedRun[]>, recordLog());
  const heard: [string, string][] = [];
  const following = ["first", "second"].map((who) => feed.follow(({ runId }) => heard.push([who, runId])));
  begun.resolve([run("1")]);
  const followers = await Promise.all(following);
  await expect.poll(() => heard.length).toBeGreaterThanOrEqual(2);
  expect(heard).toEqual([
    ["first", "2"],
    ["second", "2"],
  ]);
  for (const follower of followers) follower[Symbol.dispose]();
});
