import fc from "fast-check";
import { expect, test } from "vitest";
import { auditTrail } from "./audit-trail.ts";
import type { Source, Stream } from "./connector.ts";
import { controlPlane } from "./control-plane.ts";
import { csvFiles } from "./csv-files.ts";
import { filesAddress } from "./dataset-address.ts";
import { httpJson } from "./http-json.ts";
import { mariadbTables } from "./mariadb.ts";
import { postgresTables } from "./postgres.ts";
import { railsLog } from "./rails-log.ts";

const columns = { id: "BIGINT" } as const;
const postgres = (url: string, table = {}) =>
  postgresTables({ connection: () => url, tables: { tasks: { mode: "replace", columns, ...table } } });
const mariadb = (url: string, table = {}) =>
  mariadbTables({ connection: () => url, tables: { tasks: { mode: "replace", columns, ...table } } });
const http = (baseUrl: string, path: string) =>
  httpJson({ baseUrl, streams: { tasks: { path, query: { token: "t0p" }, columns } } });
const files = (...streams: Stream[]): Source => ({ name: "files", kind: "files", description: "", streams });

const addressOf = ({ streams: [stream] }: Source) => stream?.address?.({ sources: "/srv/exports", env: {} });

test.each<[string, Source, string | undefined, string?]>([
  [
    "a table of Postgres",
    postgres("postgres://ann:pw@DB.example.org:6432/on%20track"),
    "postgres://db.example.org:6432",
    "on track.public.tasks",
  ],
  [
    "with its own name",
    postgres("postgresql://db/ontrack?sslmode=require", { schema: "App", table: "Tasks" }),
    "postgres://db:5432",
    "ontrack.App.Tasks",
  ],
  [
    "whose host is a parameter",
    postgres("postgres:///ontrack?host=db.example.org&port=6000"),
    "postgres://db.example.org:6000",
    "ontrack.public.tasks",
  ],
  [
    "behind a socket",
    postgres("postgres:///ontrack?host=/var/run/postgresql&user=ann"),
    "postgres://localhost:5432",
    "ontrack.public.tasks",
  ],
  [
    "at an IPv6 address",
    postgres("postgres://ann:pw@[::1]:5433/ontrack"),
    "postgres://[::1]:5433",
    "ontrack.public.tasks",
  ],
  [
    "a table of MySQL",
    mariadb("mysql://ann:pw@DB.example.org/ontrack?ssl-mode=REQUIRED"),
    "mysql://db.example.org:3306",
    "ontrack.tasks",
  ],
  [
    "of MariaDB, of another database",
    mariadb("mariadb://db:3307/ontrack", { database: "archive", table: "old" }),
    "mysql://db:3307",
    "archive.old",
  ],
  [
    "a list of an API",
    http("https://API.example.org/v1/", "/units/tasks"),
    "https://api.example.org",
    "/v1/units/tasks",
  ],
  ["on another port", http("http://127.0.0.1:8080", "tasks?since=1"), "http://127.0.0.1:8080", "/tasks"],
  [
    "files",
    files(csvFiles({ name: "tasks", files: "db/tasks-*.csv", columns })),
    "file",
    "/srv/exports/db/tasks-*.csv",
  ],
  [
    "logs",
    files(railsLog({ name: "lines", files: "log/production*.log" })),
    "file",
    "/srv/exports/log/production*.log",
  ],
  ["the mesh's own trail, which only it has", auditTrail("trail"), undefined],
  ["the mesh's own runs, which only it has", controlPlane("mesh"), undefined],
])("%s", async (_, source, namespace, name) => {
  expect(await addressOf(source)).toEqual(namespace && { namespace, name });
});

test.each([
  ["/srv/exports", "file", "/srv/exports/db/tasks.csv"],
  ["/srv/exports/", "file", "/srv/exports/db/tasks.csv"],
  ["C:\\exports", "file", "C:/exports/db/tasks.csv"],
  ["file:///srv", "file", "/srv/db/tasks.csv"],
  ["file://nas/srv", "file://nas", "/srv/db/tasks.csv"],
  ["s3://bucket", "s3://bucket", "db/tasks.csv"],
  ["gs://bucket/exports/", "gs://bucket", "exports/db/tasks.csv"],
  ["hdfs://node:8020/data", "hdfs://node:8020", "/data/db/tasks.csv"],
  ["abfss://box@account.dfs.core.windows.net/x", "abfss://box@account.dfs.core.windows.net", "x/db/tasks.csv"],
])("files below %s", (sources, namespace, name) => {
  expect(filesAddress("db/tasks.csv", sources)).toEqual({ namespace, name });
});

test.each([
  [
    "a variable that is not set",
    postgresTables({ connection: "NO_SUCH_VARIABLE", tables: { tasks: { mode: "replace", columns } } }),
  ],
  ["a database that is the user's name", postgres("postgres://ann:pw@db")],
  ["what is no URL", mariadb("db")],
  ["an address that leads elsewhere", http("https://api.example.org", "//evil.example.org/tasks")],
])("%s has no address", async (_, source) => {
  await expect(addressOf(source)).rejects.toThrow();
});

/** No part of it stands in the rest of the URL. */
const secret = fc.stringMatching(/^[A-Z]{8,12}$/);

test("no user, password or parameter is ever part of an address", async () => {
  const scheme = fc.constantFrom("postgres", "postgresql", "mysql", "mariadb");
  const property = fc.asyncProperty(scheme, secret, secret, secret, async (name, user, password, parameter) => {
    const url = `${name}://${user}:${password}@db:1234/ontrack?ssl-mode=${parameter}`;
    const address = await addressOf(name.startsWith("postgres") ? postgres(url) : mariadb(url));
    expect(address?.namespace).toBe(`${name.startsWith("postgres") ? "postgres" : "mysql"}://db:1234`);
    expect(JSON.stringify(address)).not.toMatch(new RegExp([user, password, parameter].join("|"), "i"));
  });
  await fc.assert(property, { numRuns: 50 });
});
