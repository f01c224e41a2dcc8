import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Place } from "@thoth/kernel/mesh-error";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import type { TestDomain, TestProduct } from "@thoth/testing/test-domain";
import { writeRepository } from "@thoth/testing/test-mesh";
import { afterAll, beforeAll, expect, test } from "vitest";
import { analyseDomains } from "./analyse-domains.ts";
import type { Domain } from "./domain.ts";
import { loadDomain } from "./load-domain.ts";
import { planJobs } from "./plan-jobs.ts";

let dir: TempDir;
let repositories = 0;

beforeAll(async () => {
  dir = await tempDir();
});

afterAll(() => dir[Symbol.asyncDispose]());

async function load(domains: readonly TestDomain[]): Promise<Domain[]> {
  const root = await writeRepository(join(dir.path, String(++repositories)), domains);
  return Promise.all(domains.map(({ name }) => loadDomain(join(root, "domains", name, "domain.ts"), root)));
}

async function plan(domains: readonly TestDomain[]): Promise<string[]> {
  const loaded = await load(domains);
  return planJobs(loaded, await analyseDomains(loaded)).map((job) => job.id);
}

const stream = { columns: { id: "BIGINT" } };

function product(sql: string, inputPorts: readonly string[] = []): TestProduct {
  return { sql, key: ["id"], columns: { id: "integer" }, inputPorts };
}

const campus: TestDomain = {
  name: "campus",
  streams: { rooms: stream },
  clean: { rooms: "select id from raw.rooms" },
  products: { rooms: product("select id from clean.rooms"), halls: product("select id from campus.product.rooms") },
};

test("every job comes behind what its query reads", async () => {
  expect(await plan([campus])).toEqual([
    "campus/extract/rooms",
    "campus/clean/rooms",
    "campus/product/rooms",
    "campus/product/halls",
  ]);
});

test("one domain's jobs follow each other as far as others let them", async () => {
  const library: TestDomain = {
    name: "library",
    streams: { loans: stream },
    clean: { loans: "select id from raw.loans" },
    products: {
      loans: product("select id from clean.loans"),
      seats: product("select id from campus.product.rooms", ["campus/rooms"]),
    },
  };
  expect(await plan([library, campus])).toEqual([
    "campus/extract/rooms",
    "campus/clean/rooms",
    "campus/product/rooms",
    "campus/product/halls",
    "library/extract/loans",
    "library/clean/loans",
    "library/product/loans",
    "library/product/seats",
  ]);
});

test("two domains that read each other take turns", async () => {
  const first: TestDomain = {
    name: "first",
    products: {
      base: product("select 1 as id"),
      top: product("select id from second.product.middle", ["second/middle"]),
    },
  };
  const second: TestDomain = {
    name: "second",
    products: { middle: product("select id from first.product.base", ["first/base"]), own: product("select 2 as id") },
  };
  expect(await plan([first, second])).toEqual([
    "first/product/base",
    "second/product/middle",
    "second/product/own",
    "first/product/top",
  ]);
});

const operations: TestDomain = {
  name: "a-operations",
  sources: [
    {
      imports: 'import { controlPlane } from "@thoth/ingest/control-plane"',
      expression: 'controlPlane("mesh-control")',
    },
  ],
  products: { runs: product("select 1 as id from clean.runs") },
  clean: { runs: "select * from raw.runs" },
};

test("what observes the mesh runs last, whatever its name", async () => {
  const jobs = await plan([operations, campus]);
  expect(jobs.slice(-4)).toEqual([
    "a-operations/extract/runs",
    "a-operations/extract/snapshots",
    "a-operations/clean/runs",
    "a-operations/product/runs",
  ]);
});

test("even when an observed product is made of what is observed", async () => {
  const reader: TestDomain = {
    name: "reports",
    products: { report: product("select id from a_operations.product.runs", ["a-operations/runs"]) },
  };
  const jobs = await plan([operations, campus, reader]);
  expect(jobs.indexOf("a-operations/extract/runs")).toBeGreaterThan(jobs.indexOf("campus/product/halls"));
  expect(jobs.indexOf("a-operations/product/runs")).toBeLessThan(jobs.indexOf("reports/product/report"));
});

interface Refusal {
  readonly what: string;
  readonly domains: readonly TestDomain[];
  readonly code: string;
  readonly at: Place;
  readonly says?: string;
}

/** The campus with one thing changed. */
function campusWith(change: Partial<TestDomain>): TestDomain {
  return { ...campus, ...change };
}

const library: TestDomain = {
  name: "library",
  streams: { loans: stream },
  clean: { loans: "select id from raw.loans" },
  products: { loans: product("select id from clean.loans") },
};

const cleanRooms = "domains/campus/clean/rooms.sql";
const productRooms = "domains/campus/products/rooms/product.sql";

const refusals: readonly Refusal[] = [
  {
    what: "SQL that does not parse",
    domains: [campusWith({ clean: { rooms: "-- rooms\nselect id\nfrm raw.rooms" } })],
    code: "warehouse/sql-syntax",
    at: { file: cleanRooms, line: 3, column: 5 },
  },
  {
    what: "a misspelt stream",
    domains: [campusWith({ clean: { rooms: "select id\n  from raw.room" } })],
    code: "pipeline/unknown-table",
    at: { file: cleanRooms, line: 2, column: 8 },
    says: "Did you mean raw.rooms?",
  },
  {
    what: "a table without a schema",
    domains: [campusWith({ clean: { rooms: "select id from rooms" } })],
    code: "pipeline/unknown-table",
    at: { file: cleanRooms, line: 1, column: 16 },
  },
  {
    what: "a file that only looks like a table",
    domains: [campusWith({ clean: { rooms: `select * from "raw.rooms"` } })],
    code: "pipeline/unknown-table",
    at: { file: cleanRooms, line: 1, column: 15 },
  },
  {
    what: "a function that reads files",
    domains: [campusWith({ clean: { rooms: "select * from read_csv('/etc/passwd')" } })],
    code: "warehouse/function-refused",
    at: { file: cleanRooms, line: 1, column: 15 },
  },
  {
    what: "raw rows in a product",
    domains: [campusWith({ products: { rooms: product("select id from raw.rooms") } })],
    code: "pipeline/wrong-layer",
    at: { file: productRooms, line: 1, column: 16 },
  },
  {
    what: "a product in a cleaned table",
    domains: [campusWith({ clean: { rooms: "select id from campus.product.rooms" } })],
    code: "pipeline/wrong-layer",
    at: { file: cleanRooms, line: 1, column: 16 },
  },
  {
    what: "raw rows of another domain",
    domains: [
      library,
      campusWith({ products: { rooms: product("select id\nfrom library.raw.loans", ["library/loans"]) } }),
    ],
    code: "pipeline/foreign-table",
    at: { file: productRooms, line: 2, column: 6 },
  },
  {
    what: "a cleaned table of another domain",
    domains: [library, campusWith({ clean: { rooms: "select id from library.clean.loans" } })],
    code: "pipeline/foreign-table",
    at: { file: cleanRooms, line: 1, column: 16 },
  },
  {
    what: "a product that is no input port",
    domains: [library, campusWith({ products: { rooms: product("select id from library.product.loans") } })],
    code: "pipeline/not-an-input-port",
    at: { file: productRooms, line: 1, column: 16 },
    says: 'Add "library/loans"',
  },
  {
    what: "an input port that does not exist",
    domains: [library, campusWith({ products: { rooms: product("select 1 as id", ["library/loan"]) } })],
    code: "pipeline/unknown-input-port",
    at: { file: "domains/campus/domain.ts" },
    says: "Known: library/loans",
  },
  {
    what: "two products that read each other",
    domains: [
      campusWith({
        products: {
          rooms: product("select id from campus.product.halls"),
          halls: product("select id from campus.product.rooms"),
        },
      }),
    ],
    code: "warehouse/cyclic-dependency",
    at: { file: productRooms, path: "campus/product/rooms" },
    says: "campus/product/rooms → campus/product/halls → campus/product/rooms",
  },
  {
    what: "two domains whose products read each other",
    domains: [
      { name: "library", products: { loans: product("select id from campus.product.rooms", ["campus/rooms"]) } },
      campusWith({ products: { rooms: product("select id from library.product.loans", ["library/loans"]) } }),
    ],
    code: "warehouse/cyclic-dependency",
    at: { file: "domains/library/products/loans/product.sql", path: "library/product/loans" },
    says: "library/product/loans → campus/product/rooms → library/product/loans",
  },
  {
    what: "a table that reads itself",
    domains: [campusWith({ clean: { rooms: "select id from clean.rooms" } })],
    code: "warehouse/cyclic-dependency",
    at: { file: cleanRooms, path: "campus/clean/rooms" },
  },
];

test.each(refusals)("refused before anything runs: $what", async ({ domains, code, at, says }) => {
  const failure = await plan(domains).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code, at });
  expect(failure).toSatisfy(({ message, hint }: { message: string; hint: string }) =>
    `${message} ${hint}`.includes(says ?? ""),
  );
});

const rule = (query: string) => [{ id: "own-rows", type: "sql", query, mustBe: 0 }];

test.each([
  ["another table of the domain", "select count(*) from clean.rooms", "{object}"],
  ["the same table elsewhere", "select count(*) from campus.product.rooms", "{object}"],
  ["a file", "select count(*) from read_text('/etc/passwd')", "source"],
  ["a file by its name", "select count(*) from '/etc/passwd'", "{object}"],
  ["two statements", "select 1; select 2", "one SELECT"],
  ["something that is no query", "drop table {object}", "SELECT"],
  ["SQL that does not parse", "select count(* from {object}", "dialect"],
])("a quality rule may not read %s", async (_, query, hint) => {
  const products = { rooms: { ...product("select id from clean.rooms"), quality: rule(query) } };
  const failure = await plan([campusWith({ products })]).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: "pipeline/rule-refused",
    at: { file: "domains/campus/products/rooms/contract.odcs.yaml", line: expect.any(Number) },
    hint: expect.stringContaining(hint),
  });
});

test("a placeholder stands for the product, with and without the dollar sign", async () => {
  const queries = ["{object}", "${object}", "{table}", "${table}"].map((name) => `select count(*) from ${name}`);
  const quality = queries.map((query, index) => ({ id: `rule-${index}`, type: "sql", query, mustBe: 0 }));
  await expect(
    plan([campusWith({ products: { rooms: { ...product("select id from clean.rooms"), quality } } })]),
  ).resolves.toHaveLength(3);
});

test.each<[string, TestDomain, string, string]>([
  ["the folder has another name", campus, "domain-name", "domains/campus/domain.ts"],
  [
    "two sources fill one table",
    campusWith({ streams: { rooms: stream, Rooms: { ...stream, source: "other" } } }),
    "duplicate-stream",
    "domains/campus/domain.ts",
  ],
  [
    "a name is no name",
    campusWith({ products: { "Big Rooms": product("select 1 as id") } }),
    "bad-name",
    "domains/campus/domain.ts",
  ],
])("a domain is not loaded when %s", async (what, domain, code, file) => {
  const root = await writeRepository(join(dir.path, String(++repositories)), [domain]);
  const definition = join(root, "domains", domain.name, "domain.ts");
  if (what.startsWith("the folder")) {
    const text = `export default { name: "campuses", sources: [], products: [] };\n`;
    await writeFile(definition, text);
  }
  await expect(loadDomain(definition, root)).rejects.toMatchObject({ code: `pipeline/${code}`, at: { file } });
});

test.each<[string, string | undefined, string, string]>([
  ["domain.ts", undefined, "domain-not-found", "domains/campus/domain.ts"],
  ["domain.ts", "export const domain = 1;", "domain-not-found", "domains/campus/domain.ts"],
  ["domain.ts", 'export default { name: "campus" };', "domain-not-found", "domains/campus/domain.ts"],
  ["domain.ts", 'throw new Error("not today");', "domain-not-loaded", "domains/campus/domain.ts"],
  ["package.json", undefined, "missing-file", "domains/campus/package.json"],
  ["products/rooms/product.sql", undefined, "missing-file", "domains/campus/products/rooms/product.sql"],
  ["products/rooms/contract.odcs.yaml", undefined, "missing-file", "domains/campus/products/rooms/contract.odcs.yaml"],
])("a domain whose %s is %j is not loaded", async (name, content, code, file) => {
  const root = await writeRepository(join(dir.path, String(++repositories)), [campus]);
  const path = join(root, "domains/campus", name);
  await (content === undefined ? rm(path) : writeFile(path, content));
  const loading = loadDomain(join(root, "domains/campus/domain.ts"), root);
  await expect(loading).rejects.toMatchObject({ code: `pipeline/${code}`, at: { file } });
});

test.each([
  ["product", { from: /"(name|physicalName|id)": "rooms"/g, to: '"$1": "halls"' }],
  ["domain", { from: '"domain": "campus"', to: '"domain": "library"' }],
])("a contract of another %s is not this product's", async (_, { from, to }) => {
  const root = await writeRepository(join(dir.path, String(++repositories)), [campus]);
  const file = "domains/campus/products/rooms/contract.odcs.yaml";
  await writeFile(join(root, file), (await readFile(join(root, file), "utf8")).replaceAll(from, to));
  const loading = loadDomain(join(root, "domains/campus/domain.ts"), root);
  await expect(loading).rejects.toMatchObject({ code: "contract/misplaced", at: { file } });
});

test("a contract that is not valid is told with line and column", async () => {
  const root = await writeRepository(join(dir.path, String(++repositories)), [campus]);
  const file = "domains/campus/products/rooms/contract.odcs.yaml";
  await writeFile(join(root, file), "apiVersion: v3.2.0\nkind: DataContract\nversion: one\n");
  await expect(loadDomain(join(root, "domains/campus/domain.ts"), root)).rejects.toMatchObject({
    code: "contract/invalid",
    at: { file, line: expect.any(Number), column: expect.any(Number) },
  });
});
