import { expect, test } from "vitest";
import { parseContract } from "./parse-contract.ts";
import { refuseExcess } from "./yaml-excess.ts";

const million = 1_000_000;
const chain = (length: number) =>
  `a0: &a0 [x]\n${Array.from({ length }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}]\n`).join("")}`;

test.each<[string, () => string, string, RegExp, number]>([
  ["a million brackets", () => "[".repeat(million), "odcs-yaml-syntax", /too deep/, 1],
  ["a million anchors in each other", () => "[&a ".repeat(million), "odcs-yaml-syntax", /too deep/, 1],
  ["anchors that follow each other", () => chain(5000), "odcs-yaml-alias", /more than 1000/, 1002],
  [
    "keys in keys in keys",
    () => Array.from({ length: 1200 }, (_, index) => `${" ".repeat(index)}a:\n`).join(""),
    "odcs-yaml-syntax",
    /too deep/,
    1001,
  ],
  ["a file of data", () => "x: y\n".repeat(million), "odcs-yaml-syntax", /5000000 characters/, 1],
])("%s is one finding, at once", (_, text, rule, message, line) => {
  const started = performance.now();
  const { findings, contract } = parseContract(text(), "deep.yaml");
  expect(contract).toBeUndefined();
  expect(findings).toMatchObject([{ rule, severity: "error", file: "deep.yaml", line }]);
  expect(findings[0]?.message).toMatch(message);
  // the parser would take minutes
  expect(performance.now() - started).toBeLessThan(30_000);
});

test.each([
  ["emphasis in a text", `description: >-\n${"  some *word* and *words together* here\n".repeat(2000)}`],
  ["lists with stars", `description: |-\n${"  * item\n".repeat(3000)}`],
  ["brackets that close", `tags: [${"[a], {b: c}, ".repeat(3000)}]`],
  ["aliases as people use them", `a: &a [x]\n${Array.from({ length: 200 }, (_, i) => `b${i}: *a`).join("\n")}\n`],
  ["a long text far to the right", `a:\n${" ".repeat(1200)}some text\n`],
])("%s is not too much", (_, text) => {
  expect(refuseExcess(text, "x.yaml")).toBeUndefined();
});
