import { expect, expectTypeOf, test } from "vitest";
import { defineErrors, formatMeshError, formatPlace, isMeshError, MeshError } from "./mesh-error.ts";

const demoError = defineErrors("demo", {
  "too-many": (p: { count: number }) => ({ message: `${p.count} is too many`, hint: "Take fewer." }),
  "not-there": () => ({ message: "nothing is there", hint: "Look elsewhere." }),
});

test("a table makes errors with code, message, hint, place and cause", () => {
  const cause = new Error("inner");
  const error = demoError["too-many"]({ count: 3 }, { at: { file: "a.sql", line: 2 }, cause });
  expect(error).toMatchObject({
    name: "MeshError",
    code: "demo/too-many",
    message: "3 is too many",
    hint: "Take fewer.",
    at: { file: "a.sql", line: 2 },
    cause,
  });
  expect(error).toBeInstanceOf(Error);
});

test("without a cause there is no cause property that printers would show", () => {
  expect(Object.hasOwn(demoError["too-many"]({ count: 1 }), "cause")).toBe(false);
});

test("each row keeps its own parameter type", () => {
  expectTypeOf(demoError["too-many"]).parameter(0).toEqualTypeOf<{ count: number }>();
});

test("a row without parameters is called with nothing", () => {
  expect(demoError["not-there"](undefined).code).toBe("demo/not-there");
});

test.each([
  [new MeshError("demo/x", { message: "m", hint: "h" }), true],
  [new Error("m"), false],
  [{ code: "demo/x", message: "m", hint: "h" }, false],
  [undefined, false],
])("isMeshError(%s) is %s", (value, expected) => {
  expect(isMeshError(value)).toBe(expected);
});

test.each([
  [undefined, ""],
  [{}, ""],
  [{ file: "a.sql" }, "a.sql"],
  [{ file: "a.sql", line: 3 }, "a.sql:3"],
  [{ file: "a.sql", line: 3, column: 7 }, "a.sql:3:7"],
  [{ path: "MESH_PORT" }, "MESH_PORT"],
  [{ file: "a.yaml", path: "schema[0].name" }, "a.yaml"],
])("formats the place %o as '%s'", (place, text) => {
  expect(formatPlace(place)).toBe(text);
});

test("prints code, what, where and what to do", () => {
  const error = demoError["too-many"]({ count: 3 }, { at: { file: "a.sql", line: 2, column: 5 } });
  expect(formatMeshError(error)).toBe("demo/too-many: 3 is too many\n  at   a.sql:2:5\n  hint Take fewer.");
  expect(formatMeshError(demoError["too-many"]({ count: 3 }))).toBe("demo/too-many: 3 is too many\n  hint Take fewer.");
});
