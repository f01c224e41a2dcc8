import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findContracts } from "./contract-files.ts";
import { generateProduct } from "./generate-product.ts";
import { publishContract } from "./publish-contract.ts";
import { describePublished, findPublished, latestPublished } from "./published-contracts.ts";
import { describeContractFile } from "./read-contract-file.ts";

const courses = "domains/school/products/courses/contract.odcs.yaml";
const books = "domains/library/products/books/contract.odcs.yaml";
const loans = "domains/library/products/loans/contract.odcs.yaml";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "contracts-"));
  for (const [name, file] of [
    ["course", courses],
    ["books", books],
    ["loans", loans],
  ] as const) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    cpSync(fileURLToPath(new URL(`../fixtures/${name}.odcs.yaml`, import.meta.url)), join(root, file));
  }
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const read = (file: string) => readFileSync(join(root, file), "utf8");
const edit = (file: string, from: string, to: string) => {
  expect(read(file)).toContain(from);
  writeFileSync(
    join(root, file),
    read(file).replace(from, () => to),
  );
};

function failure(work: () => unknown): { code: string; at: unknown; message: string; hint: string } {
  try {
    work();
  } catch (error) {
    if (isMeshError(error)) return { code: error.code, at: error.at, message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error("it did not fail");
}

describe("describing a product", () => {
  test("names are derived once, columns and promises are read, relationships are followed", () => {
    publishContract(root, courses);
    const model = describeContractFile(root, loans);
    expect(model).toMatchObject({
      id: "library/loans",
      major: 2,
      typeName: "LoanV2",
      fieldName: "loansV2",
      catalogName: "library",
      tableName: "loans_v2",
      title: "Loans",
      key: ["loan_id"],
      promises: [{ property: "latency", value: "36", unit: "Hours", durationMs: 36 * 3_600_000 }],
      file: loans,
    });
    expect(model.columns.map(({ name, sqlType, line }) => [name, sqlType, line])).toEqual([
      ["loan_id", "INTEGER", 16],
      ["course_code", "VARCHAR", 23],
      ["shelf", "VARCHAR", 30],
      ["place", "INTEGER", 35],
    ]);
    expect(model.relationships).toEqual([
      {
        fieldName: "course",
        from: ["course_code"],
        to: { domain: "school", product: "courses", major: 1, columns: ["code"] },
      },
      {
        fieldName: "book",
        from: ["shelf", "place"],
        to: { domain: "library", product: "books", major: 1, columns: ["shelf", "place"] },
      },
    ]);
    expect(describeContractFile(root, books).key).toEqual(["shelf", "place"]);
  });

  test("a relationship to oneself needs no file", () => {
    expect(describeContractFile(root, courses).relationships).toEqual([
      {
        fieldName: "follows",
        from: ["follows_code"],
        to: { domain: "school", product: "courses", major: 1, columns: ["code"] },
      },
    ]);
  });

  test("a field is called as the contract says", () => {
    edit(
      courses,
      "- to: course.code",
      "- to: course.code\n            customProperties: [{ property: graphqlField, value: builtOn }]",
    );
    expect(describeContractFile(root, courses).relationships[0]?.fieldName).toBe("builtOn");
  });

  const published = "contracts/published/school/courses/1.2.0.odcs.yaml";
  test.each([
    ["a contract that is not there", loans, "courses/1.2.0", "courses/9.9.9", "29:17 house-relationship-target"],
    ["a column that is not there", loans, "properties/code", "properties/nothing", "29:17 house-relationship-target"],
    ["an object that is not there", loans, "schema/course/", "schema/course_type/", "29:17 house-relationship-target"],
    [
      "not a column at all",
      loans,
      "#/schema/course/properties/code",
      "#/schema/course",
      "29:17 house-relationship-target",
    ],
    [
      "another domain's unpublished contract",
      loans,
      `../../../../${published}`,
      `../../../../${courses}`,
      "29:17 house-relationship-published",
    ],
    [
      "part of a key",
      loans,
      `../../../../${published}#/schema/course/properties/code`,
      "../books/contract.odcs.yaml#/schema/book/properties/shelf",
      "29:17 house-relationship-key",
    ],
    [
      "a column outside the key",
      loans,
      "schema/course/properties/code",
      "schema/course/properties/level",
      "29:17 house-relationship-key",
    ],
    [
      "a column of another type",
      loans,
      "logicalType: string\n        description: The course",
      "logicalType: integer\n        description: The course",
      "29:17 house-relationship-type",
    ],
    [
      "from a column that is not there",
      loans,
      "from: [loan.shelf, loan.place]",
      "from: [loan.shelf, loan.slot]",
      "41:15 house-relationship-from",
    ],
    ["two objects", loans, "/book/properties/place", "/boot/properties/place", "43:11 house-relationship-target"],
    [
      "out of the repository",
      loans,
      `../../../../${published}`,
      "../../../../../elsewhere.yaml",
      "29:17 house-relationship-target",
    ],
    ["a field that is a column", courses, "name: follows_code", "name: follows", "76:13 house-relationship-field"],
    [
      "a field that is no name",
      loans,
      "properties/code\n",
      "properties/code\n            customProperties: [{ property: graphqlField, value: 'a b' }]\n",
      "29:13 house-relationship-field",
    ],
  ])("a relationship to %s is refused where it is written", (_, file, from, to, expected) => {
    publishContract(root, courses);
    edit(file, from, to);
    const { code, at, message } = failure(() => describeContractFile(root, file));
    expect(code).toBe("contract/invalid");
    expect(message).toContain(`${file}:${expected}`);
    const [line, column] = expected.split(/[: ]/).map(Number);
    expect(at).toMatchObject({ file, line, column });
  });

  test("a target with errors is named with its place", () => {
    edit(books, "logicalType: integer", "logicalType: int");
    publishContract(root, courses);
    expect(failure(() => describeContractFile(root, loans)).message).toContain(
      "../books/contract.odcs.yaml is not a valid contract",
    );
  });

  test("a contract in another's folder is refused", () => {
    edit(books, "name: books", "name: shelves");
    expect(failure(() => describeContractFile(root, books))).toMatchObject({
      code: "contract/misplaced",
      at: { file: books },
    });
  });

  test("a file that is not there is refused", () => {
    expect(failure(() => describeContractFile(root, "domains/a/products/b/contract.odcs.yaml")).code).toBe(
      "contract/unreadable",
    );
  });
});

describe("publishing a contract", () => {
  test("copies it once, byte for byte, and never changes it", () => {
    const first = publishContract(root, courses);
    expect(first).toEqual({
      id: "school/courses",
      version: "1.2.0",
      file: "contracts/published/school/courses/1.2.0.odcs.yaml",
      written: true,
    });
    expect(read(first.file)).toBe(read(courses));
    expect(publishContract(root, courses)).toEqual({ ...first, written: false });
    edit(courses, "Price in euros.", "Price in dollars.");
    expect(failure(() => publishContract(root, courses))).toMatchObject({
      code: "contract/published-is-final",
      at: { file: courses },
    });
    expect(read(first.file)).toContain("Price in euros.");
    edit(courses, "version: 1.2.0", "version: 1.3.0");
    expect(publishContract(root, courses).file).toBe("contracts/published/school/courses/1.3.0.odcs.yaml");
  });

  test("what is not valid or no product is not published", () => {
    edit(courses, "primaryKey: true", "primaryKey: yes");
    expect(failure(() => publishContract(root, courses)).code).toBe("contract/invalid");
    expect(failure(() => publishContract(root, "README.md")).code).toBe("contract/no-such-product");
    expect(failure(() => publishContract(root, loans)).message).toContain("cannot be read");
  });

  test("published contracts are found with their latest version, and described", async () => {
    for (const version of ["1.10.0", "1.9.0", "1.10.0-rc.1"]) {
      edit(courses, /version: (.*)\n/.exec(read(courses))?.[1] ?? "", version);
      publishContract(root, courses);
    }
    publishContract(root, books);
    edit(loans, "courses/1.2.0", "courses/1.9.0");
    publishContract(root, loans);
    expect((await findPublished(root)).map(({ product, version }) => `${product} ${version}`)).toEqual([
      "books 1.0.0",
      "loans 2.0.0",
      "courses 1.9.0",
      "courses 1.10.0-rc.1",
      "courses 1.10.0",
    ]);
    expect((await latestPublished(root)).map(({ product, version }) => `${product} ${version}`)).toEqual([
      "books 1.0.0",
      "loans 2.0.0",
      "courses 1.10.0",
    ]);
    const models = await describePublished(root);
    expect(models.map(({ id }) => id)).toEqual(["library/books", "library/loans", "school/courses"]);
    expect(models[1]?.relationships.map(({ to }) => to.product)).toEqual(["courses", "books"]);
  });

  test("a published contract whose sibling is not published says so", async () => {
    publishContract(root, courses);
    publishContract(root, loans);
    await expect(describePublished(root)).rejects.toMatchObject({
      code: "contract/invalid",
      message: expect.stringContaining("library/books has no published contract"),
    });
  });

  test("a repository without contracts has none", async () => {
    rmSync(join(root, "domains"), { recursive: true });
    expect(await findContracts(root)).toEqual([]);
    expect(await describePublished(root)).toEqual([]);
  });
});

test("row types lie beside the contract and go stale with it", async () => {
  const file = "domains/school/products/courses/generated/row.ts";
  expect(await generateProduct(root, courses, { check: true })).toEqual({ file, state: "stale" });
  expect(await generateProduct(root, courses)).toEqual({ file, state: "written" });
  expect(await generateProduct(root, courses, { check: true })).toEqual({ file, state: "current" });
  edit(courses, "required: true\n        enum", "enum");
  expect(await generateProduct(root, courses, { check: true })).toEqual({ file, state: "stale" });
  await generateProduct(root, courses);
  expect(read(file)).toContain('level: "beginner" | "advanced" | null;');
});
