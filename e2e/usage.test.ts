import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type ServingMesh, serveMesh } from "./mesh-process.ts";
import { publishedTwoDomains, type SmallProject } from "./small-project.ts";

/** Who reads what, counted by every process that answers, and whom a change of a contract reaches. */
let published: SmallProject;
let project: SmallProject;

beforeAll(async () => {
  published = await publishedTwoDomains();
  await published.mesh(["contract", "publish"]);
});

beforeEach(async () => {
  project = await published.copy();
  return () => project[Symbol.asyncDispose]();
});

afterAll(() => published?.[Symbol.asyncDispose]());

interface Question {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly token?: string;
  readonly purpose?: string;
}

async function ask({ url }: ServingMesh, { query, variables, token, purpose }: Question): Promise<void> {
  const headers = {
    "content-type": "application/json",
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(purpose !== undefined && { "x-mesh-purpose": purpose }),
  };
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers,
    body: JSON.stringify({ query, variables }),
  });
  expect(await response.json()).not.toHaveProperty("errors");
}

async function tokenOf(...args: string[]): Promise<string> {
  return (await project.mesh(["token", "--as", ...args])).out.trim();
}

/** `library-loans/loans category: ada of reading-rooms for service-improvement 2` */
async function usage(...args: string[]): Promise<string[]> {
  const { code, out, err } = await project.mesh(["usage", "--json", ...args]);
  expect(code, err).toBe(0);
  const { uses } = JSON.parse(out) as { uses: Record<string, string | number>[] };
  return uses.map(({ product, column = "*", consumer, domain, purpose, reads }) =>
    [`${product} ${column}: ${consumer}`, domain && `of ${domain}`, purpose && `for ${purpose}`, reads]
      .filter((part) => part !== undefined)
      .join(" "),
  );
}

/** Reads of one reader, whatever the way. */
async function timesRead(): Promise<number> {
  const lines = (await usage("library-loans/loans")).join("\n");
  return [...lines.matchAll(/\*: cyd (\d+)/g)].reduce((sum, [, times]) => sum + Number(times), 0);
}

const countLoans = { query: "{ loans { totalCount } }" };

test("a gateway records which columns two consumers read, also of other domains, and saves them when it stops", async () => {
  const mesh = await serveMesh(["up"], { cwd: project.root });
  const [ada, bob] = [await tokenOf("ada", "--attr", "domain=reading-rooms"), await tokenOf("bob")];
  const nested = `query ($where: VisitWhere) {
    v: visits(where: $where, first: 1) { nodes { ...visit } }
  } fragment visit on Visit { kind: category loan { ... on Loan { amount } } }`;
  const variables = { where: { changedAt: { isNull: false } } };
  await ask(mesh, { query: nested, variables, token: ada });
  await ask(mesh, { query: nested, variables: { where: null }, token: ada, purpose: "service-improvement" });
  await ask(mesh, { ...countLoans, token: bob });
  await ask(mesh, { ...countLoans, token: bob });
  const expected = [
    "library-loans/loans *: ada of reading-rooms 1",
    "library-loans/loans *: ada of reading-rooms for service-improvement 1",
    "library-loans/loans *: bob 2",
    "library-loans/loans amount: ada of reading-rooms 1",
    "library-loans/loans amount: ada of reading-rooms for service-improvement 1",
    "library-loans/loans id: ada of reading-rooms 1",
    "library-loans/loans id: ada of reading-rooms for service-improvement 1",
    "reading-rooms/visits *: ada of reading-rooms 1",
    "reading-rooms/visits *: ada of reading-rooms for service-improvement 1",
    "reading-rooms/visits category: ada of reading-rooms 1",
    "reading-rooms/visits category: ada of reading-rooms for service-improvement 1",
    "reading-rooms/visits changed_at: ada of reading-rooms 1",
    "reading-rooms/visits id: ada of reading-rooms 1",
    "reading-rooms/visits id: ada of reading-rooms for service-improvement 1",
    "reading-rooms/visits loan_id: ada of reading-rooms 1",
    "reading-rooms/visits loan_id: ada of reading-rooms for service-improvement 1",
  ];
  expect(await usage()).toEqual(expected);
  await ask(mesh, { ...countLoans, token: bob });
  expect(await mesh.stop()).toBe(0);
  expect(await usage()).toEqual(expected.map((line) => line.replace("bob 2", "bob 3")));
});

test("a gateway that is killed loses what it has not saved, and nothing is counted twice", async () => {
  const mesh = await serveMesh(["up"], { cwd: project.root });
  const token = await tokenOf("cyd");
  for (let i = 0; i < 3; i++) await ask(mesh, { ...countLoans, token });
  expect(await timesRead()).toBe(3);
  for (let i = 0; i < 2; i++) await ask(mesh, { ...countLoans, token });
  await mesh.stop("SIGKILL");
  const after = await timesRead();
  expect(after).toBeGreaterThanOrEqual(3);
  expect(after).toBeLessThanOrEqual(5);
  expect(await timesRead()).toBe(after);
});

test("processes that do not own the home leave their counts, and the owner takes them in", async () => {
  const folder = join(project.root, "var/usage");
  const token = await tokenOf("cyd");
  expect(await project.mesh(["query", countLoans.query, "--token", token])).toMatchObject({ code: 0, err: "" });
  expect(await readdir(folder)).toEqual([expect.stringMatching(/\.done\.ndjson$/)]);
  await using owner = await serveMesh(["up"], { cwd: project.root });
  const gateway = await serveMesh(["serve", "gateway"], { cwd: project.root });
  await ask(gateway, { ...countLoans, token });
  await ask(gateway, { ...countLoans, token });
  expect((await project.mesh(["query", countLoans.query, "--token", token])).code).toBe(0);
  await gateway.stop();
  expect(await timesRead()).toBe(4);
  expect(await readdir(folder)).toEqual([]);
  await ask(owner, { ...countLoans, token });
  expect(await timesRead()).toBe(5);
});

test("what another process serves is counted once, by the gateway that was asked", async () => {
  const cwd = project.root;
  const domain = await serveMesh(["serve", "domain", "library-loans"], { cwd });
  const env = { MESH_SUBGRAPHS: `library-loans=${domain.url}/graphql` };
  const gateway = await serveMesh(["serve", "gateway"], { cwd, env });
  const query = "{ visits(first: 1) { nodes { loan { category } } } loans { totalCount } }";
  await ask(gateway, { query, token: await tokenOf("cyd") });
  await gateway.stop();
  await domain.stop();
  expect(await usage("library-loans/loans")).toEqual([
    "library-loans/loans *: cyd 1",
    "library-loans/loans category: cyd 1",
    "library-loans/loans id: cyd 1",
  ]);
});

test("mesh sql counts for the account that runs it, and what is refused counts nothing", async () => {
  const loans = "library_loans.product.loans";
  expect(await project.mesh(["sql", `select category, count(*) n from ${loans} group by all`])).toMatchObject({
    code: 0,
  });
  expect(await project.mesh(["sql", `select sort from ${loans}`])).toMatchObject({ code: 1 });
  expect(await project.mesh(["sql"])).toMatchObject({ code: 0 });
  expect(await usage()).toEqual([
    expect.stringMatching(/^library-loans\/loans \*: local\S* 1$/),
    expect.stringMatching(/^library-loans\/loans category: local\S* 1$/),
  ]);
});

test("a change of a contract reaches those who read what changes, and what is made from it", async () => {
  {
    await using mesh = await serveMesh(["up"], { cwd: project.root });
    const token = await tokenOf("ada", "--attr", "domain=audits");
    await ask(mesh, { query: "{ loans { nodes { category } } }", token });
    await mesh.stop();
  }
  const contract = "domains/library-loans/products/loans/contract.odcs.yaml";
  await project.change(contract, "name: category", "name: kind");
  await project.change(contract, "name: amount", "name: total");
  await project.change(contract, "logicalType: integer", "logicalType: string");
  const { code, out } = await project.mesh(["contract", "impact", "--json"]);
  expect(code).toBe(0);
  const { products } = JSON.parse(out);
  expect(products).toMatchObject([{ product: "library-loans/loans", affected: ["audits", "reading-rooms"] }]);
  const about = (rule: string, column: string) =>
    products[0].elements.find(
      (element: { rule: string; column?: string }) => element.rule === rule && element.column === column,
    );
  expect(about("renamed", "category")).toMatchObject({
    class: "MAJOR",
    uses: [{ consumer: "ada", domain: "audits", reads: 1 }],
    dependents: [],
    summary: expect.stringMatching(/^1 consumer has read this in 90 days, 1 time/),
  });
  expect(about("renamed", "amount")).toMatchObject({
    uses: [],
    dependents: [],
    summary: expect.stringMatching(/^Nobody has read this in 90 days; uses are counted since/),
  });
  expect(about("logical-type-changed", "id").dependents).toEqual(
    expect.arrayContaining([{ product: "reading-rooms/visits", column: "loan_id", via: "id" }]),
  );
  const text = await project.mesh(["contract", "impact", "library-loans/loans"]);
  expect(text.out).toContain("ada of audits through graphql: 1 time");
  expect(text.out).toContain("Must acknowledge it: audits, reading-rooms");
});
