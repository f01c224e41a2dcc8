import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { openAuditTrail } from "@thoth/access/audit/audit-trail";
import { decide } from "@thoth/access/decide";
import { anonymous } from "@thoth/access/decision";
import { fixedSnapshots } from "@thoth/access/secured-sql/followed-snapshots";
import { openSecuredSql } from "@thoth/access/secured-sql/open-secured-sql";
import type { SecuredSql } from "@thoth/access/secured-sql/secured-sql";
import type { SmallProduct } from "@thoth/testing/small-contract";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { tempDir } from "@thoth/testing/temp-dir";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveGateway } from "../serve-gateway.ts";
import { books, now } from "./fixtures/library.ts";

/** Of which nobody may read anything without an agreement. */
const loans: SmallProduct = {
  id: "library-loans/loans",
  object: "loan",
  key: ["number"],
  columns: {
    number: { logicalType: "integer", classification: "confidential" },
    reader: { logicalType: "string", classification: "restricted" },
  },
  rows: "select 1 as number, 'ada' as reader",
};

let mesh: SmallMesh;
let securedSql: SecuredSql;
const logged: string[] = [];
const log = { info: () => undefined, error: (message: string) => void logged.push(message) };

beforeAll(async () => {
  mesh = await openSmallMesh([books, loans], { now });
  securedSql = await openSecuredSql({
    snapshotDir: mesh.snapshotDir,
    products: mesh.catalog.map(({ model }) => ({ model, previous: [] })),
    snapshots: fixedSnapshots(mesh.readSide.attached()),
    maskKey: "a key for tests",
    log,
  });
});
afterAll(async () => {
  await securedSql?.[Symbol.asyncDispose]();
  await mesh?.[Symbol.asyncDispose]();
});

const clock = () => now;

function gateway(port: number, isOptional: boolean) {
  return {
    engine: mesh.readSide,
    authenticate: async () => anonymous,
    decide,
    clock,
    host: "127.0.0.1",
    port: 0,
    log,
    subgraphs: mesh.subgraphs.map((subgraph) => ({ subgraph })),
    catalog: mesh.catalog,
    glossary: [],
    snapshots: () => mesh.readSide.attached(),
    sql: { host: "127.0.0.1", port, isOptional, securedSql, scramLogin: () => undefined },
  };
}

test("the gateway serves SQL beside HTTP, and its audit trail hears of it", async () => {
  await using home = await tempDir();
  {
    await using audit = openAuditTrail({ home: home.path, clock, log });
    await using server = await serveGateway({ ...gateway(0, false), audit });
    const client = new pg.Client({ connectionString: `${server.sqlUrl}?user=anonymous` });
    await client.connect();
    expect((await client.query("select count(*)::int as n from library_loans.books")).rows).toEqual([{ n: 3 }]);
    await expect(client.query("select * from library_loans.secrets")).rejects.toMatchObject({ code: "42P01" });
    await client.end();
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  }
  expect(await toldOfSql(home.path)).toMatchObject([
    { event: "read", principal: "anonymous", product: "library-loans/books", outcome: "begun" },
    { event: "read", principal: "anonymous", product: "library-loans/books", outcome: "allowed", rows: 1 },
    { event: "refusal", principal: "anonymous", code: "access/sql-unknown-table" },
  ]);
});

test("a statement that is refused is written down with what it asked for, before its sender hears of it", async () => {
  await using home = await tempDir();
  await using audit = openAuditTrail({ home: home.path, clock, log });
  await using server = await serveGateway({ ...gateway(0, false), audit });
  const client = new pg.Client({
    connectionString: `${server.sqlUrl}?user=anonymous`,
    options: "-c mesh.purpose=learning-research",
  });
  await client.connect();
  const about = { event: "read", principal: "anonymous", purpose: "learning-research", outcome: "refused", rows: 0 };
  const [closed, open] = ["library-loans/loans", "library-loans/books"];
  for (const [statement, expected] of [
    ["select * from library_loans.loans", [{ product: closed, columns: ["number", "reader"] }]],
    ["select count(*) from library_loans.loans where reader = 'ada'", [{ product: closed, columns: ["reader"] }]],
    ["select last_reader, isbn from library_loans.books", [{ product: open, columns: ["isbn", "last_reader"] }]],
    [
      "select b.isbn, l.number from library_loans.loans l, library_loans.books b",
      [{ product: closed }, { product: open }],
    ],
    ["select * from library_loans.books, library_loans.secrets", [{ product: open }]],
  ] as const) {
    const before = (await toldOfSql(home.path)).length;
    await expect(client.query(statement)).rejects.toThrow();
    const told = (await toldOfSql(home.path)).slice(before);
    expect(told, statement).toMatchObject(expected.map((part) => ({ ...about, ...part })));
  }
  const before = (await toldOfSql(home.path)).length;
  await expect(client.query("select 1 from from")).rejects.toThrow();
  const [unread] = (await toldOfSql(home.path)).slice(before);
  expect(unread).toMatchObject({ event: "refusal", purpose: "learning-research", code: "warehouse/sql-syntax" });
  await client.end();
});

/** The trail's records of the SQL port, as they lie on the disk now. */
async function toldOfSql(home: string): Promise<Readonly<Record<string, unknown>>[]> {
  const folder = join(home, "audit");
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith(".ndjson"));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
  const lines = texts
    .join("")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line)).filter(({ port }) => port === "sql");
}

test("a port that is taken stops who asked for it, and nobody else", async () => {
  const other = createServer();
  const port = await new Promise<number>((resolve) => {
    other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port));
  });
  await expect(serveGateway(gateway(port, false))).rejects.toMatchObject({ code: "gateway/sql-port-in-use" });
  await using server = await serveGateway(gateway(port, true));
  expect(server.sqlUrl).toBeUndefined();
  expect(logged).toContain("SQL is not served");
  await new Promise((resolve) => other.close(resolve));
});

test("SQL takes from the same rates as the other ports", async () => {
  const [few, endless] = [
    { perSecond: 0.1, burst: 3 },
    { perSecond: 1_000_000, burst: 1_000_000 },
  ];
  const policy = { rates: { requests: few, values: endless } };
  await using server = await serveGateway({ ...gateway(0, false), policy });
  const client = new pg.Client({ connectionString: `${server.sqlUrl}?user=anonymous` });
  await client.connect();
  const body = JSON.stringify({ query: "{ __typename }" });
  const headers = { "content-type": "application/json" };
  expect((await fetch(`${server.url}/graphql`, { method: "POST", headers, body })).status).toBe(200);
  for (let round = 0; round < 2; round += 1) await client.query("select 1");
  await expect(client.query("select 1")).rejects.toMatchObject({ code: "53400", detail: "gateway/rate-exceeded" });
  await client.end();
});

test("a gateway whose SQL does not hear what is published is not ready until it does", async () => {
  const state = mesh.readSide.attached();
  let fail: (reason: Error) => void = () => undefined;
  const broken = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const mended = Promise.withResolvers<void>();
  let round = 0;
  await using following = await openSecuredSql({
    snapshotDir: mesh.snapshotDir,
    products: mesh.catalog.map(({ model }) => ({ model, previous: [] })),
    snapshots: async function* (signal) {
      round += 1;
      if (round > 1) await mended.promise;
      yield state;
      if (round === 1) await broken;
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    },
    maskKey: "a key for tests",
    log,
  });
  const { sql, ...options } = gateway(0, false);
  await using server = await serveGateway({ ...options, sql: { ...sql, securedSql: following } });
  const ready = async () => {
    const response = await fetch(`${server.url}/readyz`);
    return `${response.status} ${await response.text()}`;
  };
  expect(await ready()).toBe("200 ready\n");
  fail(new Error("the disk is away"));
  await expect.poll(ready).toBe("503 not ready: SQL shows an older state of products; the log says why\n");
  mended.resolve();
  await expect.poll(ready).toBe("200 ready\n");
});
