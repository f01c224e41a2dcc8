import { cp } from "node:fs/promises";
import { join } from "node:path";
import type { DependentProduct } from "@thoth/contract/impact/impact";
import { publishContract } from "@thoth/contract/publish-contract";
import { describePublished } from "@thoth/contract/published-contracts";
import { tempDir } from "@thoth/testing/temp-dir";
import type { TestDomain } from "@thoth/testing/test-domain";
import { writeRepository } from "@thoth/testing/test-mesh";
import { expect, test } from "vitest";
import { loadDomains } from "./load-domains.ts";
import { findDependents } from "./product-dependents.ts";

const columns = { id: "integer", name: "string", seats: "integer" };

function campus(sql: string, contract: Readonly<Record<string, string>> = columns): TestDomain {
  return {
    name: "campus",
    streams: { rooms: { columns: { id: "BIGINT", name: "VARCHAR", seats: "INTEGER" } } },
    clean: { rooms: "select id, name, seats from raw.rooms" },
    products: { rooms: { sql, key: ["id"], columns: contract } },
  };
}

const library: TestDomain = {
  name: "library",
  streams: { loans: { columns: { id: "BIGINT", room_id: "BIGINT" } } },
  clean: { loans: "select id, room_id from raw.loans" },
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
    "visit-counts": {
      sql: "select 1 as id, count(*) as rooms from campus.product.rooms",
      key: ["id"],
      columns: { id: "integer", rooms: "integer" },
      inputPorts: ["campus/rooms"],
    },
  },
};

async function dependentsIn(
  domains: readonly TestDomain[],
  publish: (root: string) => unknown = () => undefined,
): Promise<readonly DependentProduct[]> {
  await using dir = await tempDir();
  const root = await writeRepository(join(dir.path, "repository"), domains);
  await publish(root);
  const find = await findDependents(
    await loadDomains({ root, domains: "domains/*/domain.ts" }),
    await describePublished(root),
  );
  return find("campus/rooms");
}

const unchanged = campus("select id, name, seats from clean.rooms");
const renamed = campus("select id, name as title, seats from clean.rooms", {
  id: "integer",
  title: "string",
  seats: "integer",
});

/** As it was before it was renamed. */
async function publishUnchanged(root: string): Promise<void> {
  await using dir = await tempDir();
  const before = await writeRepository(join(dir.path, "before"), [unchanged]);
  publishContract(before, contractFile);
  await cp(join(before, "contracts"), join(root, "contracts"), { recursive: true });
}

const contractFile = "domains/campus/products/rooms/contract.odcs.yaml";

test("columns lead to those that are made from them, however far, and rows to what counts them", async () => {
  const found = await dependentsIn([unchanged, library]);
  expect(found).toContainEqual({ product: "library/loans", column: "room", via: "name" });
  expect(found).toContainEqual({ product: "library/loans", column: undefined, via: "id" });
  expect(found).toContainEqual({ product: "library/room-counts", column: "room", via: "name" });
  expect(found).toContainEqual({ product: "library/visit-counts", column: undefined, via: undefined, rowsOnly: true });
  expect(found.filter(({ via }) => via === "seats")).toEqual([]);
  expect(found.every(({ via, rowsOnly }) => via !== undefined || rowsOnly)).toBe(true);
});

test("who reads a column that was renamed is known by its published name", async () => {
  const found = await dependentsIn([renamed, library], publishUnchanged);
  expect(found).toContainEqual({ product: "library/loans", column: "room", via: "name" });
  expect(found).toEqual(await dependentsIn([unchanged, library]));
});

test("SQL that names a column which there is not is told of, with what is made from it; what only counts is not", async () => {
  const found = await dependentsIn([renamed, library]);
  const untraced = found.filter(({ via, rowsOnly }) => via === undefined && !rowsOnly).map(({ product }) => product);
  expect(untraced).toEqual(["library/loans", "library/room-counts"]);
});

test("a product that nobody reads has none", async () => {
  expect(await dependentsIn([unchanged])).toEqual([]);
});
