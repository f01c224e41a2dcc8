import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "@thoth/testing/free-port";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { patienceMs, type ServingMesh, serveMesh } from "./mesh-process.ts";
import { publishedTwoDomains, type SmallProject } from "./small-project.ts";

/** A domain in a process of its own, and a gateway in another one that asks it over HTTP. */
let project: SmallProject;
let domain: ServingMesh;
let gateway: ServingMesh;

/** Where it comes back when it is started again. */
let port: number;
const startDomain = () =>
  serveMesh(["serve", "domain", "library-loans"], { cwd: project.root, env: { MESH_PORT: String(port) } });

beforeAll(async () => {
  project = await publishedTwoDomains();
  port = await freePort();
  domain = await startDomain();
  const env = { MESH_SUBGRAPHS: `library-loans=${domain.url}/graphql` };
  gateway = await serveMesh(["serve", "gateway"], { cwd: project.root, env });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await domain[Symbol.asyncDispose]();
  await project[Symbol.asyncDispose]();
});

const acrossDomains = `{
  visits(first: 2, orderBy: [{ id: ASC }]) { nodes { id loan { id category } } }
  loans(first: 1, orderBy: [{ id: ASC }]) { totalCount nodes { id visits { nodes { id } } } }
}`;

test("one query meets rows of both by key, in both directions", async () => {
  expect(await gateway.ask(acrossDomains)).toEqual({
    data: {
      visits: {
        nodes: [
          { id: 1, loan: { id: 1, category: expect.any(String) } },
          { id: 2, loan: { id: 2, category: expect.any(String) } },
        ],
      },
      loans: { totalCount: 500, nodes: [{ id: 1, visits: { nodes: [{ id: 1 }] } }] },
    },
  });
});

test("what the owner of the home publishes reaches both without a restart", async () => {
  await using owner = await serveMesh(["up"], { cwd: project.root });
  for (const source of ["library-loans", "reading-rooms"])
    await appendFile(join(project.root, `var/sources/${source}/records.csv`), "501,late,10,2026-01-01T00:00:00Z\n");
  expect((await project.mesh(["run"])).code).toBe(0);
  const ask = "{ loansByKey(id: 501) { category } visitsByKey(id: 501) { category loan { category } } }";
  const expected = {
    data: { loansByKey: { category: "late" }, visitsByKey: { category: "late", loan: { category: "late" } } },
  };
  await vi.waitFor(async () => expect(await gateway.ask(ask)).toEqual(expected), { timeout: patienceMs, interval: 50 });
  expect(await owner.ask(ask)).toEqual(expected);
});

test("a domain that is gone makes its own fields null with one error, the others answer; back again, all do", async () => {
  await domain.stop("SIGKILL");
  const { data, errors } = await gateway.ask(acrossDomains);
  expect(data).toEqual({
    visits: {
      nodes: [
        { id: 1, loan: { id: 1, category: null } },
        { id: 2, loan: { id: 2, category: null } },
      ],
    },
    loans: null,
  });
  expect(errors).toHaveLength(1);
  expect(errors?.[0]?.message).toContain("library-loans does not answer");
  expect(errors?.[0]?.extensions).toMatchObject({ code: "gateway/subgraph-unavailable", domain: "library-loans" });
  domain = await startDomain();
  expect((await gateway.ask(acrossDomains)).errors).toBeUndefined();
});

test.each([
  [["serve", "domain", "librry"], "cli/unknown-domain: "],
  [["serve", "domain"], "cli/usage: mesh serve domain needs the name of one"],
  [["serve", "gateway", "library-loans"], "cli/usage: mesh serve gateway takes no name"],
  [["serve", "workers"], "cli/usage: mesh serve workers is neither gateway nor domain"],
])("mesh %j is a wrong command line", async (args, message) => {
  const { code, err } = await project.mesh(args);
  expect(code).toBe(2);
  expect(err).toContain(message);
});

test("a domain that MESH_SUBGRAPHS names and nobody has is found at the start", async () => {
  const { code, err } = await project.mesh(["serve", "gateway"], {
    MESH_SUBGRAPHS: "librry=http://127.0.0.1:1/graphql",
  });
  expect(code).toBe(2);
  expect(err).toContain("cli/usage: MESH_SUBGRAPHS names the domain librry; there is library-loans, reading-rooms");
});
