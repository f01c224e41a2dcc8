import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ownToken, serveMesh } from "./mesh-process.ts";
import { publishedLoans, type SmallProject } from "./small-project.ts";

let project: SmallProject;

beforeAll(async () => {
  project = await publishedLoans();
});
afterAll(() => project?.[Symbol.asyncDispose]());

async function connect(address = ""): Promise<pg.Client> {
  const url = new URL(address);
  url.username = "token";
  url.password = await ownToken({ cwd: project.root });
  const client = new pg.Client(url.href);
  await client.connect();
  return client;
}

const count = "select count(*)::int as loans from library_loans.loans";

test("mesh up serves SQL, shows what is published meanwhile, counts it, and mesh serve gateway does the same", async () => {
  {
    await using serving = await serveMesh(["up"], { cwd: project.root });
    const client = await connect(serving.sql);
    expect((await client.query(count)).rows).toEqual([{ loans: 500 }]);
    expect((await client.query("select current_user")).rows).toEqual([{ current_user: "tester" }]);
    await project.change(
      "domains/library-loans/products/loans/product.sql",
      "clean.records",
      "clean.records where id <= 7",
    );
    expect(await project.mesh(["run"])).toMatchObject({ code: 0 });
    await expect.poll(async () => (await client.query(count)).rows).toEqual([{ loans: 7 }]);
    await client.end();
    expect(await serving.stop()).toBe(0);
  }
  const usage = await project.mesh(["usage", "library-loans/loans", "--json"]);
  expect(usage.out).toContain('"tester"');
  await using gateway = await serveMesh(["serve", "gateway"], { cwd: project.root });
  const client = await connect(gateway.sql);
  expect((await client.query(count)).rows).toEqual([{ loans: 7 }]);
  await client.end();
});

test("mesh up serves no SQL when it is switched off", async () => {
  await using serving = await serveMesh(["up"], { cwd: project.root, env: { MESH_SQL_PORT: "off" } });
  expect(serving.sql).toBeUndefined();
});
