import { join } from "node:path";
import { expect, test } from "vitest";
import { findViolations } from "./find-violations.ts";
import { readFiles } from "./read-files.ts";
import { formatViolation } from "./violation.ts";

test("the workspace keeps to its own architecture", () => {
  const texts = readFiles(join(import.meta.dirname, "../.."));
  expect(texts.size).toBeGreaterThan(50);
  expect(findViolations(texts).map(formatViolation)).toEqual([]);
});
