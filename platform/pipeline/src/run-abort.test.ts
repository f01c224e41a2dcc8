import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { TestDomain } from "@thoth/testing/test-domain";
import { openTestMesh, type TestMesh } from "@thoth/testing/test-mesh";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunProgress } from "./run-mesh.ts";

let world: TestMesh;

beforeAll(async () => {
  world = await openTestMesh([farm, market]);
});

afterAll(() => world[Symbol.asyncDispose]());

const farm: TestDomain = {
  name: "farm",
  streams: { eggs: { columns: { id: "INTEGER" } } },
  clean: { eggs: "select id from raw.eggs" },
  products: { eggs: { sql: "select id from clean.eggs", key: ["id"], columns: { id: "integer" } } },
};

const market: TestDomain = {
  name: "market",
  products: {
    stall: {
      sql: "select id from farm.product.eggs",
      key: ["id"],
      columns: { id: "integer" },
      inputPorts: ["farm/eggs"],
    },
  },
};

let eggs = 1;

/** Runs with one egg more, and stops when the event comes. */
async function stopAt(matches: (event: RunProgress) => boolean, reason: unknown) {
  const rows = Array.from({ length: ++eggs }, (_, index) => `${index}\n`);
  await world.source("eggs.csv", `id\n${rows.join("")}`);
  const stop = new AbortController();
  return world.run({
    signal: stop.signal,
    onProgress: (event) => {
      if (matches(event)) stop.abort(reason);
    },
  });
}

const stopped = new DOMException("stopped by SIGINT", "AbortError");

test.each([
  ["farm/extract/eggs", { "farm/extract/eggs": "aborted", "farm/domain": "aborted" }],
  ["farm/clean/eggs", { "farm/extract/eggs": "success", "farm/clean/eggs": "aborted", "farm/domain": "aborted" }],
  [
    "market/product/stall",
    {
      "farm/extract/eggs": "success",
      "farm/clean/eggs": "success",
      "farm/product/eggs": "success",
      "farm/domain": "success",
      "market/product/stall": "aborted",
      "market/domain": "aborted",
    },
  ],
])("a run that is stopped before %s ends there, and what was published serves", async (id, statuses) => {
  await world.source("eggs.csv", "id\n0\n");
  await world.run();
  const runs = await stopAt(({ kind, job }) => kind === "started" && job.id === id, stopped);
  expect(Object.fromEntries([...runs].map(([key, run]) => [key, run.status]))).toEqual(statuses);
  expect(runs.get(id)).toMatchObject({
    failureClass: "system",
    failureMessage: "stopped: AbortError: stopped by SIGINT",
  });
  const ledger = await world.mesh.ledger.list({ limit: 1000 });
  expect(ledger.filter((run) => run.completedAt === null)).toEqual([]);
  expect(await world.rows("market/stall")).toHaveLength(1);
  expect(await world.rows("farm/eggs")).toHaveLength(id.startsWith("market") ? eggs : 1);
  await world.run();
  expect(await world.rows("market/stall")).toHaveLength(eggs);
});

test("a run that is stopped behind its last job has ended well", async () => {
  const runs = await stopAt(({ kind, job }) => kind === "ended" && job.id === "market/product/stall", stopped);
  expect(new Set([...runs.values()].map((run) => run.status))).toEqual(new Set(["success"]));
});

test("between two jobs nothing is lost: the next one is the one that was stopped", async () => {
  const runs = await stopAt(({ kind, job }) => kind === "ended" && job.id === "farm/clean/eggs", stopped);
  expect(runs.get("farm/product/eggs")).toMatchObject({ status: "aborted" });
  expect(runs.get("farm/domain")).toMatchObject({
    status: "aborted",
    rootCauseRunId: runs.get("farm/product/eggs")?.runId,
  });
});

const hours =
  "select max(hash(a, b, c))::integer as id from range(1000000) x(a), range(1000000) y(b), range(1000000) z(c)";

/** Runs, and calls time a while after a job has begun. */
async function runUntil(id: string) {
  const stop = new AbortController();
  const timeout = new DOMException("timed out", "TimeoutError");
  return world.run({
    signal: stop.signal,
    onProgress: ({ kind, job }) => {
      if (kind === "started" && job.id === id) setTimeout(() => stop.abort(timeout), 100);
    },
  });
}

test("a statement that would take hours is interrupted", async () => {
  await world.define([{ ...farm, clean: { eggs: hours } }, market]);
  const before = await world.currentOf("farm/eggs");
  const runs = await runUntil("farm/clean/eggs");
  expect(runs.get("farm/clean/eggs")).toMatchObject({ status: "failed", failureClass: "timeout" });
  expect(await world.currentOf("farm/eggs")).toEqual(before);
  await world.define([farm, market]);
  expect((await world.run()).get("farm/domain")?.status).toBe("success");
});

test("a product that is stopped while it is computed leaves no half snapshot", async () => {
  const product = { key: ["id"], columns: { id: "integer" }, sql: hours };
  await world.define([{ ...farm, products: { eggs: product } }, market]);
  const files = () => readdir(join(world.mesh.home.snapshotsDir, "farm/eggs"));
  const before = await files();
  const runs = await runUntil("farm/product/eggs");
  expect(runs.get("farm/product/eggs")).toMatchObject({ status: "failed", failureClass: "timeout" });
  expect(await files()).toEqual(before);
});
