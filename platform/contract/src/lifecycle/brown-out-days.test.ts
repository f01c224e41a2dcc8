import { expect, test } from "vitest";
import { parseContract } from "../parse-contract.ts";
import { reportBrownOuts } from "./brown-out-days.ts";

const window = (from: string, to: string) => `{ property: brownOuts, value: [{ from: ${from}, to: ${to} }] }`;

/** A contract with one column, and places for what is announced. */
function contract({ status = "active", own = "", column = "" }): string {
  return `apiVersion: v3.2.0
kind: DataContract
id: c1
name: loans
domain: library
version: 2.0.0
status: ${status}
schema:
  - name: loan
    properties:
      - name: code
        logicalType: string${column}
customProperties: [${own}]
slaProperties: [{ property: endOfSupport, value: "2027-02-20" }]
`;
}

function ends(property: string): string {
  return `\n        deprecated: true\n        customProperties: [{ property: endOfSupport, value: "2027-02-20" }, ${property}]`;
}

const early = ["2027-02-01T09:00:00Z", "2027-02-01T11:00:00Z"] as const;
const inTime = ["2027-02-06", "2027-02-20"] as const;
const major = (from: string, to: string) =>
  `{ property: previousMajors, value: [{ major: 1, endOfSupport: "2027-02-20", brownOuts: [{ from: ${from}, to: ${to} }] }] }`;

test.each([
  ["a version, early", { own: major(...early) }, "library/loans 1.x"],
  ["a version, in time", { own: major(...inTime) }, undefined],
  ["a version, beyond its end", { own: major("2027-02-19", "2027-02-21") }, "library/loans 1.x"],
  ["a column, early", { column: ends(window(...early)) }, "Column code"],
  ["a column, in time", { column: ends(window(...inTime)) }, undefined],
  [
    "a column that never ends",
    { column: `\n        deprecated: true\n        customProperties: [${window(...inTime)}]` },
    "Column code",
  ],
  ["a product, early", { status: "deprecated", own: window(...early) }, "library/loans"],
  ["a product, in time", { status: "deprecated", own: window(...inTime) }, undefined],
])("brown-outs of %s", (_, written, expected) => {
  const found = reportBrownOuts(parseContract(contract(written), "loans.odcs.yaml"), 14);
  if (expected === undefined) return expect(found).toEqual([]);
  expect(found).toMatchObject([{ rule: "lifecycle-brown-out", severity: "error" }]);
  expect(found[0]?.message).toMatch(new RegExp(`^${expected} is switched off from 2027-02-\\d\\d`));
  const lines = contract(written).split("\n");
  expect(lines[(found[0]?.line ?? 0) - 1]).toContain("brownOuts");
});
