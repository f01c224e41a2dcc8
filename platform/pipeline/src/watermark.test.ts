import type { TestDomain } from "@thoth/testing/test-domain";
import { openTestMesh, type TestMesh } from "@thoth/testing/test-mesh";
import { afterAll, beforeAll, expect, test } from "vitest";

let world: TestMesh;
const now = Date.UTC(2026, 5, 1);

beforeAll(async () => {
  world = await openTestMesh([], { now });
});

afterAll(() => world[Symbol.asyncDispose]());

const timed = (source: string) => ({ columns: { id: "INTEGER", at: "TIMESTAMP" }, eventTime: "at", source });
const product = (sql: string, inputPorts: readonly string[] = []) => ({
  sql,
  key: ["id"],
  columns: { id: "integer" },
  inputPorts,
});

/** Two streams of one source, one of another, and a list that knows no time. */
const weather: TestDomain = {
  name: "weather",
  streams: {
    rain: timed("station"),
    wind: timed("station"),
    tides: timed("harbour"),
    places: { columns: { id: "INTEGER" }, source: "atlas" },
  },
  clean: {
    rain: "select id from raw.rain",
    storms: "select id from clean.rain",
    tides: "select id from raw.tides",
    places: "select id from raw.places",
  },
  products: {
    storms: product("select id from clean.storms"),
    floods: product("select id from clean.storms union select id from clean.tides"),
    atlas: product("select id from clean.places"),
    constant: product("select 1 as id"),
  },
};

const travel: TestDomain = {
  name: "travel",
  products: { trips: product("select id from weather.product.floods", ["weather/floods"]) },
};

async function watermarks(times: Record<"rain" | "wind" | "tides", string>): Promise<Record<string, string | null>> {
  await world.define([weather, travel]);
  for (const [stream, time] of Object.entries(times))
    await world.source(`${stream}.csv`, `id,at\n${time && `1,${time}\n`}`);
  await world.source("places.csv", "id\n1\n");
  const runs = await world.run();
  const products = [...runs.values()].filter((run) => run.product !== null);
  return Object.fromEntries(
    products.map(({ product, watermarkAfter }) => [
      product,
      watermarkAfter === null
        ? null
        : watermarkAfter >= now
          ? "now"
          : new Date(watermarkAfter).toISOString().slice(0, 10),
    ]),
  );
}

test("a source reaches as far as its newest stream, a product as far as its slowest source", async () => {
  const marks = await watermarks({ rain: "2026-03-01", wind: "2026-03-03", tides: "2026-03-02" });
  expect(marks).toEqual({
    storms: "2026-03-03",
    floods: "2026-03-02",
    atlas: "now",
    constant: "now",
    trips: "2026-03-02",
  });
});

test("a watermark moves on though no row of the product changes", async () => {
  const snapshot = await world.currentOf("weather/storms");
  expect(await watermarks({ rain: "2026-03-01", wind: "2026-03-09", tides: "2026-03-08" })).toMatchObject({
    storms: "2026-03-09",
    floods: "2026-03-08",
    trips: "2026-03-08",
  });
  expect(await world.currentOf("weather/storms")).toMatchObject({ id: snapshot?.id, watermark: Date.UTC(2026, 2, 9) });
});

test("an event in the future says nothing about today", async () => {
  expect(await watermarks({ rain: "2026-03-10", wind: "2099-01-01", tides: "2026-03-11" })).toMatchObject({
    storms: "2026-03-10",
    floods: "2026-03-10",
  });
});

test("a source that has never had an event is complete up to nowhere", async () => {
  expect(await watermarks({ rain: "2026-03-12", wind: "2026-03-12", tides: "" })).toMatchObject({
    storms: "2026-03-12",
    floods: null,
    trips: null,
  });
  expect(await world.currentOf("travel/trips")).toMatchObject({ watermark: null });
});
