import { expect, test } from "vitest";
import { countTests, formatCounts, type TestReport } from "./test-counts.ts";

const report: TestReport = {
  numPassedTests: 7,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ status: "passed", assertionResults: [{}] }],
};

test.each<[string, Partial<TestReport>, string]>([
  ["all passed", {}, "tests: 7 passed, 0 failed"],
  ["some failed", { numFailedTests: 2 }, "tests: 7 passed, 2 failed"],
  [
    "some skipped or still to be written",
    { numPendingTests: 3, numTodoTests: 1 },
    "tests: 7 passed, 0 failed, 4 skipped",
  ],
  [
    "a file broke on loading",
    { testResults: [{ status: "failed", assertionResults: [] }] },
    "tests: 7 passed, 1 failed",
  ],
  [
    "a file with a failed test is not counted twice",
    { numFailedTests: 1, testResults: [{ status: "failed", assertionResults: [{}] }] },
    "tests: 7 passed, 1 failed",
  ],
])("%s", (_what, change, line) => {
  expect(formatCounts(countTests({ ...report, ...change }))).toBe(line);
});
