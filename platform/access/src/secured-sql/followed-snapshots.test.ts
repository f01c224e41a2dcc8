import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { currentSnapshotsFile, writeCurrentSnapshots } from "@thoth/warehouse/current-snapshots";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { expect, test } from "vitest";
import { fixedSnapshots, followedSnapshots } from "./followed-snapshots.ts";

const snapshot = (id: string) => ({ id, domain: "library", product: "loans" }) as Snapshot;

test("what is current, then each change, until it is ended; a file that cannot be read is waited out", async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), "followed-"));
  await writeCurrentSnapshots(dir.path, [snapshot("001")]);
  const controller = new AbortController();
  const errors: unknown[] = [];
  const follow = followedSnapshots(dir.path, (error) => errors.push(error));
  const states = follow(controller.signal)[Symbol.asyncIterator]();
  const next = async () => (await states.next()).value?.map(({ id }: Snapshot) => id);
  const until = async (id: string) => {
    for (let ids = await next(); ids !== undefined; ids = await next()) if (ids.includes(id)) return ids;
  };
  expect(await next()).toEqual(["001"]);
  await writeFile(currentSnapshotsFile(dir.path), "{");
  await expect.poll(() => errors.length).toBeGreaterThan(0);
  await writeCurrentSnapshots(dir.path, [snapshot("002")]);
  expect(await until("002")).toEqual(["002"]);
  const last = states.next();
  controller.abort();
  expect(await last).toMatchObject({ done: true });
});

test("a state that stays", async () => {
  const found: unknown[] = [];
  for await (const state of fixedSnapshots([snapshot("001")])(new AbortController().signal)) found.push(state);
  expect(found).toEqual([[snapshot("001")]]);
});
