import { readFile } from "node:fs/promises";
import path from "node:path";
import { type DomainCase, domainCases } from "@thoth/testing/domain-case";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PlantedFault } from "../sample/faults.ts";
import { writeSample } from "../sample/write-sample.ts";
import { type Recount, recount } from "./recount.ts";
import { readCsv, readWrittenEvents } from "./written-events.ts";

const asOf = Date.parse("2026-11-22T03:00:00Z");
const units = ["COS10001", "COS20007", "COS30046", "COS30243", "COS40001"];

let dir: TempDir;
let domainCase: DomainCase;
let expected: Recount;

beforeAll(async () => {
  dir = await tempDir();
  await writeSample({ dir: dir.path, seed: 11, asOf, scale: 0.01 });
  const inputs = { "ontrack-learning/units": units.map((code) => ({ code })) };
  domainCase = await domainCases(new URL("../domain.ts", import.meta.url))({ inputs });
  await domainCase.extract(dir.path, asOf);
  expected = recount({
    events: await readWrittenEvents(dir.path),
    functions: await readFunctions(dir.path),
    documented: await readDocumented(dir.path),
    units,
  });
});
afterAll(async () => {
  await domainCase?.[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

test("what is refused is what was planted, and nothing else", async () => {
  const rows = await domainCase.clean("refused_events");
  const refused = Map.groupBy(rows, (row) => String(row.reason));
  const counts = [...refused].map(([reason, group]) => [
    reason,
    group.reduce((sum, row) => sum + Number(row.events), 0),
  ]);
  expect(Object.fromEntries(counts)).toEqual(expected.refused);
  const { faults } = JSON.parse(await readFile(path.join(dir.path, "splashkit/faults.json"), "utf8")) as {
    faults: PlantedFault[];
  };
  const planted = Map.groupBy(
    faults.filter((fault) => fault.verdict !== undefined),
    (fault) => fault.verdict ?? "",
  );
  const plantedCounts = [...planted].map(([verdict, group]) => [
    verdict,
    group.reduce((sum, fault) => sum + fault.count, 0),
  ]);
  expect(Object.fromEntries(counts)).toEqual(Object.fromEntries(plantedCounts));
});

test("function-usage agrees with the recount, row by row", async () => {
  const rows = await domainCase.product("function-usage");
  const found = rows.map((row) => [
    [row.week_start, row.binding, row.unique_global_name, row.unit_hint].join(" "),
    [Number(row.calls), Number(row.errors), row.sessions, row.installs],
  ]);
  const wanted = [...expected.usage].map(([key, row]) => [
    key,
    [row.calls, row.errors, row.sessions.size, row.installs.size],
  ]);
  expect(found.length).toBeGreaterThan(10_000);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
});

test("sdk-adoption agrees with the recount, row by row", async () => {
  const rows = await domainCase.product("sdk-adoption");
  const found = rows.map((row) => [
    [row.week_start, row.sdk_version, row.binding, row.os_family].join(" "),
    [row.sessions, row.active_installs, row.new_installs, row.crashed_sessions, row.median_duration_s],
  ]);
  const wanted = [...expected.adoption].map(([key, row]) => [
    key,
    [row.sessions.size, row.installs.size, row.newInstalls, row.crashed, median(row.durations)],
  ]);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
});

test("documentation-gaps agrees with the recount, in order", async () => {
  const rows = (await domainCase.product("documentation-gaps")).toSorted((a, b) => Number(a.rank) - Number(b.rank));
  const found = rows.map((row) => ({
    name: row.function_name,
    sessions: row.sessions,
    installs: row.installs,
    calls: Number(row.calls),
  }));
  expect(found).toEqual(expected.gaps);
  expect(found.slice(0, 3).map((row) => row.name)).toContain("draw_text");
});

test("function-catalogue has an example exactly where the documentation shows one", async () => {
  const rows = await domainCase.product("function-catalogue");
  const documented = new Set(rows.filter((row) => row.has_example).map((row) => String(row.function_name)));
  expect(rows).toHaveLength(1430);
  expect(documented).toEqual(await readDocumented(dir.path));
});

test("every product keeps every promise of its contract on the sample", async () => {
  for (const { name } of domainCase.domain.products) {
    await domainCase.product(name);
    expect(await domainCase.brokenPromises(name), name).toEqual([]);
  }
});

async function readFunctions(sourcesDir: string): Promise<Map<string, string>> {
  const rows = await readCsv(path.join(sourcesDir, "splashkit/catalogue/functions.csv"));
  return new Map(rows.map((row) => [row.unique_global_name ?? "", row.name ?? ""]));
}

/** Names with more additions than removals; the one planted removal without an addition is left out of the count. */
async function readDocumented(sourcesDir: string): Promise<Set<string>> {
  const names = await readFunctions(sourcesDir);
  const changes = await readCsv(path.join(sourcesDir, "splashkit/documentation/example-events.csv"));
  const shown = new Map<string, number>();
  for (const change of changes.toSorted(
    (a, b) => Date.parse(a.at ?? "") - Date.parse(b.at ?? "") || (a.event === "added" ? -1 : 1),
  )) {
    const key = `${change.function}|${change.example_no}|${change.language}`;
    const before = shown.get(key) ?? 0;
    shown.set(key, change.event === "added" ? before + 1 : Math.max(0, before - 1));
  }
  const functions = [...shown].filter(([, count]) => count > 0).map(([key]) => key.split("|")[0] ?? "");
  return new Set(functions.map((name) => names.get(name) ?? name));
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return null;
  return Number.isInteger(middle)
    ? ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
    : (sorted[Math.floor(middle)] ?? 0);
}
