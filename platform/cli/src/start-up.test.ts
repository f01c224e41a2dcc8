import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../../..");

/** The packages that a command loads before it ends. */
async function packagesOf(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string[]> {
  const watcher = join(import.meta.dirname, "fixtures/loaded-packages.ts");
  const main = join(import.meta.dirname, "main.ts");
  const node = ["--conditions=thoth-source", `--import=${watcher}`, main, ...args];
  const options = { cwd: root, env: { ...process.env, ...env } };
  const output = await new Promise<string>((done) => {
    execFile(process.execPath, node, options, (_error, _stdout, stderr) => done(stderr));
  });
  return JSON.parse(/\nloaded (.*)\n$/.exec(output)?.[1] ?? "") as string[];
}

// Each of these takes a good part of a second to load, which every call of a command would pay.
const heavy = [
  "@duckdb/node-api",
  "@electric-sql/pglite",
  "graphql",
  "graphql-yoga",
  "@pothos/core",
  "ajv",
  "yaml",
  "jose",
  "pg-boss",
  "cron-parser",
];

test.each<[string, readonly string[]]>([
  ["--help", []],
  ["run --help", []],
  ["runs", []],
  ["runs show --help", []],
  ["schedule list --help", []],
  ["token --as me", ["jose"]],
  ["query {a} --url http://127.0.0.1:1/graphql", []],
  ["rollback a/b --help", []],
])("mesh %s loads no more than it needs", async (command, allowed) => {
  await using home = await tempDir();
  const packages = await packagesOf(command.split(" "), { MESH_HOME: home.path });
  expect(packages).toContain("platform/cli");
  expect(packages.filter((name) => heavy.includes(name) && !allowed.includes(name))).toEqual([]);
});
