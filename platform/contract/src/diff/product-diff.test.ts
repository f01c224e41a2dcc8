import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { afterEach, beforeEach, expect, test } from "vitest";
import { councilText } from "../changeset/fixtures/small-repository.ts";
import { publishContract } from "../publish-contract.ts";
import { diffProduct, diffRepository } from "./product-diff.ts";

const courses = "domains/school/products/courses/contract.odcs.yaml";
const books = "domains/library/products/books/contract.odcs.yaml";
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "diff-"));
  for (const [name, file] of [
    ["course", courses],
    ["books", books],
  ] as const) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    cpSync(fileURLToPath(new URL(`../../fixtures/${name}.odcs.yaml`, import.meta.url)), join(root, file));
  }
  publishContract(root, courses);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function edit(...changes: readonly (readonly [from: string, to: string])[]): void {
  let text = readFileSync(join(root, courses), "utf8");
  for (const [from, to] of changes) {
    expect(text).toContain(from);
    text = text.replace(from, () => to);
  }
  writeFileSync(join(root, courses), text);
}

const fee = `      - id: fee
        name: fee
        logicalType: number
        physicalType: DECIMAL(9,2)
        description: Price in euros.
        classification: internal
        required: true
`;

test("a product as published has no differences", async () => {
  expect(diffProduct(root, "school/courses").diff.class).toBe("NONE");
  expect(await diffRepository(root)).toEqual({ products: [], unpublished: ["library/books"] });
});

test("a product is compared with its published versions", async () => {
  edit(["version: 1.2.0", "version: 1.10.0"], ["maximum: 500", "maximum: 600"]);
  publishContract(root, courses);
  edit(["version: 1.10.0", "version: 2.0.0"], [fee, ""]);
  const { products } = await diffRepository(root);
  expect(products).toMatchObject([
    {
      product: "school/courses",
      diff: { class: "MAJOR", blocked: false, version: { before: "1.10.0" }, diffs: [{ rule: "property-removed" }] },
    },
  ]);
});

test("the council says how long notice is, and what a new value of an enum is", () => {
  edit([fee, ""], ["enum:\n", "enum:\n          - { value: all }\n"]);
  const found = () => {
    const { diffs } = diffProduct(root, "school/courses").diff;
    const added = diffs.find(({ rule }) => rule === "enum-value-added");
    const removed = diffs.find(({ rule }) => rule === "property-removed");
    return [added?.class, /\d+ days/.exec(removed?.suggestion ?? "")?.[0]];
  };
  expect(found()).toEqual(["MINOR", "90 days"]);
  const council = councilText
    .replace("noticeDays: 90", "noticeDays: 30")
    .replace("quorum", "enumAdditions: MAJOR\nquorum");
  writeFileSync(join(root, "contracts/council.yaml"), council);
  expect(found()).toEqual(["MAJOR", "30 days"]);
  writeFileSync(join(root, "contracts/council.yaml"), council.replace("MAJOR", "MAYOR"));
  expect(found).toThrow(expect.objectContaining({ code: "contract/council-invalid" }));
});

test("all versions that are still supported are compared with, and what only an older one shows is found", () => {
  edit(["version: 1.2.0", "version: 0.1.0"]);
  publishContract(root, courses);
  edit(["version: 0.1.0", "version: 0.2.0"], [fee, ""]);
  publishContract(root, courses);
  const back = fee.replace("logicalType: number\n        physicalType: DECIMAL(9,2)", "logicalType: string");
  edit(["version: 0.2.0", "version: 0.3.0"], ["      - id: topics\n", `${back}      - id: topics\n`]);
  rmSync(join(root, "contracts/published/school/courses/1.2.0.odcs.yaml"));
  const { diff } = diffProduct(root, "school/courses");
  expect(diff).toMatchObject({ class: "MAJOR", against: ["0.1.0", "0.2.0"], version: { before: "0.2.0" } });
  expect(diff.diffs.map(({ rule, against }) => [rule, against])).toEqual(
    expect.arrayContaining([
      ["logical-type-changed", ["0.1.0"]],
      ["property-added", ["0.2.0"]],
      ["tombstone-reuse", ["0.2.0"]],
    ]),
  );
});

test("an earlier major counts as long as it is served, and not past its end of support", () => {
  const ends = (date: string) => `slaProperties:\n  - property: endOfSupport\n    value: "${date}"\n`;
  edit(["version: 1.2.0", "version: 1.3.0"], ["slaProperties:\n", ends("2026-06-01")]);
  publishContract(root, courses);
  edit(["version: 1.3.0", "version: 2.0.0"], [ends("2026-06-01"), "slaProperties:\n"]);
  publishContract(root, courses);
  const against = (day: string) => diffProduct(root, "school/courses", { now: Date.parse(day) }).diff.against;
  expect(against("2026-05-01")).toEqual(["2.0.0"]);
  mkdirSync(join(root, "domains/school/products/courses/previous"));
  writeFileSync(join(root, "domains/school/products/courses/previous/v1.sql"), "SELECT 1");
  expect(against("2026-05-01")).toEqual(["1.3.0", "2.0.0"]);
  expect(against("2026-06-01")).toEqual(["2.0.0"]);
});

test("what an earlier version removed stays taken", () => {
  edit(["version: 1.2.0", "version: 2.0.0"], [fee, ""]);
  publishContract(root, courses);
  edit(
    ["version: 2.0.0", "version: 2.1.0"],
    [
      "      - id: topics\n",
      `${fee.replace("number\n        physicalType: DECIMAL(9,2)", "string")}      - id: topics\n`,
    ],
  );
  const { diff } = diffProduct(root, "school/courses");
  expect(diff.blocked).toBe(true);
  expect(diff.diffs.map(({ rule }) => rule)).toEqual(expect.arrayContaining(["tombstone-reuse", "property-added"]));
});

test.each([
  ["library/books", "contract/not-published"],
  ["school/courses", "contract/invalid"],
])("%s: %s", (product, code) => {
  edit(["version: 1.2.0", "version: 1.2"]);
  let thrown: unknown;
  try {
    diffProduct(root, product);
  } catch (error) {
    thrown = error;
  }
  expect(isMeshError(thrown) && thrown.code).toBe(code);
});
