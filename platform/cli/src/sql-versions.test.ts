import { decide } from "@thoth/access/decide";
import type { Deprecation } from "@thoth/contract/lifecycle/deprecation";
import type { ProductModel } from "@thoth/contract/product-model";
import { smallContracts } from "@thoth/testing/small-contract";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { writeCurrentSnapshots } from "@thoth/warehouse/current-snapshots";
import { writeSnapshot } from "@thoth/warehouse/publish-snapshot";
import { snapshotFile } from "@thoth/warehouse/snapshot-store";
import { openWriteSide } from "@thoth/warehouse/write-side";
import { afterAll, beforeAll, expect, test } from "vitest";
import { localPerson } from "./local-person.ts";
import { silentLog } from "./server-log.ts";
import { openSqlSession } from "./sql-session.ts";

let dir: TempDir;
const options = { limit: 10, signal: new AbortController().signal };
const window = { from: Date.parse("2027-02-01T09:00:00Z"), to: Date.parse("2027-02-01T11:00:00Z") };
const secret = { logicalType: "string", classification: "confidential" };

/** The second version hides `reader`, which the first one counts letters of. */
const [fees] = smallContracts([
  {
    id: "library/fees",
    object: "fee",
    version: "2.0.0",
    key: ["id"],
    columns: { id: "integer", amount: "integer", reader: secret },
    previous: {
      promised: {
        id: "library/fees",
        object: "fee",
        key: ["id"],
        columns: { id: "integer", letters: "integer", name: secret },
      },
      sql: "select id, length(reader) as letters, reader as name from library.product.fees_v2",
    },
  },
]);

beforeAll(async () => {
  dir = await tempDir();
  const warehouse = { file: `${dir.path}/w.duckdb`, tmpDir: dir.path, pseudonymKey: "a key for tests" };
  await using engine = await openWriteSide(warehouse);
  const file = snapshotFile(`${dir.path}/snapshots`, "library", "fees", "001");
  const select = "select 1::integer as id, 20::integer as amount, 'ada' as reader";
  const written = await writeSnapshot(engine, { select, table: "fees_v2", file, orderBy: ["id"] });
  const rest = { contractVersion: "2.0.0", publishedAt: 0, watermark: null, runId: "run" };
  const snapshot = { id: "001", domain: "library", product: "fees", ...written, ...rest };
  await writeCurrentSnapshots(`${dir.path}/snapshots`, [snapshot]);
});

afterAll(() => dir[Symbol.asyncDispose]());

function open(now: number, changes: Partial<ProductModel> = {}) {
  if (fees === undefined) throw new Error("there are fees");
  const previous = fees.previous.map(({ model, mapped }) => {
    const deprecation = { ...(model.deprecation as Deprecation), brownOuts: [window] };
    const mapping = { table: mapped.table, ...mapped.query };
    return { model: { ...model, deprecation, ...changes }, mapping };
  });
  return openSqlSession({
    snapshotDir: `${dir.path}/snapshots`,
    products: [{ model: fees.model, previous }],
    decide: (model) => decide(localPerson("ada"), model),
    now,
    maskKey: "a key for tests",
    retired: [{ model: { ...fees.model, tableName: "fees_v0" }, replacement: "library.product.fees_v2" }],
    log: silentLog,
  });
}

test("both versions can be asked, each with the columns that its own contract opens", async () => {
  await using session = await open(0);
  expect(session.tables.map(({ name, columns }) => [name, columns.map((column) => column.name).join()])).toEqual([
    ["library.product.fees_v2", "id,amount"],
    ["library.product.fees", "id,letters"],
  ]);
  const both = "select n.*, o.letters from library.product.fees o join library.product.fees_v2 n using (id)";
  expect(await session.select(both, options)).toEqual([{ id: 1, amount: 20, letters: 3 }]);
  await expect(session.select("select reader from library.product.fees_v2", options)).rejects.toThrow(/reader/);
  await expect(session.select("select name from library.product.fees", options)).rejects.toThrow(/name/);
});

test.each([
  [
    "in brown-out",
    window.from,
    "library.product.fees",
    "switched off until 2027-02-01T11:00:00Z. Read library.product.fees_v2 instead",
  ],
  ["that has ended", 0, "library.product.fees_v0", "That version has ended. Read library.product.fees_v2 instead."],
])("a version %s says what to read instead", async (_, now, table, hint) => {
  await using session = await open(now);
  await expect(session.select(`select * from ${table}`, options)).rejects.toMatchObject({
    code: "warehouse/read-refused",
    hint: expect.stringContaining(hint),
    at: { line: 1, column: 15 },
  });
  expect(await session.select("select amount from library.product.fees_v2", options)).toEqual([{ amount: 20 }]);
});

test("the earlier version alone can be asked when the current one is open to nobody", async () => {
  if (fees === undefined) throw new Error("there are fees");
  const closed = fees.model;
  await using session = await openSqlSession({
    snapshotDir: `${dir.path}/snapshots`,
    products: [
      {
        model: closed,
        previous: fees.previous.map(({ model, mapped }) => ({
          model,
          mapping: { table: mapped.table, ...mapped.query },
        })),
      },
    ],
    decide: (model) => ({ ...decide(localPerson("ada"), model), readable: model !== closed }),
    now: 0,
    maskKey: "a key for tests",
    log: silentLog,
  });
  expect(session.tables.map(({ name }) => name)).toEqual(["library.product.fees"]);
  expect(await session.select("select letters from library.product.fees", options)).toEqual([{ letters: 3 }]);
});
