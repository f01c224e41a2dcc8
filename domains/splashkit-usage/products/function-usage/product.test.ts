import { domainCases } from "@thoth/testing/domain-case";
import { expect, test } from "vitest";
import { type EventInShort, rawEvent } from "../../testing/raw-event.ts";

const openCase = domainCases(new URL("../../domain.ts", import.meta.url));
const functions = [
  { category: "graphics", name: "draw_text", unique_global_name: "draw_text" },
  { category: "graphics", name: "draw_text", unique_global_name: "draw_text_on_window" },
  { category: "input", name: "key_down", unique_global_name: "key_down" },
];
const units = [{ code: "COS10001" }, { code: "COS20007" }];

async function functionUsage(events: readonly EventInShort[]) {
  const inputs = { "ontrack-learning/units": units };
  const raw = { functions, events: events.map(rawEvent) };
  await using domainCase = await openCase({ raw, inputs });
  const rows = await domainCase.product("function-usage");
  return { rows, broken: await domainCase.brokenPromises("function-usage") };
}

test("calls add up over the events of a session, sessions and installs count once", async () => {
  const monday = "2026-03-02T00:00:00Z";
  const sunday = "2026-03-08T23:59:59.999Z";
  const { rows, broken } = await functionUsage([
    { session: "a", at: monday, kind: "started", hint: "COS10001" },
    {
      session: "a",
      at: "2026-03-02T00:05:00Z",
      kind: "usage",
      hint: "COS10001",
      counts: { draw_text: 5, key_down: 2 },
    },
    { session: "a", at: "2026-03-02T00:07:00Z", hint: "COS10001", counts: { draw_text: 1 }, errors: { draw_text: 1 } },
    { session: "b", at: sunday, hint: "COS10001", counts: { draw_text: 4 } },
    { session: "c", at: sunday, install: "install-2", hint: "COS10001", counts: { draw_text: 10 } },
    { session: "d", at: "2026-03-09T00:00:00Z", hint: "COS10001", counts: { draw_text: 100 } },
  ]);
  expect(
    rows.map((row) => [row.week_start, row.unique_global_name, row.calls, row.errors, row.sessions, row.installs]),
  ).toEqual([
    ["2026-03-02", "draw_text", 20n, 1n, 3, 2],
    ["2026-03-02", "key_down", 2n, 0n, 1, 1],
    ["2026-03-09", "draw_text", 100n, 0n, 1, 1],
  ]);
  expect(rows[0]).toMatchObject({
    function_name: "draw_text",
    category: "graphics",
    unit_code: "COS10001",
    binding: "csharp",
  });
  expect(broken).toEqual([]);
});

test("only a hint that names a known unit becomes that unit", async () => {
  const at = "2026-03-04T10:00:00Z";
  const { rows, broken } = await functionUsage([
    { session: "a", at, hint: " cos20007 ", counts: { key_down: 1 } },
    { session: "b", at, hint: "COS20007", counts: { key_down: 2 } },
    { session: "c", at, hint: "Jane's game", counts: { key_down: 4 } },
    { session: "d", at, hint: "SWE30003", counts: { key_down: 8 } },
    { session: "e", at, hint: "  ", counts: { key_down: 16 } },
    { session: "f", at, counts: { key_down: 32 } },
  ]);
  expect(rows.map((row) => [row.unit_hint, row.unit_code, row.calls])).toEqual([
    ["COS20007", "COS20007", 3n],
    ["none", null, 48n],
    ["other", null, 12n],
  ]);
  expect(broken).toEqual([]);
});

test("overloads and bindings are apart; what the catalogue does not list is together", async () => {
  const at = "2026-03-04T10:00:00Z";
  const { rows, broken } = await functionUsage([
    { session: "a", at, counts: { draw_text: 1, draw_text_on_window: 2 } },
    { session: "b", at, binding: "python", counts: { draw_text_on_window: 996, a_private_name: 3, another: 4 } },
  ]);
  expect(rows.map((row) => [row.binding, row.unique_global_name, row.function_name, row.category, row.calls])).toEqual([
    ["csharp", "draw_text", "draw_text", "graphics", 1n],
    ["csharp", "draw_text_on_window", "draw_text", "graphics", 2n],
    ["python", "draw_text_on_window", "draw_text", "graphics", 996n],
    ["python", "unknown", "unknown", "unknown", 7n],
  ]);
  expect(rows[3]).toMatchObject({ sessions: 1, installs: 1 });
  expect(broken).toEqual([]);
});

test("many calls of functions the catalogue does not list break a promise", async () => {
  const at = "2026-03-04T10:00:00Z";
  const { broken } = await functionUsage([{ session: "a", at, counts: { draw_text: 98, elsewhere: 2 } }]);
  expect(broken).toEqual([expect.stringContaining("Less than one call in a hundred")]);
});

test("an error without a call is still an error", async () => {
  const { rows } = await functionUsage([
    { session: "a", at: "2026-03-04T10:00:00Z", counts: {}, errors: { key_down: 2 } },
  ]);
  expect(rows.map((row) => [row.unique_global_name, row.calls, row.errors])).toEqual([["key_down", 0n, 2n]]);
});
