import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loansProject, type SmallProject } from "./small-project.ts";

/** Commands that read, in a project where nothing serves. */
let project: SmallProject;

beforeAll(async () => {
  project = await loansProject();
});

afterAll(() => project[Symbol.asyncDispose]());

// Before anything has run: this test comes first.
test("nothing has been published yet: each command says so and what to do", async () => {
  const sql = await project.mesh(["sql"]);
  expect(sql).toMatchObject({ code: 1, out: "" });
  expect(sql.err).toContain("cli/not-published: Nothing has been published in this mesh yet\n  hint Run the pipelines");
  const runs = await project.mesh(["runs"]);
  expect(runs).toMatchObject({ code: 0, out: "No runs yet. mesh run starts one.\n" });
  const query = await project.mesh(["query", "{ loans { totalCount } }", "--json"]);
  expect(query.code).toBe(1);
  expect(JSON.parse(query.out)).toMatchObject({
    data: { loans: null },
    errors: [
      { extensions: { code: "warehouse/no-snapshot", hint: expect.stringContaining("mesh run library-loans/loans") } },
    ],
  });
  const doctor = await project.mesh(["doctor", "--json"]);
  expect(doctor.code).toBe(0);
  expect(JSON.parse(doctor.out).symptoms).toContainEqual(
    expect.objectContaining({ what: "snapshots", state: "note", advice: "mesh run, or mesh up" }),
  );
  const rollback = await project.mesh(["rollback", "library-loans/loans"]);
  expect(rollback.code).toBe(1);
  expect(rollback.err).toContain("cli/nothing-to-roll-back: ");
});

test("query takes a document, a file, variables and stdin, and signs with a token", async () => {
  expect((await project.mesh(["run"])).code).toBe(0);
  const inline = await project.mesh(["query", "{ loans { totalCount } }"]);
  expect(inline).toEqual({
    code: 0,
    out: '{\n  "data": {\n    "loans": {\n      "totalCount": 500\n    }\n  }\n}\n',
    err: "",
  });
  await writeFile(join(project.root, "q.graphql"), "query ($id: BigInt!) { loansByKey(id: $id) { id } }");
  const file = await project.mesh(["query", "@q.graphql", "--variables", '{"id":7}', "--json"]);
  expect(file.out).toBe('{"data":{"loansByKey":{"id":7}}}\n');
  const token = (await project.mesh(["token", "--as", "reader", "--role", "r", "--attr", "unit=COS10001"])).out;
  expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const signed = await project.mesh(["query", "{ loans { totalCount } }", "--token", token.trim(), "--json"]);
  expect(signed.out).toBe('{"data":{"loans":{"totalCount":500}}}\n');
  const forged = await project.mesh(["query", "{ loans { totalCount } }", "--json"], {
    MESH_TOKEN: `${token.trim()}x`,
  });
  expect(forged.code).toBe(1);
  expect(JSON.parse(forged.out).errors[0].extensions.code).toMatch(/^access\//);
});

test("query --explain says what the engine would be asked, and asks nothing", async () => {
  const plain = await project.mesh(["query", "{ loans(first: 2) { nodes { id } } dataProducts { id } }", "--explain"]);
  expect(plain.code).toBe(0);
  // Rows of a product with roles count as the next power of two and 1,024 at least.
  expect(plain.out).toContain("loans: one statement over library-loans/loans 0.1.0\n  looks at up to 1,024 values");
  expect(plain.out).toContain('FROM "library_loans"."finite"."loans"');
  expect(plain.out).toContain("dataProducts: the stitched executor, because dataProducts is not made from a contract");
  const json = await project.mesh(["query", "{ loans { totalCount } }", "--explain", "--json"]);
  expect(JSON.parse(json.out).fields).toMatchObject([
    { key: "loans", kind: "planned", sql: expect.any(String), params: [], reads: ["library-loans/loans"] },
  ]);
  const refused = await project.mesh(["query", "{ nothing }", "--explain"]);
  expect(refused).toMatchObject({
    code: 1,
    out: expect.stringContaining("The gateway would refuse this: Cannot query"),
  });
  const elsewhere = await project.mesh(["query", "{ loans { totalCount } }", "--explain", "--url", "http://x/graphql"]);
  expect(elsewhere).toMatchObject({ code: 2, err: expect.stringContaining("--explain plans here") });
});

test("a mistake in a query is told with its place, and ends with 1", async () => {
  const { code, out } = await project.mesh(["query", "{ loan { id } }", "--json"]);
  expect(code).toBe(1);
  expect(JSON.parse(out).errors[0]).toMatchObject({
    message: expect.stringContaining("loan"),
    locations: [{ line: 1, column: 3 }],
  });
});

test.each([
  ["http://127.0.0.1:1/graphql", 1, "cli/server-unreachable: No gateway answers at http://127.0.0.1:1/graphql"],
  ["127.0.0.1:4000", 2, "cli/usage: --url 127.0.0.1:4000 is no http URL"],
])("a gateway at %s", async (url, code, message) => {
  const result = await project.mesh(["query", "{ loans { totalCount } }", "--url", url]);
  expect(result).toMatchObject({ code, out: "" });
  expect(result.err).toContain(message);
});

test("sql prints a table for people and rows for programs, and says when it cut them", async () => {
  const table = await project.mesh([
    "sql",
    "select id, category from library_loans.product.loans order by id",
    "--limit",
    "2",
  ]);
  expect(table.code).toBe(0);
  expect(table.out).toMatch(/^id {2}category\n─+ {2}─+\n {1,}1 {2}\w+\n {1,}2 {2}\w+\n$/);
  expect(table.err).toBe("only the first 2 rows are shown; ask for more with --limit\n");
  const rows = await project.mesh(["sql", "select count(*) as n from library_loans.product.loans", "--json"]);
  expect(JSON.parse(rows.out)).toEqual([{ n: 500 }]);
  const tables = await project.mesh(["sql"]);
  expect(tables.out).toBe(
    "library_loans.product.loans\n  id BIGINT\n  category VARCHAR\n  amount DOUBLE\n  changed_at TIMESTAMP WITH TIME ZONE\n",
  );
});

test("runs that do not exist are not there; wrong settings and configurations are told of", async () => {
  const nobody = await project.mesh(["runs", "nobody"]);
  expect([nobody.code, nobody.err]).toEqual([2, expect.stringContaining("cli/unknown-domain")]);
  const port = await project.mesh(["doctor"], { MESH_PORT: "eighty" });
  expect(port.code).toBe(2);
  expect(port.err).toContain("  at   MESH_PORT\n");
  await using other = await project.copy();
  await other.change("mesh.config.ts", "defineMesh({", "defineMesh({ oops");
  const config = await other.mesh(["check"]);
  expect(config.code).toBe(1);
  expect(config.err).toContain("cli/config-code: mesh.config.ts cannot be loaded: ");
  expect(config.err).toMatch(/\n {2}at {3}mesh\.config\.ts:\d+:\d+\n/);
  await other.write("mesh.config.ts", "export default {};\n");
  expect((await other.mesh(["check"])).err).toContain("it does not say `domains` and `servers`");
});

test("check finds a published contract that was changed, row types that are stale, and products nobody lists", async () => {
  await using other = await project.copy();
  expect((await other.mesh(["contract", "publish"])).code).toBe(0);
  await other.change(
    "domains/library-loans/products/loans/contract.odcs.yaml",
    "value: 7, unit: d",
    "value: 9, unit: d",
  );
  await other.change("domains/library-loans/products/loans/generated/row.ts", "amount", "amounts");
  await other.mesh(["new", "product", "library-loans/others"]);
  await other.change("domains/library-loans/domain.ts", ', { name: "others" }', "");
  const { code, out } = await other.mesh(["check", "--json"]);
  expect(code).toBe(1);
  const { findings } = JSON.parse(out) as { findings: { rule: string; file: string }[] };
  // A new product has no examples yet, of which a policy warns.
  const told = findings.filter(({ rule }) => rule !== "policy/examples-given");
  expect(told.map(({ rule, file }) => `${rule} ${file.replace("domains/library-loans/products/", "")}`)).toEqual([
    "contract/published-is-final loans/contract.odcs.yaml",
    "generated-stale loans/generated/row.ts",
    "product-unlisted others/contract.odcs.yaml",
  ]);
});
