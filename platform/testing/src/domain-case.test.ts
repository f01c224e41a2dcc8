import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { domainCases } from "./domain-case.ts";
import { type TempDir, tempDir } from "./temp-dir.ts";

const domain = `export default {
  name: "shop", title: "Shop", description: "A shop", owner: "shop-team", stewards: [],
  sources: [{ name: "till", kind: "files", description: "The till", streams: [
    { name: "sales", columns: [{ name: "id", type: "BIGINT" }, { name: "day", type: "DATE" }, { name: "amount", type: "DOUBLE" }],
      async *read() {} } ] }],
  products: [{ name: "takings" }],
};`;

const contract = `apiVersion: v3.2.0
kind: DataContract
id: 6a0c2f0e-0e5b-4b57-9a39-2f6f3b1c9d10
name: takings
version: 1.0.0
status: active
domain: shop
description: { purpose: What the till took, limitations: None, usage: Add it up }
schema:
  - id: takings
    name: takings
    physicalName: takings
    physicalType: table
    logicalType: object
    description: One row a day.
    properties:
      - { id: day, name: day, logicalType: date, description: The day, primaryKey: true, primaryKeyPosition: 1, required: true, classification: public }
      - { id: sales, name: sales, logicalType: integer, description: Number of sales, required: true, classification: public }
      - { id: total, name: total, logicalType: number, description: Money taken, classification: public, logicalTypeOptions: { minimum: 0 } }
slaProperties:
  - { property: latency, value: 1, unit: d }
team: { name: shop-team }
`;

const files = {
  "package.json": `{ "name": "shop", "version": "0.0.1", "type": "module" }`,
  "domain.mjs": domain,
  "clean/sales.sql": "-- One row per sale.\nselect distinct id, day, amount from raw.sales",
  "products/takings/contract.odcs.yaml": contract,
  "products/takings/product.sql": "select day, count(*) as sales, sum(amount) as total from clean.sales group by day",
};

let root: TempDir;
let openCase: ReturnType<typeof domainCases>;

beforeAll(async () => {
  root = await tempDir();
  for (const [name, content] of Object.entries(files)) {
    const file = join(root.path, "domains/shop", name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  openCase = domainCases(pathToFileURL(join(root.path, "domains/shop/domain.mjs")));
});

afterAll(() => root[Symbol.asyncDispose]());

const sales = [
  { id: 2, day: "2026-03-06", amount: 4 },
  { id: 1, day: "2026-03-05", amount: 2.5 },
  { id: 1, day: "2026-03-05", amount: 2.5 },
];

test("computes what a product needs and gives its rows the contract's types, in key order", async () => {
  await using world = await openCase({ raw: { sales } });
  expect(await world.product("takings")).toEqual([
    { day: "2026-03-05", sales: 1, total: 2.5 },
    { day: "2026-03-06", sales: 1, total: 4 },
  ]);
  expect(await world.brokenPromises("takings")).toEqual([]);
  expect(await world.clean("sales")).toHaveLength(2);
});

test("columns that are left out are null, and streams without rows are empty", async () => {
  await using empty = await openCase();
  expect(await empty.product("takings")).toEqual([]);
  await using world = await openCase({ raw: { sales: [{ id: 1, day: "2026-03-05" }] } });
  expect(await world.product("takings")).toEqual([{ day: "2026-03-05", sales: 1, total: null }]);
});

test("says which promise is broken", async () => {
  await using world = await openCase({ raw: { sales: [{ id: 1, amount: -1 }] } });
  await world.product("takings");
  const broken = await world.brokenPromises("takings");
  expect(broken).toEqual([
    expect.stringContaining("day must not be null"),
    expect.stringContaining("total must be at least 0"),
  ]);
});

test.each([
  { raw: { sale: [] }, message: "no stream lands in raw.sale" },
  { raw: { sales: [{ amout: 1 }] }, message: "raw.sales has no column amout" },
])("a mistyped name is refused: $message", async ({ raw, message }) => {
  await expect(openCase({ raw })).rejects.toThrow(message);
});

test("what does not exist cannot be asked for", async () => {
  await using world = await openCase();
  await expect(world.product("profits")).rejects.toThrow("shop has no product profits");
  await expect(world.clean("profits")).rejects.toThrow("shop has no job");
});
