import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type NetworkFault, openCuttingProxy } from "@thoth/testing/cutting-proxy";
import { openLanding } from "@thoth/testing/landing";
import { findMariadb, startMariadb, type TestMariadb } from "@thoth/testing/mariadb";
import { startPostgres, type TestPostgres } from "@thoth/testing/postgres";
import { createConnection } from "mysql2/promise";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stream } from "./connector.ts";
import { httpJson } from "./http-json.ts";
import { mariadbTables } from "./mariadb.ts";
import { postgresTables } from "./postgres.ts";

const hasMariadb = findMariadb() !== undefined;
const rows = 2_000;
const note = "x".repeat(100);
/** Half of the answer. */
const someBytes = 100_000;

let postgres: TestPostgres;
let mariadb: TestMariadb | undefined;
let api: Server;

beforeAll(async () => {
  postgres = await startPostgres();
  const admin = new Client({ connectionString: postgres.url });
  await admin.connect();
  await admin.query(
    `create table things (id int primary key, note text); insert into things select i, '${note}' from generate_series(1, ${rows}) i`,
  );
  await admin.end();
  api = createServer((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(Array.from({ length: rows }, (_, id) => ({ id: id + 1, note }))));
  }).listen(0, "127.0.0.1");
  if (!hasMariadb) return;
  mariadb = await startMariadb();
  const connection = await createConnection(await mariadb.createDatabase("d"));
  await connection.query("create table things (id int primary key, note text)");
  await connection.query(`insert into things select seq, '${note}' from seq_1_to_${rows}`);
  await connection.end();
});

afterAll(async () => {
  api.closeAllConnections();
  api.close();
  await postgres[Symbol.asyncDispose]();
  await mariadb?.[Symbol.asyncDispose]();
});

const columns = { id: "BIGINT", note: "VARCHAR" };
const cursor = { column: "id", key: "id" };
const tables = { things: { columns, cursor, mode: "append" as const } };
const batchRows = 100;

interface Kind {
  readonly name: string;
  readonly url: () => string;
  readonly stream: (url: string, limitMs: number) => Stream;
}

const kinds = [
  {
    name: "Postgres",
    url: () => postgres.url,
    stream: (url, statementTimeoutMs) =>
      postgresTables({ connection: () => url, tables, batchRows, statementTimeoutMs }).streams[0] as Stream,
  },
  {
    name: "MariaDB",
    url: () => mariadb?.url.replace(/[^/]*$/, "d") ?? "",
    stream: (url, statementTimeoutMs) =>
      mariadbTables({ connection: () => url, tables, batchRows, statementTimeoutMs }).streams[0] as Stream,
  },
  {
    name: "an HTTP API",
    url: () => `http://127.0.0.1:${(api.address() as AddressInfo).port}/`,
    stream: (url, timeoutMs) =>
      httpJson({ baseUrl: url, timeoutMs, attempts: 1, streams: { things: { path: "/", columns } } })
        .streams[0] as Stream,
  },
] satisfies Kind[];
const served: readonly Kind[] = kinds.filter(({ name }) => name !== "MariaDB" || hasMariadb);

const faults: [NetworkFault, RegExp][] = [
  [{ kind: "stall" }, /has not answered for|longer than|timeout|ETIMEDOUT/],
  [{ kind: "reset" }, /ECONNRESET|terminated|broke|PROTOCOL/],
  [{ kind: "end" }, /terminated|broke|PROTOCOL|UND_ERR|ECONNRESET/],
  [{ kind: "half-close" }, /terminated|broke|PROTOCOL|UND_ERR|ECONNRESET/],
];

const cases = served.flatMap((kind) =>
  faults.map(([fault, reason]) => ({ source: kind.name, fault: fault.kind, kind, set: fault, reason })),
);

test.each(cases)(
  "$source behind a network that does $fault: the load ends, and the next one has every row once",
  async (one) => {
    const { kind, set, reason } = one;
    await using proxy = await openCuttingProxy(Number(new URL(kind.url()).port));
    await using landing = await openLanding();
    const url = proxy.through(kind.url());
    proxy.set(set, someBytes);
    const failure = await landing.land(kind.stream(url, set.kind === "stall" ? 1_000 : 60_000)).catch(failed);
    expect(failure).toMatchObject({ code: expect.stringMatching(/^ingest\/source-(unreachable|timeout)$/) });
    expect((failure as Error).message).toMatch(reason);
    proxy.set({ kind: "pass" });
    await landing.land(kind.stream(url, 60_000));
    const counted = await landing.query(
      "select count(*)::integer as n, count(distinct id)::integer as d from raw.things",
    );
    expect(counted).toEqual([{ n: rows, d: rows }]);
  },
);

const failed = (failure: unknown) => failure;
