import { existsSync, readFileSync } from "node:fs";
import { countTests, formatCounts } from "./test-counts.ts";

/** Reads the report named by the argument and prints the closing line. No test run, or no report, is a failure. */
const [file = ""] = process.argv.slice(2);

if (existsSync(file)) {
  const counts = countTests(JSON.parse(readFileSync(file, "utf8")));
  console.log(formatCounts(counts));
  if (counts.failed > 0 || counts.passed === 0) process.exitCode = 1;
} else {
  console.error(`vitest wrote no report to "${file}": it ended before any test ran`);
  process.exitCode = 1;
}
