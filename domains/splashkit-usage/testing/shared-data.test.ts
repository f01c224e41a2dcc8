import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type DomainCase, domainCases } from "@thoth/testing/domain-case";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rawEvent } from "./raw-event.ts";
import { readCsv } from "./written-events.ts";

/** Public facts about the real SplashKit; they lie beside the repository and are never copied into it. */
const folder = fileURLToPath(new URL("../../../../shared/data/", import.meta.url));
const present = existsSync(path.join(folder, "splashkit-api/functions.csv"));
const why = present ? "" : " (skipped: ../shared/data is not there)";

describe.skipIf(!present)(`on what is known of the real SplashKit${why}`, () => {
  let domainCase: DomainCase;
  let gaps: SqlRow[];

  beforeAll(async () => {
    const functions = await readCsv(path.join(folder, "splashkit-api/functions.csv"));
    const changes = await readCsv(path.join(folder, "splashkit-usage/docs_example_events.csv"));
    const raw = {
      functions,
      example_events: changes.map(({ at, ...change }) => ({ ...change, changed_at: at })),
      events: await programEvents(functions),
    };
    domainCase = await domainCases(new URL("../domain.ts", import.meta.url))({ raw });
    gaps = (await domainCase.product("documentation-gaps")).toSorted((a, b) => Number(a.rank) - Number(b.rank));
  });
  afterAll(() => domainCase?.[Symbol.asyncDispose]());

  test("the catalogue has its 1,430 functions and keeps its contract", async () => {
    const rows = await domainCase.product("function-catalogue");
    expect(rows).toHaveLength(1430);
    expect(new Set(rows.map((row) => row.function_name)).size).toBe(949);
    expect(await domainCase.brokenPromises("function-catalogue")).toEqual([]);
  });

  test("the gaps begin with the functions most repositories call", () => {
    const repositories = new Map(gaps.map((row) => [row.function_name, row.sessions]));
    const known = {
      process_events: 18,
      open_window: 18,
      draw_text: 17,
      key_typed: 15,
      quit_requested: 15,
      key_down: 14,
    };
    for (const [name, count] of Object.entries(known)) expect(repositories.get(name), name).toBe(count);
    expect(
      gaps
        .slice(0, 2)
        .map((row) => row.function_name)
        .toSorted(),
    ).toEqual(["open_window", "process_events"]);
    expect(repositories.has("write_line")).toBe(false);
    // Programs call 271 names; the documentation shows an example of 48 of them.
    expect(gaps).toHaveLength(223);
  });
});

/** One session a repository: each name's calls in its programs, reported as its first overload. */
async function programEvents(functions: readonly Readonly<Record<string, string>>[]) {
  const calls = await readCsv(path.join(folder, "splashkit-usage/function_calls_by_file.csv"));
  const firstOverload = new Map(functions.toReversed().map((row) => [row.name, row.unique_global_name ?? ""]));
  const programs = Map.groupBy(
    calls.filter((row) => row.kind === "program"),
    (row) => row.repo ?? "",
  );
  return [...programs].map(([repository, rows]) => {
    const counts: Record<string, number> = {};
    for (const row of rows) {
      const name = firstOverload.get(row.function) ?? "";
      counts[name] = (counts[name] ?? 0) + Number(row.calls);
    }
    return rawEvent({ session: repository, install: repository, at: "2026-04-15T00:00:00Z", counts });
  });
}
