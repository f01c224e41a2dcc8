import { domainCases } from "@thoth/testing/domain-case";
import { beforeAll, describe, expect, test } from "vitest";

const openCase = domainCases(new URL("../domain.ts", import.meta.url));
const cases: readonly (readonly [what: string, changes: readonly string[], shown: boolean])[] = [
  ["added", ["+1"], true],
  ["added and removed", ["+1", "-2"], false],
  ["of two variants, one removed", ["+1", "+1", "-2"], true],
  ["of two variants, both removed", ["+1", "+1", "-2", "-2"], false],
  ["replaced at one instant", ["+1", "-5", "+5"], true],
  ["removed without ever being added, then added", ["-1", "+2"], true],
  ["removed twice, added twice, removed once", ["-1", "-1", "+2", "+2", "-3"], true],
  ["never added", ["-1"], false],
];

/** Days of March 2026 on which an example came (+) or went (-). */
function changesOf(name: string, changes: readonly string[]) {
  return changes.map((change) => ({
    changed_at: `2026-03-${change.slice(1).padStart(2, "0")}T00:00:00Z`,
    event: change.startsWith("+") ? "added" : "removed",
    category: "graphics",
    function: name,
    example_no: 1,
    language: "cpp",
  }));
}

describe("an example", () => {
  let shown: ReadonlySet<unknown>;

  beforeAll(async () => {
    const example_events = cases.flatMap(([, changes], index) => changesOf(`function_${index}`, changes));
    await using domainCase = await openCase({ raw: { example_events } });
    shown = new Set((await domainCase.clean("usage_examples")).map((row) => row.function_name));
  });

  test.each(cases.map(([what, , expected], index) => ({ what, expected, index })))(
    "$what is shown: $expected",
    ({ expected, index }) => {
      expect(shown.has(`function_${index}`)).toBe(expected);
    },
  );
});

test("an example of one overload counts for the name that overloads share, an unlisted one for itself", async () => {
  const functions = [{ category: "graphics", name: "draw_circle", unique_global_name: "draw_circle_record" }];
  const example_events = [...changesOf("draw_circle_record", ["+1"]), ...changesOf("draw_sphere", ["+1"])];
  await using domainCase = await openCase({ raw: { functions, example_events } });
  const rows = await domainCase.clean("usage_examples");
  expect(rows.map((row) => [row.function_name, row.documented_as])).toEqual([
    ["draw_circle", "draw_circle_record"],
    ["draw_sphere", "draw_sphere"],
  ]);
});
