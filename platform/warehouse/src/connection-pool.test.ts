import { expect, test } from "vitest";
import { ConnectionPool, type PoolOptions, type TaskOptions } from "./connection-pool.ts";

const light = 1;
const heavy = 1_000;

/** A pool of numbered connections, and tasks that end when told to. */
function openPool(size: number, limits: Partial<PoolOptions> = {}) {
  const connections = Array.from({ length: size }, (_, index) => index);
  const pool = new ConnectionPool(connections, { maxWaiting: 100, maxWaitMs: 60_000, ...limits });
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const use = (name: string, options: TaskOptions = {}) => {
    const task = pool.use(() => {
      started.push(name);
      return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
    }, options);
    // Who still waits when its test has ended is refused long after, while other tests run.
    task.catch(() => undefined);
    return task;
  };
  return { pool, started, use, end: (name: string) => ends.get(name)?.() };
}

test("heavy tasks leave a connection to the others", async () => {
  const { started, use, end, pool } = openPool(3);
  const tasks = ["a", "b", "c"].map((name) => use(name, { expectedMs: heavy }));
  const quick = use("quick", { expectedMs: light });
  expect([started, pool.waiting]).toEqual([["a", "b", "quick"], 1]);
  end("quick");
  await quick;
  expect(started).not.toContain("c");
  end("a");
  await tasks[0];
  await expect.poll(() => started).toContain("c");
});

test("a single connection serves heavy tasks too", () => {
  const { started, use } = openPool(1);
  use("only", { expectedMs: heavy });
  expect(started).toEqual(["only"]);
});

test("a heavy task that fails lets the next one begin", async () => {
  const { pool, started, use } = openPool(2);
  const failing = pool.use(() => Promise.reject(new Error("failed")), { expectedMs: heavy });
  use("next", { expectedMs: heavy });
  await expect(failing).rejects.toThrow("failed");
  await expect.poll(() => started).toEqual(["next"]);
});

test("who would wait too long is refused at once, and told for how long", async () => {
  const { pool, use } = openPool(1, { maxWaitMs: 1_500, now: () => 0 });
  use("running");
  for (const name of ["first", "second"]) use(name, { expectedMs: heavy }).catch(() => undefined);
  expect(pool.backlogMs).toBe(2_001);
  await expect(use("third")).rejects.toMatchObject({ code: "warehouse/too-many-queries", retryAfterMs: 2_001 });
});

test("who did wait too long is refused", async () => {
  const { pool, use } = openPool(1, { maxWaitMs: 5 });
  use("running");
  await expect(use("waiting")).rejects.toMatchObject({ code: "warehouse/too-many-queries" });
  expect(pool.waiting).toBe(0);
});

test("what runs counts: by what is left of it, and twice when it takes longer than expected", () => {
  let now = 0;
  const { pool, use } = openPool(2, { now: () => now });
  for (const name of ["a", "b"]) use(name, { expectedMs: light });
  now = 30_000;
  expect(pool.backlogMs).toBe(30_000);
  const waiting = use("waiting");
  waiting.catch(() => undefined);
  expect(pool.backlogMs).toBe(30_000.5);
});

test("who is refused is told what runs, even when nobody waits", async () => {
  const { use } = openPool(1, { maxWaiting: 0 });
  use("running");
  await expect(use("other")).rejects.toThrow("1 queries run and 0 wait already");
});

test("no name holds all connections, and who holds fewest comes next", async () => {
  const { started, use, end } = openPool(3);
  const of = (...claims: string[]) => ({ claims });
  const [first] = [use("a1", of("anonymous", "at 1")), use("a2", of("anonymous", "at 1"))];
  use("a3", of("anonymous", "at 1"));
  use("a4", of("anonymous", "at 2"));
  use("b1", of("by b"));
  use("c1", of("by c"));
  expect(started).toEqual(["a1", "a2", "b1"]);
  end("a1");
  await first;
  await expect.poll(() => started).toEqual(["a1", "a2", "b1", "a4"]);
  end("b1");
  await expect.poll(() => started.at(-1)).toBe("c1");
});
