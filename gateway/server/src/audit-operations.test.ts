import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openAuditTrail } from "@thoth/access/audit/audit-trail";
import { verifyAuditTrail } from "@thoth/access/audit/verify-audit-trail";
import { decide } from "@thoth/access/decide";
import type { Decision } from "@thoth/access/decision";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { campusProducts, now } from "./fixtures/campus.ts";
import { doorAt, gatewaySettings, recordLog, tokenFor } from "./fixtures/door.ts";
import { type GatewaySettings, queryGateway, serveGateway } from "./serve-gateway.ts";
import { serveSubgraph } from "./serve-subgraph.ts";
import type { Decide } from "./server-settings.ts";

let mesh: SmallMesh;
let home: string;

beforeAll(async () => {
  mesh = await openSmallMesh(campusProducts, { now });
});
afterAll(() => mesh?.[Symbol.asyncDispose]());
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "audited-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** What is on disk now, in the order in which it was written. */
async function onDisk(): Promise<Record<string, unknown>[]> {
  const folder = join(home, "audit");
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(
    names.filter((name) => name.endsWith(".ndjson")).map((name) => readFile(join(folder, name), "utf8")),
  );
  const lines = texts.join("").split("\n").filter(Boolean);
  const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return records.filter(({ event }) => event !== "opened" && event !== "closed");
}

async function serve(changes: Partial<GatewaySettings> = {}) {
  const log = recordLog();
  const trail = openAuditTrail({ home, clock: () => now, log });
  const server = await serveGateway(gatewaySettings(mesh, { audit: trail, log, ...changes }));
  return {
    log,
    ask: doorAt(server.url),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await trail[Symbol.asyncDispose]();
    },
  };
}

/** Everything of a gateway's life, written down. */
async function told(work: (gateway: Awaited<ReturnType<typeof serve>>) => Promise<unknown>, changes = {}) {
  {
    await using gateway = await serve(changes);
    await work(gateway);
  }
  expect((await verifyAuditTrail(home)).findings).toEqual([]);
  return onDisk();
}

const signedIn = async (name = "ada") => ({ authorization: `Bearer ${await tokenFor(name)}` });

test("a read tells who, what, for what, under which decision, and how much", async () => {
  let id: string | null = null;
  const records = await told(async ({ ask }) => {
    const headers = { ...(await signedIn()), "x-mesh-purpose": "teaching" };
    const answer = await ask("{ courses(where: { students: { gt: 1 } }) { nodes { name } } }", { headers });
    id = answer.headers.get("x-request-id");
  });
  const snapshot = mesh.readSide.attached().find(({ product }) => product === "courses")?.id;
  expect(records).toEqual([
    expect.objectContaining({
      at: new Date(now).toISOString(),
      event: "read",
      request_id: id,
      principal: "ada",
      principal_kind: "person",
      authenticated: "token",
      port: "graphql",
      product: "campus/courses",
      columns: ["code", "name", "students"],
      purpose: "teaching",
      rows: 3,
      snapshot,
      outcome: "allowed",
    }),
  ]);
  const text = JSON.stringify(records);
  expect(text).not.toContain("Algebra");
  expect(text).not.toContain("Bearer");
});

test("an answer that is given again is told of each time, with the reader of that time", async () => {
  const records = await told(async ({ ask }) => {
    const headers = await signedIn();
    for (let time = 0; time < 3; time += 1) {
      const { headers: answered } = await ask("{ courses { nodes { code } } }", { headers });
      expect(answered.get("cache-status")).toBe(time === 0 ? null : "mesh; hit");
    }
    await ask("{ courses { nodes { code } } }");
  });
  expect(records.map(({ principal, rows }) => [principal, rows])).toEqual([
    ["ada", 4],
    ["ada", 4],
    ["ada", 4],
    ["anonymous", 4],
  ]);
  expect(new Set(records.map(({ request_id }) => request_id)).size).toBe(4);
});

test.each<[string, string, unknown[][]]>([
  ["groups", "{ loansAggregate(groupBy: [KIND]) { count } }", [["library/loans", ["kind"], 2]]],
  ["one row by its key", '{ coursesByKey(code: "A1") { name } }', [["campus/courses", ["code", "name"], 1]]],
  ["no row", '{ coursesByKey(code: "Z9") { name } }', [["campus/courses", ["code", "name"], 0]]],
  [
    "a list without rows",
    '{ courses(where: { code: { eq: "Z9" } }) { nodes { name } } }',
    [["campus/courses", ["code", "name"], 0]],
  ],
  ["no product", "{ dataProducts { id } }", []],
])("rows are counted: %s", async (_, query, expected) => {
  const headers = await signedIn();
  for (const plans of [true, false]) {
    const records = await told(({ ask }) => ask(query, { headers }), { plans });
    expect(records.map(({ product, columns, rows }) => [product, columns, rows])).toEqual(expected);
    await rm(join(home, "audit"), { recursive: true, force: true });
  }
});

test("what was asked for and may not be seen is told apart from what was seen", async () => {
  const records = await told(async ({ ask }) => {
    await ask("{ courses { nodes { name convenorEmail } } }", { headers: await signedIn() });
  });
  expect(records.map(({ columns, outcome, code }) => [columns, outcome, code])).toContainEqual([
    ["convenor_email"],
    "refused",
    "access/column-denied",
  ]);
});

test("a credential that is not valid is on disk before its sender hears of it", async () => {
  await using gateway = await serve();
  for (const authorization of ["Bearer nonsense", "Basic YTpi"]) {
    expect((await gateway.ask("{ courses { totalCount } }", { headers: { authorization } })).status).toBe(401);
  }
  expect((await onDisk()).map(({ event, principal, outcome, code }) => [event, principal, outcome, code])).toEqual([
    ["refusal", "anonymous", "refused", "access/token-invalid"],
    ["refusal", "anonymous", "refused", "access/token-invalid"],
  ]);
});

const agreed: Decide = (principal, product) => {
  const decision = decide(principal, product);
  const columns = Object.fromEntries(product.columns.map(({ name }) => [name, "clear" as const]));
  return {
    ...decision,
    columns,
    agreement: "agreement-7",
    fingerprint: `${decision.fingerprint}-7`,
  } satisfies Decision;
};

test("a read under an agreement is on disk before it is answered, from memory too", async () => {
  await using gateway = await serve({ decide: agreed });
  const headers = await signedIn();
  for (const count of [1, 2, 3]) {
    const { data } = await gateway.ask("{ courses { nodes { convenorEmail } } }", { headers });
    expect(data.courses.nodes).toHaveLength(4);
    expect(await onDisk()).toHaveLength(count);
  }
  expect((await onDisk()).map(({ agreement, columns }) => [agreement, columns])[2]).toEqual([
    "agreement-7",
    ["code", "convenor_email"],
  ]);
});

test("what cannot be written down is not answered when it is protected, and is when it is open", async () => {
  // Where the trail's folder should be, nothing can be written.
  await writeFile(join(home, "audit"), "");
  await using gateway = await serve({
    decide: (principal, product) => (product.product === "courses" ? agreed : decide)(principal, product),
  });
  const headers = await signedIn();
  const refused = await gateway.ask("{ courses { nodes { code } } }", { headers });
  expect([refused.status, refused.data, refused.errors[0]?.extensions.code]).toEqual([
    503,
    null,
    "access/audit-unavailable",
  ]);
  const open = await gateway.ask("{ loans { totalCount } }", { headers });
  expect([open.status, open.errors]).toEqual([200, []]);
  expect(gateway.log.lines.filter(({ message }) => message.includes("audit trail cannot be written"))).toHaveLength(1);
});

test("a question without a port is told of as one", async () => {
  const trail = openAuditTrail({ home, clock: () => now, log: recordLog() });
  const settings = gatewaySettings(mesh, { audit: trail, auditPort: "cli" });
  await queryGateway(settings, { query: "{ courses { totalCount } }", variables: {}, token: await tokenFor("ada") });
  await trail[Symbol.asyncDispose]();
  expect((await onDisk()).map(({ port, principal, columns }) => [port, principal, columns])).toEqual([
    ["cli", "ada", []],
  ]);
});

test("a domain that is served on its own writes down what it is asked", async () => {
  const trail = openAuditTrail({ home, clock: () => now, log: recordLog() });
  const [, library] = mesh.subgraphs;
  const subgraph = library ?? mesh.subgraphs[0];
  if (subgraph === undefined) throw new Error("the small mesh has domains");
  {
    await using server = await serveSubgraph({ ...gatewaySettings(mesh), subgraph, audit: trail });
    const ask = doorAt(server.url);
    const { errors } = await ask("{ loans { nodes { kind course { code } } } }", { headers: await signedIn() });
    expect(errors).toEqual([]);
    await ask("{ loans { totalCount } }", { headers: { authorization: "Bearer nonsense" } });
  }
  await trail[Symbol.asyncDispose]();
  const records = await onDisk();
  expect(records.map(({ event, product, principal }) => [event, product, principal])).toEqual(
    expect.arrayContaining([
      ["read", "library/loans", "ada"],
      ["refusal", undefined, "anonymous"],
    ]),
  );
});
