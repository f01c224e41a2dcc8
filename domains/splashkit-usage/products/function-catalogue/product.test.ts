import { domainCases } from "@thoth/testing/domain-case";
import { expect, test } from "vitest";

const openCase = domainCases(new URL("../../domain.ts", import.meta.url));
const flags = { has_cpp: 1, has_csharp: 1, has_python: 1, has_pascal: 0 };
const functions = [
  {
    category: "graphics",
    name: "draw_circle",
    unique_global_name: "draw_circle",
    return_type: "void",
    parameters: 4,
    ...flags,
  },
  {
    category: "graphics",
    name: "draw_circle",
    unique_global_name: "draw_circle_record",
    class: "circle",
    method: "draw",
    return_type: "void",
    parameters: 2,
    ...flags,
  },
  {
    category: "input",
    name: "key_down",
    unique_global_name: "key_down",
    class: "",
    return_type: "bool",
    parameters: 1,
    ...flags,
  },
];
const example = (name: string, language: string) => ({
  changed_at: "2026-03-01T00:00:00Z",
  event: "added",
  category: "graphics",
  function: name,
  example_no: 1,
  language,
});

test("every overload is a row and knows the examples of the name it shares", async () => {
  const example_events = [
    example("draw_circle_record", "python"),
    example("draw_circle", "cpp"),
    example("draw_circle", "python"),
  ];
  await using domainCase = await openCase({ raw: { functions, example_events } });
  const rows = await domainCase.product("function-catalogue");
  expect(
    rows.map((row) => [row.unique_global_name, row.overload_count, row.has_example, row.example_languages]),
  ).toEqual([
    ["draw_circle", 2, true, ["cpp", "python"]],
    ["draw_circle_record", 2, true, ["cpp", "python"]],
    ["key_down", 1, false, []],
  ]);
  expect(rows[1]).toMatchObject({
    class_name: "circle",
    method_name: "draw",
    parameter_count: 2,
    has_cpp: true,
    has_pascal: false,
  });
  expect(rows[2]).toMatchObject({ class_name: null, method_name: null, category: "input" });
});

test("a catalogue of three functions was cut off", async () => {
  await using domainCase = await openCase({ raw: { functions } });
  await domainCase.product("function-catalogue");
  expect(await domainCase.brokenPromises("function-catalogue")).toEqual([expect.stringContaining("not cut off")]);
});
