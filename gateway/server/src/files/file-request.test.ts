import { expect, test } from "vitest";
import { type FileFormat, parseParameters, parseRoute } from "./file-request.ts";

const units = { product: "ontrack-learning/units", major: undefined };

test.each([
  ["/products", { kind: "catalog" }],
  ["/products/", { kind: "catalog" }],
  ["/products/ontrack-learning/units", { kind: "product", ...units }],
  ["/products/ontrack-learning/units.csv", { kind: "file", format: "csv", ...units }],
  ["/products/ontrack-learning/units/contract", { kind: "contract", ...units }],
  ["/products/ontrack-learning/units/v2", { kind: "product", ...units, major: 2 }],
  ["/products/ontrack-learning/units/v2.parquet", { kind: "file", format: "parquet", ...units, major: 2 }],
])("%s leads somewhere", (path, expected) => {
  expect(parseRoute(path)).toEqual(expected);
});

test.each([
  "/products/..",
  "/products/../../etc/passwd",
  "/products/ontrack-learning/../units.csv",
  "/products/ontrack-learning/%2e%2e/units.csv",
  "/products/ontrack-learning/units%2ecsv",
  "/products/ontrack-learning/units.csv/",
  "/products/ontrack-learning/units.CSV",
  "/products/ontrack-learning/units.xml",
  "/products/ontrack-learning/units.csv.gz",
  "/products/ontrack-learning/Units.csv",
  "/products/ontrack_learning/units.csv",
  "/products/ontrack-learning/units/v0.csv",
  "/products/ontrack-learning/units/v01.csv",
  "/products/ontrack-learning/units/v1/",
  "/products/ontrack-learning//units.csv",
  "/products//ontrack-learning/units.csv",
  "/products/ontrack-learning",
  "/products/ontrack-learning/units;x=1.csv",
  "/products/ontrack-learning/units\u0000.csv",
  "/products/ontrack-learning/units.csv\n",
  "/productsontrack-learning/units.csv",
  `/products/${"a".repeat(5_000)}!/x.csv`,
])("%j leads nowhere", (path) => {
  expect(parseRoute(path)).toBeUndefined();
});

test("parameters are read", () => {
  const query = new URLSearchParams({
    select: "code, name",
    where: '{"code":{"eq":"A1"}}',
    order: "-week,unit_code",
    limit: "10",
    safe: "1",
    purpose: "teaching",
  });
  expect(parseParameters(query, "csv")).toEqual({
    select: ["code", "name"],
    where: { code: { eq: "A1" } },
    order: [
      { column: "week", direction: "DESC" },
      { column: "unit_code", direction: "ASC" },
    ],
    limit: 10,
    after: undefined,
    snapshot: undefined,
    purpose: "teaching",
    safe: true,
  });
});

test.each([
  ["colour=red", "gateway/unknown-parameter"],
  ["__proto__=1", "gateway/unknown-parameter"],
  ["safe=1", "gateway/unknown-parameter", "json"],
  ["limit=1&limit=2", "gateway/bad-parameter"],
  ["limit=-1", "gateway/bad-parameter"],
  ["limit=1.5", "gateway/bad-parameter"],
  ["limit=1e3", "gateway/bad-parameter"],
  ["limit=99999999999999999999", "gateway/bad-parameter"],
  ["limit=", "gateway/bad-parameter"],
  ["select=", "gateway/bad-parameter"],
  ["select=a,,b", "gateway/bad-parameter"],
  ["where={", "gateway/bad-parameter"],
  ["safe=yes", "gateway/bad-parameter"],
] as const)("%s is refused", (query, code, format: FileFormat = "csv") => {
  expect(() => parseParameters(new URLSearchParams(query), format)).toThrowError(expect.objectContaining({ code }));
});
