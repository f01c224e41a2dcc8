import { decide } from "@thoth/access/decide";
import { purposes } from "@thoth/access/fixtures/enrolments";
import type { UsageBatch } from "@thoth/contract/impact/read-count";
import type { RunningServer } from "@thoth/subgraph/served-graph";
import { openSmallMesh } from "@thoth/testing/small-mesh";
import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { courses, now } from "./fixtures/campus.ts";
import { doorAt, gatewaySettings, tokenFor } from "./fixtures/door.ts";
import { serveGateway } from "./serve-gateway.ts";
import type { Decide } from "./server-settings.ts";
import { openSqlDoor, type SqlDoor } from "./sql-port/fixtures/sql-door.ts";

const closing = new AsyncDisposableStack();
const batches: UsageBatch[] = [];
let flush: () => Promise<void>;
let server: RunningServer;
let sql: SqlDoor;

const decideNow: Decide = (principal, model, purpose) =>
  decide(principal, model, purpose, { agreements: [], purposes, now });

beforeAll(async () => {
  const mesh = closing.use(await openSmallMesh([courses], { now }));
  const usage = {
    save: async (batch: UsageBatch) => void batches.push(batch),
    follow: (next: () => Promise<void>) => {
      flush = next;
    },
  };
  const settings = { decide: decideNow, files: { states: mesh.readSide }, usage };
  server = closing.use(await serveGateway(gatewaySettings(mesh, settings)));
  sql = closing.use(await openSqlDoor({ decide: decideNow }));
});
afterAll(() => closing.disposeAsync());

/** What each port says to somebody who reads what is open to everybody, and says a purpose. */
const ports: Readonly<Record<string, (purpose: string) => Promise<string>>> = {
  graphql: async (purpose) => {
    const { errors, data } = await doorAt(server.url)("{ courses(first: 1) { nodes { code } } }", {
      headers: await headersFor(purpose),
    });
    return JSON.stringify(errors.length > 0 ? errors : data);
  },
  files: (purpose) => textAt("/products/campus/courses.json", purpose),
  stream: (purpose) => textAt("/streams/campus/courses", purpose),
  sql: async (purpose) => {
    const client = await sql.connect({ options: `-c mesh.purpose=${purpose}` });
    try {
      return JSON.stringify((await client.query("select * from library_loans.books limit 1")).rows);
    } catch (error) {
      const { detail, message, hint } = error as pg.DatabaseError;
      return [detail, message, hint].join(" ");
    } finally {
      await client.end();
    }
  },
};

const headersFor = async (purpose: string) => ({
  authorization: `Bearer ${await tokenFor("ada")}`,
  "x-mesh-purpose": purpose,
});

async function textAt(path: string, purpose: string): Promise<string> {
  const response = await fetch(`${server.url}${path}`, { headers: await headersFor(purpose) });
  if (response.status !== 200) return response.text();
  // A stream of news goes on.
  const { value } = (await response.body?.getReader().read()) ?? {};
  return `200 ${new TextDecoder().decode(value)}`;
}

test.each(Object.keys(ports))(
  "on %s, a purpose that there is not is refused by its name, and one that there is counts",
  async (port) => {
    const said = await ports[port]?.("reserch");
    expect(said).toMatch(/access\/product-denied|warehouse\/read-refused/);
    expect(said?.replaceAll("\\", "")).toContain(
      '"reserch" is no purpose that data may be used for; did you mean research?',
    );
    const allowed = await ports[port]?.("research");
    expect(allowed).not.toMatch(/access\/|is no purpose/);
  },
);

test("nothing is counted as read for a purpose that there is not", async () => {
  await flush();
  const counted = batches.flatMap(({ counts }) => counts.map(({ purpose }) => purpose));
  expect(counted).toContain("research");
  expect(counted).not.toContain("reserch");
});
