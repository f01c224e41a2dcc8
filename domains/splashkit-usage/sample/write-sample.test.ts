import { createHash } from "node:crypto";
import { access, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readCsv, readTree, readWrittenEvents } from "../testing/written-events.ts";
import { dayMs, isoTime } from "./calendar.ts";
import { categoryFigures } from "./catalogue-figures.ts";
import type { PlantedFault } from "./faults.ts";
import type { TelemetryEvent } from "./telemetry-event.ts";
import { writeSample } from "./write-sample.ts";

const asOf = Date.parse("2026-11-22T03:00:00Z");

describe("a sample of the whole world", () => {
  let dir: TempDir;
  let events: TelemetryEvent[];

  beforeAll(async () => {
    dir = await tempDir();
    await writeSample({ dir: dir.path, seed: 7, asOf, scale: 0.04 });
    events = await readWrittenEvents(dir.path);
  });
  afterAll(() => dir[Symbol.asyncDispose]());

  test("its catalogue has the sizes of the real one", async () => {
    const functions = await readCsv(path.join(dir.path, "splashkit/catalogue/functions.csv"));
    expect(functions).toHaveLength(1430);
    expect(new Set(functions.map((row) => row.name)).size).toBe(949);
    expect(new Set(functions.map((row) => row.unique_global_name)).size).toBe(1430);
    for (const { category, functions: count } of categoryFigures) {
      expect(
        functions.filter((row) => row.category === category),
        category,
      ).toHaveLength(count);
    }
    const known = ["open_window", "process_events", "draw_text", "key_typed", "quit_requested", "bitmap_named"];
    const names = new Set(functions.map((row) => row.name));
    for (const name of [...known, "load_resource_bundle", "write_line"]) expect(names).toContain(name);
  });

  test("calls mix by category as in real programs", async () => {
    const functions = await readCsv(path.join(dir.path, "splashkit/catalogue/functions.csv"));
    const categories = new Map(functions.map((row) => [row.unique_global_name, row.category ?? ""]));
    const shares = callShares(events, categories);
    const counted = categoryFigures.reduce((sum, { calls }) => sum + calls, 0);
    for (const { category, calls } of categoryFigures) {
      const share = shares.get(category) ?? 0;
      expect(Math.abs(share - calls / counted), category).toBeLessThan(0.008);
      expect(share > 0, category).toBe(calls > 0);
    }
  });

  test("about 55 % of installs hint at a unit, nearly always at one that exists", () => {
    const hints = new Map(events.map(({ subject, data }) => [subject, data.course_hint]));
    const given = [...hints.values()].filter((hint) => hint !== undefined);
    expect(given.length / hints.size).toBeGreaterThan(0.5);
    expect(given.length / hints.size).toBeLessThan(0.6);
    const units = given.map((hint) => hint.trim().toUpperCase());
    const known = units.filter((unit) => ["COS10001", "COS20007", "COS30046", "COS30243"].includes(unit));
    expect(known.length / units.length).toBeGreaterThan(0.9);
    expect(known.length).toBeLessThan(units.length);
    expect(new Set(known).size).toBe(4);
  });

  test("nothing is later than the instant the world is seen at, and it begins three years before", () => {
    const recorded = events.map((event) => Date.parse(event.recordedtime));
    const happened = events.map((event) => Date.parse(event.time));
    expect(recorded.reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(asOf);
    expect(happened.reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(asOf);
    const first = recorded.reduce((a, b) => Math.min(a, b));
    expect((asOf - first) / 31_557_600_000).toBeCloseTo(3, 1);
  });

  test("events carry only what their design allows, and stay small", () => {
    const keys = new Set(events.flatMap((event) => Object.keys(event.data)));
    const allowed = [
      "schema_version",
      "session_id",
      "install_id",
      "consent",
      "sdk_version",
      "binding",
      "runtime",
      "os",
    ];
    const reports = ["course_hint", "duration_s", "counts", "errors", "max_fps"];
    expect([...keys].filter((key) => ![...allowed, ...reports].includes(key))).toEqual([]);
    for (const event of events) expect(JSON.stringify(event).length).toBeLessThan(32 * 1024);
  });

  test("new versions of the SDK take over", () => {
    const versions = (from: string, to: string) =>
      new Set(
        events
          .filter((event) => event.recordedtime >= from && event.recordedtime < to)
          .map(({ data }) => data.sdk_version),
      );
    expect([...versions("2023-11-20", "2024-02-01")].some((version) => version.startsWith("2."))).toBe(false);
    expect([...versions("2026-10-01", "2026-12-01")].some((version) => version.startsWith("1."))).toBe(false);
  });

  test("the list of planted faults is what an independent count finds", async () => {
    const tree = await readTree(path.join(dir.path, "splashkit"));
    const { faults } = JSON.parse(tree.get("faults.json") ?? "{}") as { faults: PlantedFault[] };
    const count = (id: string) => faults.find((fault) => fault.id === id)?.count ?? Number.NaN;
    const first = new Map(
      events.map((event) => [`${event.source} ${event.id}`, event]).reverse() as [string, TelemetryEvent][],
    );
    const unique = [...first.values()];
    expect(events.length - unique.length).toBe(count("upload-retried") + count("batch-doubled"));
    expect(unique.filter(({ data }) => data.consent === undefined)).toHaveLength(count("consent-missing"));
    expect(unique.filter((event) => event.dataclassification === undefined)).toHaveLength(
      count("classification-missing"),
    );
    expect(unique.filter((event) => event.dataclassification === "confidential")).toHaveLength(
      count("classification-above-internal"),
    );
    expect(unique.filter(({ data }) => data.counts?.draw_something_else === 3)).toHaveLength(count("function-unknown"));
    expect(unique.filter((event) => event.time > event.recordedtime)).toHaveLength(count("clock-ahead"));
    const late = faults.find((fault) => fault.id === "file-late");
    expect(
      tree
        .get(late?.files[0]?.replace("splashkit/", "") ?? "")
        ?.trimEnd()
        .split("\n"),
    ).toHaveLength(late?.count ?? 0);
    for (const fault of faults) expect(fault.count, fault.id).toBeGreaterThan(0);
  });

  test("on the day the collector was down nothing was recorded", async () => {
    const { faults } = JSON.parse((await readTree(path.join(dir.path, "splashkit"))).get("faults.json") ?? "{}") as {
      faults: PlantedFault[];
    };
    const fault = faults.find(({ id }) => id === "day-missing");
    const down = Date.parse(/\d{4}-\d\d-\d\d/.exec(fault?.description ?? "")?.[0] ?? "");
    const days = Map.groupBy(events, ({ time }) => time.slice(0, 10));
    const around = [-1, 0, 1].map((offset) => days.get(isoTime(down + offset * dayMs).slice(0, 10))?.length ?? 0);
    expect(around.map((count) => count > 10)).toEqual([true, false, true]);
    expect(around[1]).toBe(0);
  });
});

describe("writing", () => {
  const write = async (dir: string, seed: number) => {
    await writeSample({ dir, seed, asOf, scale: 0.002 });
    const tree = await readTree(path.join(dir, "splashkit"));
    return createHash("sha256")
      .update(JSON.stringify([...tree]))
      .digest("hex");
  };

  test("the same options give the same bytes, another seed gives others", async () => {
    await using dir = await tempDir();
    const folders = ["a", "b", "c"].map((name) => path.join(dir.path, name));
    const [a = "", b = "", c = ""] = folders;
    expect(await write(a, 1)).toBe(await write(b, 1));
    expect(await write(a, 1)).not.toBe(await write(c, 2));
  });

  test("a new sample replaces the old one and the remains of one that was interrupted", async () => {
    await using dir = await tempDir();
    const leftovers = [".splashkit-draft/events/half.ndjson", "splashkit/events/2020/old.ndjson"];
    for (const leftover of leftovers) {
      const file = path.join(dir.path, leftover);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, "{");
    }
    await write(dir.path, 1);
    for (const leftover of leftovers) await expect(access(path.join(dir.path, leftover))).rejects.toThrow("ENOENT");
    await expect(access(path.join(dir.path, "splashkit/sample.json"))).resolves.toBeUndefined();
  });
});

function callShares(
  events: readonly TelemetryEvent[],
  categories: ReadonlyMap<string | undefined, string>,
): Map<string, number> {
  const sums = new Map<string, number>();
  let total = 0;
  for (const { data } of events) {
    for (const [name, calls] of Object.entries(data.counts ?? {})) {
      if (typeof calls !== "number") continue;
      const category = categories.get(name) ?? "unknown";
      sums.set(category, (sums.get(category) ?? 0) + calls);
      total += calls;
    }
  }
  return new Map([...sums].map(([category, calls]) => [category, calls / total]));
}
