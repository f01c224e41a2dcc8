import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { afterEach, beforeEach, expect, test } from "vitest";
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

test("a product is compared with the newest of its published versions", async () => {
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
