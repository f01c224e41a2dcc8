import { openLanding } from "@thoth/testing/landing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { limitMemory, readOwnMemory, withMoreMemory } from "./memory-limit.ts";

let landing: Awaited<ReturnType<typeof openLanding>>;
let ownMemory: string;
const said: string[] = [];

beforeAll(async () => {
  landing = await openLanding();
  ownMemory = await readOwnMemory(landing.engine);
});

afterAll(() => landing[Symbol.asyncDispose]());

beforeEach(() => {
  said.length = 0;
});

const limit = async () => String((await landing.query("select current_setting('memory_limit') as limit"))[0]?.limit);

test("what cleans and publishes has a limit, what lands rows has the engine's own", async () => {
  const within = { engine: landing.engine, ownMemory };
  await limitMemory(within, "clean", 64);
  expect(await limit()).toBe("64.0 MiB");
  await expect(hungry()).rejects.toMatchObject({ code: "warehouse/out-of-memory" });
  await limitMemory(within, "extract", 64);
  expect(Number.parseFloat(await limit())).toBeCloseTo(Number.parseFloat(ownMemory), 0);
  expect(await hungry()).toEqual([{ length: 6_000_000n }]);
  await limitMemory(within, "product", undefined);
  const [row] = await landing.query("select current_setting('threads') as threads");
  const bytes = Math.max(512, 192 * Number(row?.threads)) * 2 ** 20;
  expect(await limit()).toBe(
    bytes < 2 ** 30 ? `${bytes / 2 ** 20}.0 MiB` : `${(Math.floor((bytes / 2 ** 30) * 10) / 10).toFixed(1)} GiB`,
  );
});

/** A list lies in memory as a whole. */
const hungry = () => landing.query("select len(list(range)) as length from range(6000000)");

const context = (memoryMb: number | undefined) => ({
  engine: landing.engine,
  ownMemory,
  mesh: { memoryMb },
  signal: new AbortController().signal,
  log: async (_: string, message: string) => void said.push(message),
});

test("a query that cannot do with it gets more, and the log says so", async () => {
  await landing.engine.run("set memory_limit = '64MiB'");
  expect(await withMoreMemory(context(undefined), hungry)).toEqual([{ length: 6_000_000n }]);
  expect(said).toEqual([expect.stringContaining("needs more memory")]);
});

test("a limit that somebody chose holds", async () => {
  await landing.engine.run("set memory_limit = '64MiB'");
  await expect(withMoreMemory(context(64), hungry)).rejects.toMatchObject({ code: "warehouse/out-of-memory" });
  expect(said).toEqual([]);
});

test("other failures are not tried again", async () => {
  let tries = 0;
  const broken = async () => {
    tries += 1;
    return landing.query("select nothing");
  };
  await expect(withMoreMemory(context(undefined), broken)).rejects.toMatchObject({
    code: "warehouse/statement-failed",
  });
  expect(tries).toBe(1);
});
