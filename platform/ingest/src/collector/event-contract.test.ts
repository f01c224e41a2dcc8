import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import type { CloudEvent } from "./cloud-event.ts";
import { readEventContract } from "./event-contract.ts";

/** A contract whose `data` has one field, `it`. */
const contractOf = (field: string) => `
apiVersion: v3.2.0
kind: DataContract
id: 2b6f1a49-6b1b-4e55-8a0e-8a1b36f4f3c2
name: visits
version: 1.0.0
status: active
schema:
  - name: visit
    logicalType: object
    properties:
      - { name: type, logicalType: string, required: true, enum: [{ value: visit }] }
      - name: data
        logicalType: object
        required: true
        classification: internal
        properties:
          - { name: it, ${field} }
`;

async function read(field: string) {
  await using dir = await tempDir();
  await writeFile(join(dir.path, "visits.odcs.yaml"), contractOf(field));
  return readEventContract(dir.path, "visits.odcs.yaml");
}

const event = (data: object): CloudEvent => ({ specversion: "1.0", id: "1", source: "/a", type: "visit", data });
const options = (type: string, said: string) => `logicalType: ${type}, logicalTypeOptions: { ${said} }`;

test.each<[string, unknown[], unknown[]]>([
  [options("number", "exclusiveMinimum: 0, exclusiveMaximum: 10"), [0.1, 9.9], [0, 10, 100, "5"]],
  [options("integer", "minimum: 1, maximum: 10"), [1, 10], [0, 11, 1.5]],
  [options("number", "multipleOf: 0.5"), [1.5], [1.6]],
  [options("string", "format: uuid"), ["2b6f1a49-6b1b-4e55-8a0e-8a1b36f4f3c2"], ["not-a-uuid", ""]],
  [options("string", "format: email"), ["ada@example.org"], ["ada"]],
  [options("string", "format: password"), ["anything"], [1]],
  [options("date", 'minimum: "2000-01-01"'), ["2000-01-01", "2026-03-01"], ["1999-12-31", "2000-13-01"]],
  [
    options("timestamp", 'exclusiveMaximum: "2026-01-01T00:00:00Z"'),
    ["2025-12-31T23:59:59Z", "2026-01-01T01:00:00+02:00"],
    ["2026-01-01T00:00:00Z", "2025-12-31T23:00:00-02:00"],
  ],
  [options("time", 'minimum: "09:00:00Z"'), ["09:00:00Z"], ["08:59:59Z"]],
  ["logicalType: string, enum: [{ value: a }]", ["a"], ["b", 1]],
  ["logicalType: array, items: { logicalType: integer }", [[1]], [["1"], [null], 1]],
])("a field that need not be there and is said to be of { %s }", async (field, good, bad) => {
  const contract = await read(field);
  for (const it of [...good, null]) expect([it, contract.judge(event({ it }))]).toEqual([it, undefined]);
  expect(contract.judge(event({}))).toBeUndefined();
  for (const it of bad)
    expect([it, contract.judge(event({ it }))]).toMatchObject([
      it,
      { code: "contract", path: expect.stringMatching(/^data\.it/) },
    ]);
});

test("one that has to be there is not null", async () => {
  const contract = await read("logicalType: string, required: true");
  expect(contract.judge(event({ it: null }))).toMatchObject({ path: "data.it", message: "data.it must be string" });
  expect(contract.judge(event({}))).toMatchObject({ message: "data.it is missing" });
});

test("limits of moments are told in words", async () => {
  const contract = await read(options("date", 'minimum: "2000-01-01"'));
  expect(contract.judge(event({ it: "1999-01-01" }))?.message).toBe("data.it must not be before 2000-01-01");
});

test("what cannot be checked is refused when the contract is read", async () => {
  await expect(read(options("string", "format: postcode"))).rejects.toMatchObject({
    code: "ingest/event-contract",
    message: expect.stringContaining('gives it the format "postcode", which cannot be checked'),
  });
});
