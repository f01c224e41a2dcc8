import { appendFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveMesh } from "./mesh-process.ts";
import { publishedLoans, type SmallProject } from "./small-project.ts";

/** Files of the home that are damaged: the error names the file and what to do, and doing that helps. */
let base: SmallProject;

beforeAll(async () => {
  base = await publishedLoans();
  await appendFile(join(base.root, "var/sources/library-loans/records.csv"), "501,first,10,2026-01-01T00:00:00Z\n");
  expect((await base.mesh(["run"])).code).toBe(0);
});

afterAll(() => base[Symbol.asyncDispose]());

const count = "{ loans { totalCount } }";
const counted = (totalCount: number) => ({ data: { loans: { totalCount } } });

/** Overwrites the middle of what the file holds with something that nothing can be read from. */
async function spoil(file: string): Promise<void> {
  await writeFile(file, "this was a database once");
}

test("a domain's warehouse: the run fails, what is published is served, and a full run rebuilds it", async () => {
  await using project = await base.copy();
  await using gateway = await serveMesh(["serve", "gateway"], { cwd: project.root });
  const file = join(project.root, "var/warehouse/library-loans.duckdb");
  await spoil(file);
  const failed = await project.mesh(["run"]);
  expect(failed.code).toBe(1);
  expect(failed.err).toContain("library-loans failed at step open\nwarehouse/corrupt-file: ");
  expect(failed.err).toContain(`\n  at   ${file}\n  hint Move the file away and run the domain with --full`);
  const examined = await project.mesh(["doctor"]);
  expect(examined.code).toBe(1);
  expect(examined.out).toContain("FAIL warehouse library-loans: warehouse/corrupt-file: ");
  expect(await gateway.ask(count)).toEqual(counted(501));
  await rm(file);
  expect((await project.mesh(["run", "library-loans", "--full"])).code).toBe(0);
  expect(await gateway.ask(count)).toEqual(counted(501));
});

test("the current snapshot: mesh up goes back to the one before and says so; a full run publishes anew", async () => {
  await using project = await base.copy();
  const folder = join(project.root, "var/snapshots/library-loans/loans");
  const [older, newer = ""] = (await readdir(folder)).sort();
  await spoil(join(folder, newer));
  const examined = await project.mesh(["doctor"]);
  expect(examined.code).toBe(1);
  expect(examined.out).toContain("FAIL library-loans/loans: warehouse/corrupt-snapshot: ");
  await using mesh = await serveMesh(["up"], { cwd: project.root });
  expect(await mesh.ask(count)).toEqual(counted(500));
  await expect.poll(mesh.log).toContain(`error: went back to an older snapshot domain=library-loans product=loans`);
  await expect.poll(mesh.log).toContain(`snapshot=${older?.replace(".duckdb", "")}`);
  expect((await project.mesh(["run", "library-loans/loans", "--full"])).code).toBe(0);
  expect(await mesh.ask(count)).toEqual(counted(501));
});

test("a rollback to a snapshot that is damaged is refused before anything moves", async () => {
  await using project = await base.copy();
  const folder = join(project.root, "var/snapshots/library-loans/loans");
  const [older = ""] = (await readdir(folder)).sort();
  await spoil(join(folder, older));
  await using mesh = await serveMesh(["up"], { cwd: project.root });
  const { code, err } = await project.mesh(["rollback", "library-loans/loans"]);
  expect(code).toBe(1);
  expect(err).toContain("warehouse/corrupt-snapshot: ");
  expect(err).toContain(`\n  at   ${join(folder, older)}`);
  expect(await mesh.ask(count)).toEqual(counted(501));
});

test("the control plane: the run fails, what is published is served, and a new one starts the history anew", async () => {
  await using project = await base.copy();
  await using gateway = await serveMesh(["serve", "gateway"], { cwd: project.root });
  const dataDir = join(project.root, "var/control");
  await spoil(join(dataDir, "global/pg_control"));
  for (const command of ["run", "up"]) {
    const { code, err } = await project.mesh([command]);
    expect(code).toBe(1);
    expect(err).toContain("control/corrupt-store: ");
    expect(err).toContain(`\n  at   ${dataDir}\n  hint Restore that folder from a backup, or move it aside`);
  }
  expect(await gateway.ask(count)).toEqual(counted(501));
  await rename(dataDir, `${dataDir}.damaged`);
  expect((await project.mesh(["run"])).code).toBe(0);
  expect(await gateway.ask(count)).toEqual(counted(501));
});

test("the list of current snapshots: the gateway names the file, and the owner writes it again", async () => {
  await using project = await base.copy();
  const file = join(project.root, "var/snapshots/current.json");
  await spoil(file);
  const refused = await project.mesh(["serve", "gateway"]);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain("warehouse/current-file-unreadable: ");
  expect(refused.err).toContain(`\n  at   ${file}\n  hint `);
  await using mesh = await serveMesh(["up"], { cwd: project.root });
  expect(await mesh.ask(count)).toEqual(counted(501));
});
