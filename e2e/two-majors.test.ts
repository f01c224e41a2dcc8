import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveMesh } from "./mesh-process.ts";
import { loansProject, type SmallProject } from "./small-project.ts";

/** A product in its second major version; the first one is made from it, in a repository of its own. */
let project: SmallProject;
const folder = "domains/library-loans/products/loans";
const contract = `${folder}/contract.odcs.yaml`;
const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
const [since, until] = [day(-1), day(90)];
const mapping = "select id, kind as category, amount, changed_at\nfrom library_loans.product.loans_v2\n";

beforeAll(async () => {
  project = await loansProject();
  await project.change(contract, "version: 0.1.0", "version: 1.0.0");
  expect(await project.mesh(["contract", "publish"])).toMatchObject({ code: 0 });
  expect(await project.mesh(["run"])).toMatchObject({ code: 0 });
  await project.change(contract, "version: 1.0.0", "version: 2.0.0");
  await project.change(contract, "name: category", "name: kind");
  await project.change(
    contract,
    "slaProperties:",
    `customProperties:
  - property: previousMajors
    value:
      - { major: 1, deprecatedSince: ${since}, endOfSupport: ${until}, deprecationReason: A category is called kind now. }

slaProperties:`,
  );
  const sql = await project.read(`${folder}/product.sql`);
  await project.write(`${folder}/product.sql`, sql.replace("category", "category as kind"));
  await mkdir(join(project.root, folder, "previous"));
  await project.write(`${folder}/previous/v1.sql`, mapping);
});

afterAll(() => project[Symbol.asyncDispose]());

async function ask(query: string) {
  return JSON.parse((await project.mesh(["query", query, "--json"])).out);
}

const deprecations = [
  { element: "loans", since, until, replacement: "loansV2", reason: "A category is called kind now." },
];

// Each test goes on from the one before.
test("until the new version has been published, the old one goes on and the new one says so", async () => {
  const { data, errors, extensions } = await ask("{ loans { totalCount } loansV2 { totalCount } }");
  expect(data).toEqual({ loans: { totalCount: 500 }, loansV2: null });
  expect(errors).toMatchObject([{ extensions: { code: "warehouse/no-snapshot" } }]);
  expect(extensions).toEqual({ deprecations });
});

test("both versions are served from one run; only readers of the old one are told", async () => {
  expect(await project.mesh(["run"])).toMatchObject({ code: 0 });
  const both = await ask(`{
    old: loans(first: 3) { nodes { id category } }
    new: loansV2(first: 3) { nodes { id kind } }
  }`);
  const renamed = both.data.new.nodes.map(({ id, kind }: { id: number; kind: string }) => ({ id, category: kind }));
  expect(both.data.old.nodes).toEqual(renamed);
  expect(both).toMatchObject({ extensions: { deprecations } });
  expect(await ask("{ loansV2 { totalCount } }")).toEqual({ data: { loansV2: { totalCount: 500 } } });
  const tables = (await project.mesh(["sql"])).out;
  expect(tables).toContain("library_loans.product.loans_v2\n  id BIGINT\n  kind VARCHAR");
  expect(tables).toContain("library_loans.product.loans\n  id BIGINT\n  category VARCHAR");
  const joined =
    "select count(*) as n from library_loans.product.loans o join library_loans.product.loans_v2 n on n.id = o.id and n.kind is not distinct from o.category";
  expect(JSON.parse((await project.mesh(["sql", joined, "--json"])).out)).toEqual([{ n: 500 }]);
});

test("mesh lifecycle tells what is on its way out, and what keeps it", async () => {
  const { code, out } = await project.mesh(["lifecycle"]);
  expect(code).toBe(0);
  expect(out).toMatch(
    new RegExp(
      `^library-loans/loans 1\\.0\\.0: deprecated since ${since}; use loansV2\n {4}next: retired, ${until}\n {4}blocked: it is promised until ${until}\n`,
    ),
  );
  expect(out).toMatch(/blocked: read in the last 30 days by local:\S+, last on \d{4}-\d\d-\d\d\n$/);
  const { elements } = JSON.parse((await project.mesh(["lifecycle", "library-loans/loans", "--json"])).out);
  expect(elements).toMatchObject([
    {
      product: "library-loans/loans",
      version: "1.0.0",
      column: null,
      state: "deprecated",
      endOfSupport: until,
      replacement: "loansV2",
      next: { state: "retired", at: until },
    },
  ]);
  expect(elements[0].blockers.map(({ kind }: { kind: string }) => kind)).toEqual(["date", "not-counted", "in-use"]);
  expect((await project.mesh(["lifecycle", "library-loans/nothing"])).err).toContain("cli/unknown-product");
});

test("a serving process swaps both versions, and a rollback swaps them back", async () => {
  const first = (await project.read("var/snapshots/current.json")).match(/"id": "([^"]+)"/)?.[1];
  await using server = await serveMesh(["up"], { cwd: project.root, env: { MESH_PORT: "0" } });
  const counts = async () => {
    const { data } = await server.ask("{ loans { totalCount } loansV2 { totalCount } }");
    return [data.loans.totalCount, data.loansV2.totalCount];
  };
  expect(await counts()).toEqual([500, 500]);
  const sql = await project.read(`${folder}/product.sql`);
  await project.write(`${folder}/product.sql`, `${sql.trimEnd()}\nwhere id > 100\n`);
  expect(await project.mesh(["run"])).toMatchObject({ code: 0 });
  expect(await counts()).toEqual([400, 400]);
  const response = await fetch(`${server.url}/graphql?query=${encodeURIComponent("{ loans { totalCount } }")}`, {
    headers: { accept: "application/json" },
  });
  expect(response.headers.get("deprecation")).toBe(`@${Date.parse(since) / 1000}`);
  expect(response.headers.get("sunset")).toBe(new Date(until).toUTCString());
  expect(await project.mesh(["rollback", "library-loans/loans"])).toMatchObject({ code: 0 });
  expect(await counts()).toEqual([500, 500]);
  expect(await project.read("var/snapshots/current.json")).toContain(`"id": "${first}"`);
  const further = await project.mesh(["rollback", "library-loans/loans"]);
  expect(further).toMatchObject({ code: 1 });
  expect(further.err).toContain("cli/nothing-to-roll-back");
  await project.write(`${folder}/previous/v1.sql`, `${mapping} where true`);
  const stale = await project.mesh(["run"]);
  expect(stale.err).toContain("cli/restart-needed");
});

test.each([
  [
    "a column that is not there",
    mapping.replace("kind as", "sort as"),
    "pipeline/query-failed",
    /previous\/v1\.sql:1:12/,
  ],
  [
    "another table",
    `${mapping} union all select * from clean.records`,
    "warehouse/mapping-reads",
    /previous\/v1\.sql:3:26/,
  ],
])("a mapping that reads %s is refused with its place", async (_, sql, code, place) => {
  await project.write(`${folder}/previous/v1.sql`, sql);
  for (const command of ["check", "run"]) {
    const { code: ended, out, err } = await project.mesh([command]);
    expect(ended).toBe(1);
    expect(out + err).toContain(code);
    expect(out + err).toMatch(place);
  }
  await project.write(`${folder}/previous/v1.sql`, mapping);
});

test("a version that ends before its day is refused by the check; its names say what replaced them", async () => {
  await rm(join(project.root, folder, "previous"), { recursive: true });
  const { findings } = JSON.parse((await project.mesh(["check", "--json"])).out);
  expect(findings).toContainEqual(
    expect.objectContaining({
      rule: "lifecycle-ended-early",
      severity: "error",
      message: `library-loans/loans 1.0.0 is promised until ${until}, and nothing serves it any more`,
    }),
  );
  const gone = await ask("{ loans { totalCount } }");
  expect(gone.errors).toMatchObject([
    {
      message: `loans has ended (${until})`,
      extensions: { code: "gateway/retired", hint: expect.stringContaining("Use loansV2 instead") },
    },
  ]);
  const sql = await project.mesh(["sql", "select * from library_loans.product.loans"]);
  expect(sql).toMatchObject({ code: 1 });
  expect(sql.err).toContain("That version has ended. Read library_loans.product.loans_v2 instead.");
  expect((await project.mesh(["lifecycle"])).out).toContain("library-loans/loans 1.0.0: retired");
});
