import { expect, test } from "vitest";
import { countedBytes } from "./counted-memory.ts";
import { connectEngine, openEngine } from "./open-engine.ts";

/** What the table below takes at least; engines that others have left behind change by less. */
const tableBytes = 5 * 2 ** 20;

test("an engine that could not be counted once holds what it held before, until it is closed", async () => {
  const others = await countedBytes();
  const engine = await openEngine({ threads: 1 });
  const connection = await connectEngine(engine);
  await connection.run("create table held as select i, hash(i) as h from range(1000000) t(i)");
  expect(await countedBytes()).toBeGreaterThan(others + tableBytes);
  // Whoever counts is given this in place of the engine's own sum, which fails.
  await connection.run("create macro sum(number) as cast('no number' || number as double)");
  await expect(connection.run("select sum(1)")).rejects.toThrow("Could not convert");
  expect(await countedBytes()).toBeGreaterThan(others + tableBytes);
  await connection.run("drop macro sum");
  await connection.run("create table more as select * from held");
  expect(await countedBytes()).toBeGreaterThan(others + 2 * tableBytes);
  connection.closeSync();
  engine.closeSync();
  expect(await countedBytes()).toBeLessThan(others + tableBytes);
});
