import { findMeshError } from "@thoth/kernel/error-chain";
import type { TestDomain, TestProduct } from "@thoth/testing/test-domain";
import { openTestMesh, type TestMesh } from "@thoth/testing/test-mesh";
import { openReadSide, type ReadSide } from "@thoth/warehouse/read-side";
import { afterAll, beforeAll, expect, test } from "vitest";
import { servedModels, servedTables } from "./previous-major.ts";

let world: TestMesh;

beforeAll(async () => {
  world = await openTestMesh([]);
});

afterAll(() => world[Symbol.asyncDispose]());

const oldContract = {
  version: "1.1.0",
  key: ["item"],
  columns: {
    item: "string",
    price: "number",
    count: { logicalType: "integer", logicalTypeOptions: { format: "i64" } },
    note: "string",
  },
} as const;

const current: TestProduct = {
  version: "2.0.0",
  sql: "select name as code, cents, sold, cast(null as varchar) as note from clean.takings",
  key: ["code"],
  columns: {
    code: "string",
    cents: { logicalType: "integer", required: true },
    sold: { logicalType: "integer", logicalTypeOptions: { format: "i64" } },
    note: "string",
  },
};

const renamed = `-- item is called code now
select code as item, t.cents / 100 as price, sold as count, note
from shop.product.takings_v2 as t`;

function shop(product: TestProduct, name = "shop"): TestDomain {
  return {
    name,
    streams: { takings: { columns: { name: "VARCHAR", cents: "INTEGER", sold: "INTEGER" } } },
    clean: { takings: "select name, cents, sold from raw.takings" },
    products: { takings: product },
  };
}

const before: TestProduct = {
  ...oldContract,
  sql: "select name as item, cents / 100 as price, sold as count, 'old' as note from clean.takings",
};

function withPrevious(sql: string, contract: object = oldContract): TestProduct {
  return { ...current, previous: { 1: { sql, contract: contract as typeof oldContract } } };
}

/** Serves what is current as a process that serves would. */
async function serve(): Promise<ReadSide> {
  const [domain] = world.mesh.domains;
  const side = await openReadSide({ snapshotDir: world.mesh.home.snapshotsDir, catalogs: ["shop"], connections: 1 });
  for (const snapshot of await world.mesh.pointers.current()) {
    const product = domain?.loadedProducts.find(({ name }) => name === snapshot.product);
    if (product !== undefined) await side.attach(snapshot, servedTables(product, snapshot));
  }
  return side;
}

async function problem(product: TestProduct) {
  await world.define([shop(product)]);
  const error = await world.run().then(
    () => undefined,
    (failure) => findMeshError(failure),
  );
  return { code: error?.code, message: error?.message, at: error?.at };
}

test("a new major version is published beside the one before, which is made from the same snapshot", async () => {
  await world.source("takings.csv", "name,cents,sold\ntea,250,3\ncake,400,1\n");
  await world.define([shop(before)]);
  expect((await world.run()).get("shop/product/takings")).toMatchObject({
    status: "success",
    contractVersion: "1.1.0",
  });

  await world.define([shop(withPrevious(renamed))]);
  await using unpublished = await serve();
  expect(await unpublished.query("from shop.product.takings order by 1")).toEqual([
    { item: "cake", price: 4, count: 1n, note: "old" },
    { item: "tea", price: 2.5, count: 3n, note: "old" },
  ]);
  await expect(unpublished.query("from shop.product.takings_v2")).rejects.toMatchObject({
    code: "warehouse/no-snapshot",
    message: "shop/takings has not been published yet",
  });

  const run = (await world.run()).get("shop/product/takings");
  expect(run).toMatchObject({ status: "success", contractVersion: "2.0.0", rowsInserted: 2, checksFailed: 0 });
  await using side = await serve();
  expect(await side.query("from shop.product.takings_v2 order by 1")).toEqual([
    { code: "cake", cents: 400, sold: 1n, note: null },
    { code: "tea", cents: 250, sold: 3n, note: null },
  ]);
  expect(await side.query("from shop.product.takings order by 1")).toEqual([
    { item: "cake", price: 4, count: 1n, note: null },
    { item: "tea", price: 2.5, count: 3n, note: null },
  ]);
  expect(await side.query("describe shop.product.takings")).toMatchObject([
    { column_name: "item", column_type: "VARCHAR" },
    { column_name: "price", column_type: "DOUBLE" },
    { column_name: "count", column_type: "BIGINT" },
    { column_name: "note", column_type: "VARCHAR" },
  ]);
  expect((await world.run()).get("shop/product/takings")).toMatchObject({ rowsRead: 0, snapshotId: run?.snapshotId });
});

test("each major version knows what the other one lets people see", async () => {
  await world.define([shop(withPrevious(renamed))]);
  const [product] = world.mesh.domains[0]?.loadedProducts ?? [];
  if (product === undefined) throw new Error("there is a product");
  const known = servedModels(product).map(({ major, otherMajors }) => [major, otherMajors]);
  const terms = (one: "old" | "new") => {
    const model = servedModels(product)[one === "new" ? 0 : 1];
    return { major: model?.major, columns: model?.columns, roles: model?.roles, consent: model?.consent };
  };
  expect(known).toEqual([
    [2, [terms("old")]],
    [1, [terms("new")]],
  ]);
});

test("what another domain reads by the old name goes on, also when only its owner has moved on", async () => {
  const reader: TestDomain = {
    name: "office",
    products: {
      total: {
        sql: "select 1 as id, sum(price) as total from shop.product.takings",
        key: ["id"],
        columns: { id: "integer", total: "number" },
        inputPorts: ["shop/takings"],
      },
    },
  };
  await world.source("takings.csv", "name,cents,sold\ntea,250,3\ncake,400,1\n");
  await world.define([shop(before), reader]);
  await world.run();
  expect(await world.rows("office/total")).toEqual([{ id: 1, total: 6.5 }]);
  await world.source("takings.csv", "name,cents,sold\ntea,250,3\ncake,450,1\n");
  await world.define([shop(withPrevious(renamed)), reader]);
  const runs = await world.run();
  expect(runs.get("office/product/total")).toMatchObject({ status: "success", rowsUpdated: 1 });
  expect(await world.rows("office/total")).toEqual([{ id: 1, total: 7 }]);
  await world.define([shop(withPrevious(renamed.replace("/ 100", "/ 50"))), reader]);
  await world.run();
  expect(await world.rows("office/total")).toEqual([{ id: 1, total: 14 }]);
  await world.define([shop(current), reader]);
  await expect(world.run()).rejects.toMatchObject({ code: "pipeline/unknown-table", at: { line: 1, column: 42 } });
});

test.each([
  ["reads something else", "select code as item from clean.takings", "warehouse/mapping-reads", 1, 26],
  ["joins something else", `${renamed} join raw.takings r on true`, "warehouse/mapping-reads", 3, 40],
  [
    "calls what reaches outside",
    "select getenv('HOME') as item from shop.product.takings_v2",
    "warehouse/function-refused",
    1,
    8,
  ],
  ["is no SQL", "-- x\nselect from from", "warehouse/sql-syntax", 2, 13],
  ["names a column that is not there", renamed.replace("sold as", "salt as"), "pipeline/query-failed", 2, 46],
  ["leaves a column out", renamed.replace(", note", ""), "pipeline/columns-differ", undefined, undefined],
  ["adds a column", renamed.replace(", note", ", note, 1 as extra"), "pipeline/columns-differ", undefined, undefined],
  ["yields another type", renamed.replace("sold as", "'x' as"), "pipeline/column-type", undefined, undefined],
  [
    "qualifies a column by the whole name",
    "select shop.product.takings_v2.code as item, cents / 100 as price, sold as count, note from shop.product.takings_v2",
    "pipeline/query-failed",
    undefined,
    undefined,
  ],
])("a mapping that %s is refused before anything runs", async (_, sql, code, line, column) => {
  const found = await problem(withPrevious(sql));
  expect(found).toMatchObject({ code, at: { file: expect.stringMatching(/previous\/v1\.sql$|1\.1\.0\.odcs\.yaml$/) } });
  if (line !== undefined) expect(found.at).toMatchObject({ line, column });
});

test.each([
  [3, "pipeline/previous-file"],
  [2, "pipeline/previous-file"],
])("previous/v%i.sql of a product in version 2 is refused", async (major, code) => {
  await expect(
    world.define([shop({ ...current, previous: { [major]: { sql: renamed, contract: oldContract } } })]),
  ).rejects.toMatchObject({ code });
});

test("an earlier major version that was never published cannot be served", async () => {
  const contract = { ...oldContract, version: "2.0.0" };
  await expect(world.define([shop({ ...current, previous: { 1: { sql: renamed, contract } } })])).rejects.toMatchObject(
    { code: "pipeline/previous-unpublished", at: { file: expect.stringContaining("previous/v1.sql") } },
  );
});

test.each([
  [
    "gives two rows the old key",
    "name,cents,sold\ntea,250,3\nTea,400,1\n",
    "lower(code) as item",
    /item must be unique \(measured 1/,
  ],
  [
    "leaves the old key empty",
    "name,cents,sold\ntea,250,3\nx,400,1\n",
    "nullif(code, 'x') as item",
    /item must not be null \(measured 1/,
  ],
])("a mapping that %s blocks publishing, and what was published stays", async (_, rows, item, says) => {
  await world.source("takings.csv", "name,cents,sold\ntea,250,3\n");
  await world.define([shop(withPrevious(renamed.replace("code as item", item)))]);
  const good = (await world.run({ full: true })).get("shop/product/takings");
  expect(good).toMatchObject({ status: "success" });
  await world.source("takings.csv", rows);
  const refused = (await world.run()).get("shop/product/takings");
  expect(refused).toMatchObject({ status: "failed", failureClass: "quality", failureStep: "audit", checksFailed: 1 });
  expect(refused?.failureMessage).toMatch(says);
  expect(refused?.failureMessage).toContain("previous/v1.sql");
  expect(refused?.failureMessage).toContain("1.1.0");
  expect(await world.currentOf("shop/takings")).toMatchObject({ id: good?.snapshotId });
  await using side = await serve();
  expect(await side.query("select item from shop.product.takings")).toEqual([{ item: "tea" }]);
});

test("a value that the old type cannot hold blocks publishing", async () => {
  const narrow = {
    ...oldContract,
    columns: { ...oldContract.columns, count: { logicalType: "integer", physicalType: "TINYINT" } },
  };
  await world.source("takings.csv", "name,cents,sold\ntea,250,300\n");
  await world.define([shop(withPrevious(renamed, narrow))]);
  const run = (await world.run({ full: true })).get("shop/product/takings");
  expect(run).toMatchObject({ status: "failed", failureClass: "schema", failureStep: "audit" });
  expect(run?.failureMessage).toContain("A value of count of shop/takings does not fit TINYINT");
});

test("rules of the old contract are measured on its own rows", async () => {
  const strict = {
    ...oldContract,
    quality: [
      {
        id: "cheap",
        name: "nothing costs more than 3",
        type: "sql",
        query: "select count(*) from {object} where price > 3",
        mustBe: 0,
        severity: "error",
        dimension: "accuracy",
      },
    ],
  };
  await world.source("takings.csv", "name,cents,sold\ntea,250,3\ncake,400,1\n");
  await world.define([shop(withPrevious(renamed, strict))]);
  const run = (await world.run({ full: true })).get("shop/product/takings");
  expect(run).toMatchObject({ status: "failed", failureClass: "quality" });
  expect(run?.failureMessage).toContain("nothing costs more than 3 (measured 1");
});
