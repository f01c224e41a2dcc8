import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { snapshotFile } from "@thoth/warehouse/snapshot-store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Library, openLibrary, type SmallTable } from "./fixtures/library.ts";
import { ShownProducts } from "./shown-products.ts";
import { openSqlEngine, type SqlEngine } from "./sql-engine.ts";

const units: SmallTable = { name: "units", columns: { code: "VARCHAR" }, rows: "select 'a' as code" };
const loans: SmallTable = { name: "loans", columns: { id: "INTEGER" }, rows: "select 1 as id" };
const limits = { memory: "1GB", spill: "1GB", threads: 1, connections: 1, maxWaiting: 1, maxWaitMs: 60_000 };

let library: Library;
let engine: SqlEngine;
let snapshotDir: string;

beforeAll(async () => {
  library = await openLibrary([units, loans]);
  snapshotDir = join(library.dir, "snapshots");
  engine = await openSqlEngine({ snapshotDir, catalogs: ["library"], maskKey: "a key for tests", limits });
});
afterAll(async () => {
  await engine?.[Symbol.asyncDispose]();
  await library?.[Symbol.asyncDispose]();
});

function openShown(use: SqlEngine, logged: string[]) {
  const products = Object.values(library.models).map((model) => ({ model, previous: [] }));
  return new ShownProducts(use, { products, log: { error: (message) => void logged.push(message) } });
}

const kindsOf = (shown: ShownProducts) => Object.values(library.models).map((model) => shown.of(model).kind);

test("what goes wrong with one product stops no other one, is said once, and is over when it works", async () => {
  const logged: string[] = [];
  let isBroken = true;
  const shown = openShown(
    {
      ...engine,
      columnsOf: async (catalog, table) => {
        if (isBroken && table === "units") throw new Error("the engine stumbled");
        return engine.columnsOf(catalog, table);
      },
    },
    logged,
  );
  expect(await shown.show(library.snapshots)).toBe(false);
  expect(await shown.show(library.snapshots)).toBe(false);
  expect(kindsOf(shown)).toEqual(["absent", "shown"]);
  expect(shown.problems).toEqual([{ product: "library/units", isDamaged: false, message: "the engine stumbled" }]);
  expect(logged).toEqual(["the engine stumbled"]);
  isBroken = false;
  expect(await shown.show(library.snapshots)).toBe(true);
  expect([kindsOf(shown), shown.problems]).toEqual([["shown", "shown"], []]);
});

test("a file that is damaged is its product's problem, and the state before it stays", async () => {
  const shown = openShown(engine, []);
  await shown.show(library.snapshots);
  const next = await library.publish(units, "002");
  const file = snapshotFile(snapshotDir, "library", "units", "002");
  await rename(file, `${file}.kept`);
  await writeFile(file, "this is no database");
  const state = [next, ...library.snapshots.filter(({ product }) => product !== "units")];
  expect(await shown.show(state)).toBe(false);
  expect(shown.problems).toMatchObject([{ product: "library/units", isDamaged: true }]);
  expect(kindsOf(shown)).toEqual(["shown", "shown"]);
  await rename(`${file}.kept`, file);
  expect(await shown.show(state)).toBe(true);
  expect(shown.problems).toEqual([]);
});
