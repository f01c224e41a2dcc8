import { expect, test } from "vitest";
import { formatSoak, judgeSoak, type SoakReport } from "./soak-report.ts";

const good: SoakReport = {
  minutes: 2,
  capacity: 100,
  load: 80,
  answered: 9_000,
  shed: 400,
  killed: 200,
  failed: 0,
  failures: [],
  publishes: 2,
  p50Ms: 10,
  p99Ms: 100,
  memory: { medianBytes: 400e6, growthBytes: 20e6 },
  longestStallMs: 30,
};

test.each<[string, Partial<SoakReport>, RegExp | undefined]>([
  ["went well", {}, undefined],
  ["gave a wrong answer", { failed: 1, failures: ["1× 500 oops"] }, /1 answers were wrong; 1× 500 oops/],
  ["turned nearly everybody away", { answered: 10, shed: 9_000 }, /only 10 answered/],
  ["answered nobody", { answered: 0, shed: 0 }, /only 0 answered/],
  ["published nothing", { publishes: 0 }, /nothing was published/],
  ["lost no client", { killed: 0 }, /no client went away/],
  ["grew", { memory: { medianBytes: 400e6, growthBytes: 200e6 } }, /memory grew by 200 MB/],
  ["was too short", { memory: undefined }, /too short/],
])("a soak that %s", (_what, changes, problem) => {
  const report = { ...good, ...changes };
  const problems = judgeSoak(report);
  if (problem === undefined) expect(problems).toEqual([]);
  else expect(problems).toEqual([expect.stringMatching(problem)]);
  expect(formatSoak(report)).toContain(problems[0] ?? "all well");
});
