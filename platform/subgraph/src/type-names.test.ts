import { expect, test } from "vitest";
import { enumTypeName, enumValueNames } from "./type-names.ts";

test.each([
  [
    ["in-progress", "Done"],
    ["IN_PROGRESS", "DONE"],
  ],
  [
    ["C", "C++", "C#"],
    ["C", "C_2B_2B", "C_23"],
  ],
  [
    ["2d", "true"],
    ["_2D", "TRUE"],
  ],
  [
    ["", "+"],
    ["_", "_2B"],
  ],
  [
    ["a b", "a-b", "a_b"],
    ["A_B", "A_2DB", "A_5FB"],
  ],
  [
    ["日本", "中国"],
    ["_65E5_672C", "_4E2D_56FD"],
  ],
])("%j are called %j", (values, names) => {
  const found = [...enumValueNames(values).values()];
  expect(found).toEqual(names);
});

test("different values never share a name", () => {
  const values = ["a", "A", "a ", " a", "-a", "_a", "", "-", "_", "++", "+_+"];
  const names = [...enumValueNames(values).values()];
  expect(new Set(names).size).toBe(values.length);
  for (const name of names) expect(name).toMatch(/^[A-Za-z_][A-Za-z0-9_]*$/);
});

test("an enum's type does not take the name of another type of its product", () => {
  expect(enumTypeName("Unit", "campus")).toBe("UnitCampus");
  expect(enumTypeName("Unit", "where")).toBe("UnitWhereValue");
});
