import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { startPostgres } from "@thoth/testing/postgres";
import { tempDir } from "@thoth/testing/temp-dir";
import pg from "pg";
import { expect, test } from "vitest";
import { type Environment, ownToken, type ServingMesh, serveMesh } from "./mesh-process.ts";
import { loansProject, type SmallProject } from "./small-project.ts";

/** Loans that take an agreement, 32 MB of them: more than lies between a server and who does not read on. */
async function protectedLoans(): Promise<SmallProject> {
  const project = await loansProject();
  const folder = "domains/library-loans/products/loans";
  const contract = await project.read(`${folder}/contract.odcs.yaml`);
  await project.write(
    `${folder}/contract.odcs.yaml`,
    contract.replaceAll("classification: internal", "classification: confidential"),
  );
  await project.write(
    `${folder}/product.sql`,
    "select id * 5 + i as id, repeat(md5(id::varchar), 400) as category, amount, changed_at from clean.records, range(5) copies(i)",
  );
  return project;
}

/** What tester has open on one server while the agreement ends. */
async function openEverything({ url, sql = "" }: ServingMesh, token: string) {
  const headers = { authorization: `Bearer ${token}` };
  const { hostname: host, port } = new URL(sql);
  const client = new pg.Client({ host, port: Number(port), database: "mesh", user: "tester", password: token });
  client.on("error", () => undefined);
  await client.connect();
  const live = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query: "{ loans { totalCount } }", extensions: { live: true } }),
  });
  const news = await fetch(`${url}/streams/library-loans/loans`, { headers });
  // Whoever does not read on takes nothing more out of the connection; `fetch` reads ahead.
  const asking = request(`${url}/products/library-loans/loans.ndjson`, { agent: false, headers }).end();
  const [file] = (await once(asking, "response")) as [IncomingMessage];
  const rows = async () => {
    const result = await client.query("select count(*)::int as count from library_loans.loans");
    return result.rows;
  };
  const statuses = [live.status, news.status, file.statusCode];
  return { live, news, file, rows, statuses, [Symbol.asyncDispose]: () => client.end() };
}

type Open = Awaited<ReturnType<typeof openEverything>>;

/** How each of them ended. */
async function endings({ live, news, file, rows }: Open) {
  const refused = () =>
    rows().then(
      () => "still answered",
      ({ detail }: pg.DatabaseError) => detail,
    );
  await expect.poll(refused, { interval: 50 }).toContain("warehouse/read-refused");
  const [liveText, newsText, cut] = await Promise.all([
    live.text(),
    news.text(),
    text(file).then(
      (whole) => `${whole.length} characters`,
      () => "cut off",
    ),
  ]);
  return {
    live: /access\/[a-z-]+/.exec(liveText)?.[0],
    news: /event: closed\ndata: .*(access\/[a-z-]+)/.exec(newsText)?.[1],
    file: cut,
  };
}

/** Somebody is granted the loans; then `revoke` ends it while they have everything open on every server. */
async function judge(project: SmallProject, servers: readonly ServingMesh[], env: Environment, revoke: Environment) {
  const asking = ["access", "request", "library-loans/loans", "--for", "tester", "--role", "consumer"];
  const asked = await project.mesh(
    [...asking, "--purpose", "service-improvement", "--reason", "To see it end", "--json"],
    env,
  );
  const { id } = JSON.parse(asked.out) as { id: string };
  const granted = await project.mesh(["access", "grant", id, "--as", "library-loans-team"], env);
  expect(granted).toMatchObject({ code: 0 });
  const token = await ownToken({ cwd: project.root });
  const all: Open[] = [];
  await using closing = new AsyncDisposableStack();
  for (const server of servers) {
    await expect.poll(async () => (await server.ask("{ loans { totalCount } }")).errors).toBeUndefined();
    const open = closing.use(await openEverything(server, token));
    expect(open.statuses).toEqual([200, 200, 200]);
    expect(await open.rows()).toEqual([{ count: 2500 }]);
    all.push(open);
  }
  const revoked = await project.mesh(
    ["access", "revoke", id, "--as", "library-loans-team", "--reason", "Over"],
    revoke,
  );
  expect(revoked).toMatchObject({ code: 0 });
  for (const open of all)
    expect(await endings(open)).toEqual({
      live: "access/product-denied",
      news: "access/product-denied",
      file: "cut off",
    });
}

test("with an embedded control plane, what is revoked ends on all that is open, in the owner of the home and beside it", async () => {
  await using project = await protectedLoans();
  await using owner = await serveMesh(["up"], { cwd: project.root, env: { MESH_SQL_PORT: "0" } });
  await using beside = await serveMesh(["serve", "gateway"], { cwd: project.root, env: { MESH_SQL_PORT: "0" } });
  await judge(project, [owner, beside], {}, {});
});

test("with a Postgres control plane, it does so whichever machine it was revoked on", async () => {
  await using postgres = await startPostgres();
  await using elsewhere = await tempDir("mesh-home-");
  await using project = await protectedLoans();
  const env = { MESH_CONTROL_URL: postgres.url, MESH_SQL_PORT: "0" };
  await using owner = await serveMesh(["up"], { cwd: project.root, env });
  await using beside = await serveMesh(["serve", "gateway"], { cwd: project.root, env });
  await judge(project, [owner, beside], env, { ...env, MESH_HOME: elsewhere.path });
});
