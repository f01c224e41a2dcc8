import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveMesh } from "./mesh-process.ts";
import { publishedLoans, type SmallProject } from "./small-project.ts";

let project: SmallProject;

beforeAll(async () => {
  project = await publishedLoans();
});

afterAll(() => project[Symbol.asyncDispose]());

const exports = () => readdir(join(project.root, "var/exports"));

test("mesh export writes the same file with a server and without, and leaves nothing behind", async () => {
  const alone = await project.mesh(["export", "library-loans/loans", "--order=-id", "--limit", "3"]);
  expect(alone).toMatchObject({ code: 0, err: "there are more rows than the limit\n" });
  expect(alone.out.split("\r\n")).toHaveLength(5);
  const file = join(project.root, "loans.parquet");
  expect(await project.mesh(["export", "library-loans/loans", "--output", file])).toMatchObject({ code: 0 });
  const before = await readFile(file);
  expect(await exports()).toEqual([]);
  await using serving = await serveMesh(["up"], { cwd: project.root });
  const through = await project.mesh(["export", "library-loans/loans", "--order=-id", "--limit", "3"]);
  expect(through).toMatchObject({ code: 0, out: alone.out });
  const told = await project.mesh(["export", "library-loans/loans", "--output", file, "--json"]);
  expect(JSON.parse(told.out)).toMatchObject({ rows: 500, truncated: false });
  expect((await readFile(file)).equals(before)).toBe(true);
  expect(await exports()).toHaveLength(1);
  expect(await serving.stop()).toBe(0);
  expect(await exports()).toEqual([]);
});

test("an older state is a file while it is kept, and what cannot be is told with code and hint", async () => {
  const first = JSON.parse((await project.mesh(["snapshots", "--json"])).out);
  const [{ id }] = Array.isArray(first) ? first : first.kept;
  await project.change(
    "domains/library-loans/products/loans/product.sql",
    "clean.records",
    "clean.records where id <= 7",
  );
  expect((await project.mesh(["run"])).code).toBe(0);
  await using _serving = await serveMesh(["up"], { cwd: project.root });
  const lines = async (...args: string[]) =>
    (await project.mesh(["export", "library-loans/loans", "--format", "ndjson", ...args])).out.trim().split("\n")
      .length;
  expect([await lines(), await lines("--snapshot", id)]).toEqual([7, 500]);
  const unknown = await project.mesh(["export", "library-loans/loans", "--snapshot", "gone"]);
  expect(unknown).toMatchObject({ code: 2, out: "" });
  expect(unknown.err).toContain("gateway/no-such-snapshot: ");
  expect(unknown.err).toContain(id);
  for (const args of [["lones"], ["library-loans/loans", "--format", "xls"], ["library-loans/loans", "--json"]])
    expect(await project.mesh(["export", ...args])).toMatchObject({ code: 2 });
});
