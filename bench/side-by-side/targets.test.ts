import { expect, test } from "vitest";
import type { Cell } from "./measure-cells.ts";
import { judgeTargets, type Target } from "./targets.ts";

function cell(subject: string, question: string, concurrency: number, changes: Partial<Cell>): Cell {
  return {
    subject,
    question,
    concurrency,
    requests: 100,
    requestsPerSecond: 100,
    p50Ms: 10,
    p99Ms: 20,
    cpuMsPerRequest: 5,
    peakMemoryBytes: 1,
    longestStallMs: 1,
    bytes: 1,
    failures: 0,
    failure: undefined,
    ...changes,
  };
}

const peers = ["yoga", "apollo"];

function named({ question, what }: Target): string {
  return `${question}, ${what}`;
}

test.each([
  [400, 300, false, "4.00× yoga (1 at a time), 3.00× yoga (8 at a time)"],
  [400, 480, true, "4.00× yoga (1 at a time), 4.80× yoga (8 at a time)"],
])("%d and %d requests/s beside a hundred: met %s", (alone, together, met, measured) => {
  const cells = [
    ...[1, 8].flatMap((concurrency) => [
      cell("yoga", "cross-domain-50", concurrency, {}),
      cell("apollo", "cross-domain-50", concurrency, { requestsPerSecond: 50 }),
      cell("raw", "cross-domain-50", concurrency, { requestsPerSecond: 9_000 }),
    ]),
    cell("ours-cold", "cross-domain-50", 1, { requestsPerSecond: alone }),
    cell("ours-cold", "cross-domain-50", 8, { requestsPerSecond: together }),
  ];
  const [target] = judgeTargets({ cells, peers });
  expect(target).toMatchObject({ measured, met });
});

test.each([
  ["group-by", 13, 10, true],
  ["group-by", 13.01, 10, false],
  ["export", 15, 10, true],
  ["export", 15.1, 10, false],
])("%s in %d ms beside raw's %d ms: met %s", (question, own, raw, met) => {
  const cells = [cell("ours-cold", question, 1, { p50Ms: own }), cell("raw", question, 1, { p50Ms: raw })];
  const judged = judgeTargets({ cells, peers }).filter((target) => named(target) === `${question}, no cache`);
  expect(judged.map((target) => target.met)).toEqual([met]);
});

test.each([
  ["lookup", { p50Ms: 2 }, "lookup, no cache", true],
  ["lookup", { p50Ms: 2.1 }, "lookup, no cache", false],
  ["export", { longestStallMs: 19 }, "export, longest stall of the event loop", true],
  ["export", { longestStallMs: 21 }, "export, longest stall of the event loop", false],
])("%s with %j: %s met %s", (question, changes, title, met) => {
  const judged = judgeTargets({ cells: [cell("ours-cold", question, 1, changes)], peers });
  expect(judged.find((target) => named(target) === title)?.met).toBe(met);
});

test("what failed is not met, however fast, and is no peer to be beaten", () => {
  const failing = { failures: 3, failure: "200 errors" };
  const cells = [
    cell("yoga", "cross-domain-50", 1, { ...failing, requestsPerSecond: 9_000 }),
    cell("apollo", "cross-domain-50", 1, {}),
    cell("ours-cold", "cross-domain-50", 1, { requestsPerSecond: 400 }),
    cell("yoga", "cross-domain-500", 1, {}),
    cell("ours-cold", "cross-domain-500", 1, { ...failing, requestsPerSecond: 9_000 }),
  ];
  expect(judgeTargets({ cells, peers }).slice(0, 2)).toMatchObject([
    { measured: "4.00× apollo (1 at a time)", met: true },
    { measured: "3 of 100 requests to ours-cold failed: 200 errors", met: false },
  ]);
});

test("what a run left out is neither met nor missed", () => {
  expect(judgeTargets({ cells: [], peers }).map(({ met }) => met)).toEqual(Array(9).fill(undefined));
});
