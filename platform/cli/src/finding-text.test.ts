import type { Finding } from "@thoth/contract/finding";
import { expect, test } from "vitest";
import { describeFinding } from "./finding-text.ts";

const finding: Finding = {
  rule: "house-key",
  severity: "error",
  file: "domains/loans/contract.odcs.yaml",
  line: 4,
  column: 9,
  path: "schema[0]",
  message: "There is no key",
  hint: "Name one.",
};

test.each([
  ["says where", finding, "     domains/loans/contract.odcs.yaml:4:9 error house-key: There is no key"],
  ["says no place where there is none", { ...finding, file: "" }, "     error house-key: There is no key"],
])("a finding %s, and what to do", (_, told, line) => {
  expect(describeFinding(told)).toBe(`${line}\n       hint Name one.`);
});
