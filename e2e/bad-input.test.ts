import { appendFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type MeshResult, type ServingMesh, serveMesh } from "./mesh-process.ts";
import { publishedTwoDomains, type SmallProject } from "./small-project.ts";

/**
 * What is wrong ends in an error that says code, place and what to do, and in exit code 1 or 2; a gateway that runs all
 * the while goes on serving the last good data.
 */
const contract = "domains/library-loans/products/loans/contract.odcs.yaml";
const productSql = "domains/library-loans/products/loans/product.sql";
const cleanSql = "domains/library-loans/clean/records.sql";
const descriptor = "domains/library-loans/domain.ts";
const source = "domains/library-loans/sources/records.ts";
const csv = "var/sources/library-loans/records.csv";
const policy = "contracts/policies/naming.yaml";
const changeable = [contract, policy, productSql, cleanSql, descriptor, source, csv];

let project: SmallProject;
let gateway: ServingMesh;
const original = new Map<string, string>();

beforeAll(async () => {
  project = await publishedTwoDomains();
  for (const file of changeable) original.set(file, await project.read(file));
  gateway = await serveMesh(["serve", "gateway"], { cwd: project.root });
});

afterEach(async () => {
  expect(await gateway.ask("{ loans { totalCount } visits { totalCount } }")).toEqual({
    data: { loans: { totalCount: 500 }, visits: { totalCount: 500 } },
  });
  for (const [file, text] of original) await project.write(file, text);
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await project[Symbol.asyncDispose]();
});

interface Expected {
  readonly code: string;
  /** As far as it matters; relative to the project. */
  readonly place: string;
  readonly hint: string;
}

function expectError({ code, err }: MeshResult, expected: Expected): void {
  expect(code).toBe(1);
  expect(err).toContain(`${expected.code}: `);
  expect(err.replaceAll(`${project.root}/`, "")).toContain(`\n  at   ${expected.place}`);
  expect(err).toContain(`\n  hint ${expected.hint}`);
}

interface Mistake extends Expected {
  readonly what: string;
  /** What to run; the one domain with the mistake unless given. */
  readonly target?: readonly string[];
  make(): Promise<void>;
}

const mistakes: readonly Mistake[] = [
  {
    what: "an invalid contract",
    make: () => project.change(contract, "classification: internal", "clasification: internal"),
    code: "contract/invalid",
    place: `${contract}:35:9`,
    hint: 'Did you mean "classification"?',
  },
  {
    what: "SQL that does not parse",
    make: () => project.write(productSql, "-- One row is one loan.\nselect id,\n  from from clean.records"),
    code: "warehouse/sql-syntax",
    place: `${productSql}:3:8`,
    hint: "The message is that of the engine's parser",
  },
  {
    what: "SQL that reads a product without an input port",
    make: () => project.change(productSql, "clean.records", "reading_rooms.product.visits"),
    code: "pipeline/not-an-input-port",
    place: `${productSql}:7:6`,
    hint: 'Add "reading-rooms/visits" to `inputPorts`',
  },
  {
    what: "SQL that names a column that is not there",
    make: () => project.change(productSql, "category", "catgory"),
    code: "pipeline/query-failed",
    place: `${productSql}:4:3`,
    hint: "Correct the SQL",
  },
  {
    what: "a product that depends on itself through another",
    make: async () => {
      await project.change(productSql, "clean.records", "reading_rooms.product.visits");
      await project.change(descriptor, '{ name: "loans" }', '{ name: "loans", inputPorts: ["reading-rooms/visits"] }');
    },
    target: [],
    code: "warehouse/cyclic-dependency",
    place: productSql,
    hint: "Break the cycle",
  },
  {
    what: "a missing source file",
    make: () => rm(join(project.root, csv)),
    code: "ingest/no-files",
    place: csv,
    hint: "Put the export under",
  },
  {
    what: "a column of the wrong type",
    make: () => appendFile(join(project.root, csv), "501,first,lots,2026-01-01T00:00:00Z\n"),
    code: "ingest/wrong-type",
    place: `${csv}:552`,
    hint: "Correct the value where it comes from",
  },
  {
    what: "rows that break the contract",
    make: () => project.change(cleanSql, "qualify", "qualify true or"),
    code: "pipeline/checks-failed",
    place: contract,
    hint: "Nothing was published and the last good snapshot still serves",
  },
  {
    what: "code that does not parse",
    make: () => project.change(source, 'kind: "files"', "kind: "),
    code: "pipeline/domain-not-loaded",
    place: `${source}:6:9`,
    hint: "Correct the file",
  },
];

test.each(mistakes)("mesh run meets $what", async ({ make, target = ["library-loans"], ...expected }) => {
  await make();
  expectError(await project.mesh(["run", ...target]), expected);
});

test.each([
  ["contract/invalid", "odcs-unknown-key", contract, 35, mistakes[0]],
  ["SQL", "warehouse/sql-syntax", productSql, 3, mistakes[1]],
  [
    "a contract that breaks a policy",
    "policy/owner-and-steward",
    contract,
    69,
    { make: () => project.change(contract, "role: steward", "role: helper") },
  ],
  [
    "a policy that is none",
    "policy-unknown-key",
    policy,
    2,
    { make: () => project.change(policy, "id: naming", "ids: naming") },
  ],
])("mesh check finds it too, for programs: %s", async (_what, rule, file, line, mistake) => {
  await mistake?.make();
  const { code, out } = await project.mesh(["check", "--json"]);
  expect(code).toBe(1);
  const { ok, findings } = JSON.parse(out);
  expect(ok).toBe(false);
  expect(findings).toContainEqual(expect.objectContaining({ rule, severity: "error", file, line }));
});

test("an error for programs is one JSON document on stdout", async () => {
  await project.write(productSql, "selec 1");
  const { code, out, err } = await project.mesh(["run", "--json"]);
  expect(code).toBe(1);
  expect(err).toBe("");
  expect(JSON.parse(out)).toEqual({
    ok: false,
    error: {
      code: "warehouse/sql-syntax",
      message: expect.any(String),
      hint: expect.any(String),
      at: { file: productSql, line: 1, column: 1 },
    },
  });
});

test("a port in use is found before anything runs", async () => {
  await using other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as { port: number };
  const result = await project.mesh(["up", "--run"], { MESH_PORT: String(port) });
  expectError(result, { code: "gateway/port-in-use", place: `127.0.0.1:${port}`, hint: "Stop that program" });
  expect(result.err).not.toContain("[1/6]");
});

test("two processes on one home: the second is refused and names the first, which goes on serving", async () => {
  await using first = await serveMesh(["up"], { cwd: project.root });
  const second = await project.mesh(["up"]);
  expect(second.code).toBe(1);
  expect(second.err).toContain(`control/home-in-use: `);
  expect(second.err).toContain(`process ${first.pid}, which serves ${first.url}`);
  expect(second.err).toContain("\n  hint Use that one");
  expect(await first.ask("{ loans { totalCount } }")).toEqual({ data: { loans: { totalCount: 500 } } });
  expect(await first.stop()).toBe(0);
});

test("a wrong target is a wrong command line, and known ones are named", async () => {
  const { code, err } = await project.mesh(["run", "library-loans/loan"]);
  expect(code).toBe(2);
  expect(err).toContain("pipeline/unknown-target: ");
  expect(err).toContain("library-loans/loans");
});
