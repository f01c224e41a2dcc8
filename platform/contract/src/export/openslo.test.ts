import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { describeProduct } from "../describe-product.ts";
import { readContract } from "../parse-contract.ts";
import { openSlo } from "./openslo.ts";
import { inWords } from "./service-level.ts";

const file = "course.odcs.yaml";
const text = readFileSync(new URL(`../../fixtures/${file}`, import.meta.url), "utf8");

function promising(promises: string) {
  const written = text.replace(/slaProperties:\n[\s\S]*?(?=servers:)/, `slaProperties:\n${promises}`);
  const readTarget = () => {
    throw new Error("the course refers to itself only");
  };
  return openSlo(describeProduct(readContract(written, file), { file, readTarget }));
}

const objectives = (promises: string) =>
  parseAllDocuments(promising(promises))
    .map((document) => document.toJS())
    .filter(({ kind }) => kind === "SLO")
    .map(({ spec }) => ({ method: spec.budgetingMethod, ...spec.objectives[0] }));

const latency = "  - { property: latency, value: 2, unit: d }\n";

test.each([
  ["latency", latency, { method: "Timeslices", op: "lte", value: 172_800, timeSliceWindow: "1h", target: 0.99 }],
  [
    "repair",
    "  - { property: timeToRepair, value: 4, unit: h }\n",
    { method: "Occurrences", op: "lte", value: 14_400 },
  ],
  [
    "availability",
    "  - { property: availability, value: 99.5, unit: percent }\n",
    { method: "Occurrences", target: 0.995 },
  ],
  ["a share", "  - { property: av, value: 0.995 }\n", { target: 0.995 }],
  ["a text", '  - { property: availability, value: "99.5%" }\n', { target: 0.995 }],
  [
    "all of the time, which OpenSLO has no target for",
    "  - { property: availability, value: 100, unit: '%' }\n",
    { target: 0.9999 },
  ],
  ["errors", "  - { property: errorRate, value: 1, unit: percent }\n", { target: 0.99 }],
  ["throughput", "  - { property: throughput, value: 50, unit: rows/s }\n", { op: "gte", value: 50 }],
])("%s", (_, promise, objective) => expect(objectives(latency + promise).at(-1)).toMatchObject(objective));

test.each([
  ["retention 5 y", "  - { property: retention, value: 5, unit: y }\n"],
  ["availability soon", "  - { property: availability, value: soon }\n"],
  ["availability 150 percent", "  - { property: availability, value: 150, unit: percent }\n"],
])("%s is no service level, and said to be none", (words, promise) => {
  expect(objectives(latency + promise)).toHaveLength(1);
  expect(promising(latency + promise)).toContain(`# Promised, but no service level: ${words}\n`);
});

test("names are unique, and names of resources", () => {
  const twice = `${latency}  - { property: latency, value: 1, unit: d, element: course.seats }\n`;
  const names = [...promising(twice).matchAll(/^ {2}name: (.*)$/gm)].map(([, name]) => name);
  expect(names).toEqual(["courses", "courses-latency", "courses-latency-2"]);
});

test.each([
  [172_800_000, "2 days"],
  [3_600_000, "1 hour"],
  [5_400_000, "90 minutes"],
  [1500, "1.5 seconds"],
  [0, "0 seconds"],
])("%d ms are %s", (duration, words) => expect(inWords(duration)).toBe(words));
