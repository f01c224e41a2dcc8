import { join } from "node:path";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import type { TestDomain } from "@thoth/testing/test-domain";
import { writeRepository } from "@thoth/testing/test-mesh";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dependentsOf, lineageOf, type MeshLineage } from "./lineage.ts";
import { columnId } from "./lineage-table.ts";
import { walkUpstream } from "./lineage-walk.ts";
import { loadDomain } from "./load-domain.ts";

const campus: TestDomain = {
  name: "campus",
  streams: { rooms: { columns: { id: "BIGINT", name: "VARCHAR", seats: "INTEGER", open: "BOOLEAN" } } },
  clean: {
    rooms: "select id, upper(name) as name, seats, pseudonym(name) as label from raw.rooms where open",
    usage: "select count(*) as rooms from clean.rooms",
  },
  products: {
    rooms: {
      sql: "select id, name, label from clean.rooms",
      key: ["id"],
      columns: { id: "integer", name: "string", label: "string" },
    },
    totals: {
      sql: "select 1 as id, (select sum(seats) from clean.rooms)::integer as seats, rooms from clean.usage",
      key: ["id"],
      columns: { id: "integer", seats: "integer", rooms: "integer" },
    },
  },
};

const library: TestDomain = {
  name: "library",
  streams: { loans: { columns: { id: "BIGINT", room_id: "BIGINT" } } },
  clean: { loans: "select * exclude (_run_id, _loaded_at, _source) from raw.loans" },
  products: {
    loans: {
      sql: "select l.id, r.name as room from clean.loans as l join campus.product.rooms as r on r.id = l.room_id",
      key: ["id"],
      columns: { id: "integer", room: "string" },
      inputPorts: ["campus/rooms"],
    },
    "room-counts": {
      sql: "select room, count(*) as loans from library.product.loans group by room",
      key: ["room"],
      columns: { room: "string", loans: "integer" },
    },
  },
};

let dir: TempDir;
let repositories = 0;
let lineage: MeshLineage;

beforeAll(async () => {
  dir = await tempDir();
  lineage = await lineageIn([campus, library]);
});

afterAll(() => dir[Symbol.asyncDispose]());

async function lineageIn(domains: readonly TestDomain[]): Promise<MeshLineage> {
  const root = await writeRepository(join(dir.path, String(++repositories)), domains);
  return lineageOf(
    await Promise.all(domains.map(({ name }) => loadDomain(join(root, "domains", name, "domain.ts"), root))),
  );
}

test("every table of every domain is there, what is read before what reads it", () => {
  expect([...lineage.keys()]).toEqual([
    "campus/files:rooms",
    "campus/raw.rooms",
    "campus/clean.rooms",
    "campus/clean.usage",
    "campus/rooms",
    "campus/totals",
    "library/files:loans",
    "library/raw.loans",
    "library/clean.loans",
    "library/loans",
    "library/room-counts",
  ]);
  expect(
    [...lineage.values()].flatMap(({ columns, rows }) => [...columns, rows].flatMap(({ unknown }) => unknown)),
  ).toEqual([]);
});

test.each([
  ["campus/raw.rooms", "seats", ["campus/files:rooms.seats IDENTITY"]],
  ["campus/raw.rooms", "_run_id", []],
  ["campus/clean.rooms", "name", ["campus/raw.rooms.name TRANSFORMATION"]],
  ["campus/clean.rooms", "label", ["campus/raw.rooms.name TRANSFORMATION masked"]],
  ["campus/rooms", "name", ["campus/clean.rooms.name IDENTITY"]],
  ["campus/totals", "seats", ["campus/clean.rooms.seats AGGREGATION"]],
  ["library/clean.loans", "room_id", ["library/raw.loans.room_id IDENTITY"]],
  ["library/loans", "room", ["campus/rooms.name IDENTITY"]],
  ["library/room-counts", "loans", []],
])("%s.%s comes from %j", (table, column, expected) => {
  const found = lineage.get(table)?.columns.find(({ name }) => name === column);
  const uses = found?.from.map(
    (use) => `${columnId(use.table, use.column)} ${use.kind}${use.masking ? " masked" : ""}`,
  );
  expect(uses).toEqual(expected);
});

test.each([
  [
    "campus/rooms",
    "name",
    [
      "direct library/loans.room: campus/rooms.name > library/loans.room",
      "direct library/room-counts.room: campus/rooms.name > library/loans.room > library/room-counts.room",
      "indirect library/room-counts: campus/rooms.name > library/loans.room > library/room-counts",
    ],
  ],
  [
    "campus/rooms",
    "id",
    [
      "indirect library/loans: campus/rooms.id > library/loans",
      "indirect library/room-counts: campus/rooms.id > library/loans > library/room-counts",
    ],
  ],
  ["campus/rooms", "label", []],
  ["library/room-counts", undefined, []],
])("what is made from %s.%s", (product, column, expected) => {
  const told = dependentsOf(lineage, product, column).map(
    ({ product: dependent, column: its, kind, path }) => `${kind} ${columnId(dependent, its)}: ${path.join(" > ")}`,
  );
  expect(told).toEqual(expected);
});

test("of a whole product every column is told for each column it is made from, and who only reads its rows", () => {
  const told = dependentsOf(lineage, "campus/rooms").map(
    ({ product, column, via }) => `${columnId(product, column)} ${via}`,
  );
  expect(told).toEqual([
    "library/loans id",
    "library/room-counts id",
    "library/loans.room name",
    "library/room-counts.room name",
    "library/room-counts name",
    "library/loans undefined",
    "library/room-counts undefined",
  ]);
});

test("a column goes back to the sources by what it holds first, then by what decides about it", () => {
  const paths = walkUpstream(lineage, { table: "library/loans", column: "room" });
  expect(paths.filter(({ kind }) => kind === "direct").map(({ ids }) => ids.at(-1))).toEqual([
    "campus/rooms.name",
    "campus/clean.rooms.name",
    "campus/raw.rooms.name",
    "campus/files:rooms.name",
  ]);
  expect(paths.filter(({ kind }) => kind === "indirect").map(({ ids }) => ids.at(-1))).toContain(
    "campus/raw.rooms.open",
  );
});

test("who reads an earlier major version reads the current one through it", async () => {
  const rooms = { key: ["id"], columns: { id: "integer", label: "string" } } as const;
  const second: TestDomain = {
    ...campus,
    products: {
      rooms: {
        version: "2.0.0",
        sql: "select id, name as title from clean.rooms",
        key: ["id"],
        columns: { id: "integer", title: "string" },
        previous: {
          1: {
            sql: "select id, title as label from campus.product.rooms_v2",
            contract: { ...rooms, version: "1.0.0" },
          },
        },
      },
    },
  };
  const reader: TestDomain = {
    name: "library",
    products: {
      shelves: { sql: "select id, label from campus.product.rooms", ...rooms, inputPorts: ["campus/rooms"] },
    },
  };
  const found = await lineageIn([second, reader]);
  expect(dependentsOf(found, "campus/rooms", "title").filter(({ kind }) => kind === "direct")).toEqual([
    {
      product: "library/shelves",
      column: "label",
      via: "title",
      kind: "direct",
      path: ["campus/rooms.title", "campus/rooms@1.label", "library/shelves.label"],
    },
  ]);
});

test("a query that the engine cannot make sense of is unknown, with its place; the others are told", async () => {
  const broken = {
    ...campus,
    products: {
      ...campus.products,
      rooms: {
        sql: "select id,\n  nam as name, label from clean.rooms",
        key: ["id"],
        columns: { id: "integer", name: "string", label: "string" },
      },
    },
  } satisfies TestDomain;
  const found = await lineageIn([broken, library]);
  const reason = expect.stringContaining('Referenced column "nam" not found');
  expect(found.get("campus/rooms")?.columns).toHaveLength(3);
  for (const column of found.get("campus/rooms")?.columns ?? [])
    expect(column.unknown).toEqual([{ reason, line: 2, column: 3 }]);
  expect(found.get("library/loans")?.columns[1]?.from).toEqual([
    { table: "campus/rooms", column: "name", kind: "IDENTITY", masking: false },
  ]);
});
