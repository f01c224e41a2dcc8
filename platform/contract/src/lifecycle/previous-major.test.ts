import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { describeContractFile } from "../read-contract-file.ts";
import { deprecationText } from "./describe-deprecation.ts";
import { describePreviousMajor, describeRetiredMajors, previousMajors } from "./previous-major.ts";
import { repositoryElements } from "./repository-elements.ts";
import { readDate, showDate } from "./written-date.ts";

const root = mkdtempSync(join(tmpdir(), "majors-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Further = Readonly<Record<string, unknown>>;

function contract(product: string, version: string, further: Further = {}, property: Further = {}): string {
  const key = {
    id: "code",
    name: "code",
    description: "Code.",
    logicalType: "string",
    primaryKey: true,
    required: true,
  };
  return JSON.stringify({
    apiVersion: "v3.2.0",
    kind: "DataContract",
    id: `school/${product}`,
    name: product,
    domain: "school",
    version,
    status: "active",
    description: { purpose: "Why.", limitations: "Few.", usage: "Count." },
    schema: [
      {
        id: product,
        name: product,
        logicalType: "object",
        properties: [{ ...key, classification: "public", ...property }],
      },
    ],
    slaProperties: [{ property: "latency", value: 1, unit: "d" }],
    ...further,
  });
}

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

const working = (product: string) => `domains/school/products/${product}/contract.odcs.yaml`;
const published = (product: string, version: string) => `contracts/published/school/${product}/${version}.odcs.yaml`;
const previous = (product: string, major: number) =>
  write(`domains/school/products/${product}/previous/v${major}.sql`, "select 1");

beforeEach(() => {
  for (const folder of ["domains", "contracts"]) rmSync(join(root, folder), { recursive: true, force: true });
});

function courses(further: Further = {}): void {
  write(working("courses"), contract("courses", "3.0.0", further));
  for (const version of ["1.0.0", "1.10.0", "1.9.0", "2.0.0"])
    write(published("courses", version), contract("courses", version));
  previous("courses", 2);
}

describe("an earlier major version", () => {
  test("is described by the newest contract that was published of it, under its own names", () => {
    courses();
    previous("courses", 1);
    const current = describeContractFile(root, working("courses"));
    expect(describePreviousMajor(root, current, 1)).toMatchObject({
      id: "school/courses",
      version: "1.10.0",
      typeName: "Courses",
      fieldName: "courses",
      tableName: "courses",
    });
    expect(describePreviousMajor(root, current, 2)).toMatchObject({ fieldName: "coursesV2", tableName: "courses_v2" });
    expect(previousMajors(root, "school/courses")).toEqual([1, 2]);
    expect(current).toMatchObject({ fieldName: "coursesV3", tableName: "courses_v3" });
  });

  test.each<[string, Further, Further, object]>([
    [
      "being superseded is reason enough",
      {},
      {},
      { replacement: "coursesV3", reason: "Superseded by major version 3." },
    ],
    [
      "what the new contract announces",
      {
        customProperties: [
          {
            property: "previousMajors",
            value: [
              { major: 2, deprecatedSince: "2026-11-22", endOfSupport: "2027-02-20", deprecationReason: "Too wide." },
            ],
          },
        ],
      },
      {
        slaProperties: [
          { property: "latency", value: 1, unit: "d" },
          { property: "endOfSupport", value: "2026-12-31" },
        ],
      },
      {
        since: Date.parse("2026-11-22"),
        until: Date.parse("2027-02-20"),
        replacement: "coursesV3",
        reason: "Too wide.",
      },
    ],
    [
      "what the old one promised itself",
      {},
      {
        slaProperties: [
          { property: "latency", value: 1, unit: "d" },
          { property: "es", value: "2026-12-31" },
        ],
      },
      { until: Date.parse("2026-12-31"), replacement: "coursesV3", reason: "Superseded by major version 3." },
    ],
    [
      "what the old one announced when it was deprecated",
      {},
      {
        status: "deprecated",
        customProperties: [
          { property: "deprecatedSince", value: "2026-01-01" },
          { property: "replacedBy", value: "school/lessons@2" },
        ],
      },
      { since: Date.parse("2026-01-01"), replacement: "lessonsV2", reason: "Superseded by major version 3." },
    ],
  ])("ends as follows: %s", (_, announced, own, expected) => {
    courses(announced);
    write(published("courses", "2.1.0"), contract("courses", "2.1.0", own));
    const { deprecation } = describePreviousMajor(root, describeContractFile(root, working("courses")), 2);
    expect(deprecation).toEqual({ brownOuts: [], ...expected });
  });

  test("refers to the oldest version of a sibling that is still served", () => {
    const leads = {
      relationships: [
        {
          to: "../courses/contract.odcs.yaml#/schema/courses/properties/code",
          customProperties: [{ property: "graphqlField", value: "course" }],
        },
      ],
    };
    courses();
    write(working("talks"), contract("talks", "2.0.0", {}, leads));
    write(published("talks", "1.0.0"), contract("talks", "1.0.0", {}, leads));
    const current = describeContractFile(root, working("talks"));
    expect(current.relationships[0]?.to).toMatchObject({ product: "courses", major: 3 });
    expect(describePreviousMajor(root, current, 1).relationships[0]?.to).toMatchObject({
      product: "courses",
      major: 2,
    });
  });

  test("has ended when it was published and nothing serves it", async () => {
    courses();
    const current = describeContractFile(root, working("courses"));
    expect(describeRetiredMajors(root, current).map(({ version }) => version)).toEqual(["1.10.0"]);
    expect((await repositoryElements(root)).map(({ version, gone }) => [version, gone])).toEqual([
      ["2.0.0", false],
      ["1.10.0", true],
    ]);
  });
});

test("an end of a column is its own, or promised with it as the element", () => {
  const slaProperties = [
    { property: "latency", value: 1, unit: "d" },
    { property: "endOfSupport", value: "2027-02-20T09:00:00Z", element: "courses.code" },
  ];
  const read = (further: Further, customProperties: readonly Further[]) => {
    write(working("courses"), contract("courses", "1.0.0", further, { deprecated: true, customProperties }));
    return describeContractFile(root, working("courses")).columns[0]?.deprecated;
  };
  expect(read({}, [])).toBe("Not for new uses.");
  expect(read({ slaProperties }, [{ property: "replacedBy", value: "id" }])).toBe(
    "Not for new uses, until 2027-02-20T09:00:00Z; use id.",
  );
  expect(read({ slaProperties }, [{ property: "endOfSupport", value: "2027-03-01" }])).toBe(
    "Not for new uses, until 2027-03-01.",
  );
});

test.each([
  ["2027-02-20", "2027-02-20"],
  ["2027-02-20T09:30:00+10:00", "2027-02-19T23:30:00Z"],
  ["2027-02-20T00:00Z", "2027-02-20"],
  ["2028-02-29", "2028-02-29"],
])("%s is a date, shown as %s", (written, shown) => {
  const instant = readDate(written);
  expect(instant === undefined ? undefined : showDate(instant)).toBe(shown);
});

test.each(["2027-02-30", "2027-13-01", "20.2.2027", "2027-02-20T09:30:00", "soon", "", 20270220, null])(
  "%j is no date",
  (written) => expect(readDate(written)).toBeUndefined(),
);

test.each([
  [{ reason: "Use name.", brownOuts: [] }, "Use name."],
  [{ reason: "Gone soon.", until: Date.parse("2027-02-20"), brownOuts: [] }, "Gone soon, until 2027-02-20."],
  [{ reason: "Renamed", replacement: "name", brownOuts: [] }, "Renamed; use name."],
])("%j reads %s", (deprecation, text) => {
  expect(deprecationText(deprecation)).toBe(text);
});
