import { expect, test } from "vitest";
import type { TestDomain } from "./test-domain.ts";
import { openTestMesh } from "./test-mesh.ts";

const farm: TestDomain = {
  name: "farm",
  streams: { eggs: { columns: { id: "INTEGER" } } },
  clean: { eggs: "select id from raw.eggs" },
  products: { eggs: { sql: "select id from clean.eggs", key: ["id"], columns: { id: "integer" } } },
};

test("runs domains, keeps what they published, and takes others in their place", async () => {
  await using world = await openTestMesh([farm], { now: 1_000_000 });
  await world.source("eggs.csv", "id\n1\n2\n");
  const runs = await world.run();
  expect([...runs.keys()]).toEqual(["farm/extract/eggs", "farm/clean/eggs", "farm/product/eggs", "farm/domain"]);
  expect(runs.get("farm/extract/eggs")?.queuedAt).toBeGreaterThanOrEqual(1_000_000);
  expect(await world.rows("farm/eggs")).toEqual([{ id: 1 }, { id: 2 }]);
  await world.define([{ ...farm, clean: { eggs: "select id + 1 as id from raw.eggs" } }]);
  world.advance(1_000_000);
  expect((await world.run()).get("farm/domain")?.queuedAt).toBeGreaterThan(2_000_000);
  expect(await world.rows("farm/eggs")).toEqual([{ id: 2 }, { id: 3 }]);
});

test("what is not published has no rows", async () => {
  await using world = await openTestMesh([farm]);
  expect(await world.currentOf("farm/eggs")).toBeUndefined();
  await expect(world.rows("farm/eggs")).rejects.toThrow("nothing of farm/eggs has been published");
});
