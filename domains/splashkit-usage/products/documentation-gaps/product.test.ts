import { domainCases } from "@thoth/testing/domain-case";
import { expect, test } from "vitest";
import { type EventInShort, rawEvent } from "../../testing/raw-event.ts";

const openCase = domainCases(new URL("../../domain.ts", import.meta.url));
const fn = (category: string, name: string, unique_global_name = name) => ({ category, name, unique_global_name });
const functions = [
  fn("graphics", "draw_text"),
  fn("graphics", "draw_text", "draw_text_on_window"),
  fn("graphics", "draw_circle"),
  fn("graphics", "draw_circle", "draw_circle_record"),
  fn("input", "key_down"),
  fn("input", "key_typed"),
  fn("resource_bundles", "load_resource_bundle"),
];
const example_events = [
  {
    changed_at: "2026-01-01T00:00:00Z",
    event: "added",
    category: "graphics",
    function: "draw_circle_record",
    example_no: 1,
    language: "cpp",
  },
];
const page = (category: string, pageviews: number, taken_at: string) => ({
  page: `splashkit.io/api/${category}/`,
  pageviews,
  visits: 1,
  taken_at,
});
const docs_pages = [
  page("graphics", 999, "2026-02-01T00:00:00Z"),
  page("graphics", 120, "2026-03-01T00:00:00Z"),
  page("resource-bundles", 7, "2026-03-01T00:00:00Z"),
  { page: "splashkit.io/", pageviews: 5000, visits: 1, taken_at: "2026-03-01T00:00:00Z" },
];

async function documentationGaps(events: readonly EventInShort[]) {
  const raw = { functions, example_events, docs_pages, events: events.map(rawEvent) };
  await using domainCase = await openCase({ raw });
  const rows = await domainCase.product("documentation-gaps");
  return {
    rows: rows.toSorted((a, b) => Number(a.rank) - Number(b.rank)),
    broken: await domainCase.brokenPromises("documentation-gaps"),
  };
}

const at = "2026-03-04T10:00:00Z";

test("used names without an example are ranked by sessions, then installs, then calls, then name", async () => {
  const { rows, broken } = await documentationGaps([
    { session: "a", at, counts: { key_down: 1, key_typed: 1, load_resource_bundle: 5, draw_circle: 900 } },
    { session: "b", at, counts: { key_down: 1, key_typed: 1, load_resource_bundle: 5, draw_text: 1 } },
    { session: "c", at, install: "install-2", counts: { draw_text_on_window: 3 } },
  ]);
  expect(rows.map((row) => [row.rank, row.function_name, row.sessions, row.installs, row.calls])).toEqual([
    [1, "draw_text", 2, 2, 4n],
    [2, "load_resource_bundle", 2, 1, 10n],
    [3, "key_down", 2, 1, 2n],
    [4, "key_typed", 2, 1, 2n],
  ]);
  expect(broken).toEqual([expect.stringContaining("At least half of the gaps")]);
});

test("a gap names the overload called most, its bindings, and the views of its category's page in the newest report", async () => {
  const { rows } = await documentationGaps([
    { session: "a", at, binding: "python", counts: { draw_text: 1, draw_text_on_window: 3 }, errors: { draw_text: 1 } },
    { session: "b", at: "2026-03-11T10:00:00Z", binding: "cpp", counts: { draw_text: 1, load_resource_bundle: 1 } },
  ]);
  expect(rows[0]).toEqual({
    rank: 1,
    function_name: "draw_text",
    category: "graphics",
    unique_global_name: "draw_text_on_window",
    overload_count: 2,
    sessions: 2,
    installs: 1,
    calls: 5n,
    errors: 1n,
    bindings: ["cpp", "python"],
    last_used_week: "2026-03-09",
    category_page_views: 120n,
  });
  expect(rows[1]).toMatchObject({ function_name: "load_resource_bundle", category_page_views: 7n });
});

test("what was last used more than 52 weeks before the newest week is no gap", async () => {
  const { rows } = await documentationGaps([
    { session: "a", at: "2026-03-04T10:00:00Z", counts: { key_down: 1 } },
    {
      session: "b",
      at: "2025-03-10T10:00:00Z",
      counts: { key_typed: 1 },
      consent: { version: "1", granted_at: "2025-01-01T00:00:00Z" },
    },
    {
      session: "c",
      at: "2025-03-09T10:00:00Z",
      counts: { draw_text: 1 },
      consent: { version: "1", granted_at: "2025-01-01T00:00:00Z" },
    },
  ]);
  expect(rows.map((row) => row.function_name)).toEqual(["key_down", "key_typed"]);
});
