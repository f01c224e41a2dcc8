import { decide } from "@thoth/access/decide";
import { anonymous, type Principal } from "@thoth/access/decision";
import { fixedSnapshots } from "@thoth/access/secured-sql/followed-snapshots";
import { openSecuredSql } from "@thoth/access/secured-sql/open-secured-sql";
import type { SecuredSql } from "@thoth/access/secured-sql/secured-sql";
import type { ProductModel } from "@thoth/contract/product-model";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { openSmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gatewaySettings } from "./fixtures/door.ts";
import { agreed, now, purposes } from "./fixtures/student-agreements.ts";
import { students } from "./fixtures/students.ts";
import { serveGateway } from "./serve-gateway.ts";

/**
 * Two worlds: in one there are people besides who are hidden from every reader here, in the other there are not. Each row
 * is an attack on the difference; what comes back must be the same to the letter, sizes, links and errors included.
 */
interface World {
  readonly url: string;
  readonly sql: SecuredSql;
}

const maskKey = "5".repeat(64);
const closing = new AsyncDisposableStack();
let worlds: readonly [World, World];

/** Sees those who agreed, rows of one unit, groups, and groups for two purposes. */
const agreements = [
  agreed("consent", "researcher", "study"),
  agreed("tutor", "tutor", "research"),
  agreed("groups", "analyst", "research"),
  agreed("both", "analyst", "research"),
  agreed("both", "analyst", "study"),
];

const readers: Readonly<Record<string, Principal>> = Object.fromEntries(
  ["consent", "tutor", "groups", "both"].map((name) => [
    name,
    { name, kind: "person", roles: [], attributes: { units: "A" } } as const,
  ]),
);
const decideNow = (who: Principal, product: ProductModel, purpose?: string) =>
  decide(who, product, purpose, { agreements, purposes, now });

/** Who did not agree to the study, in a unit of their own, too few to be a group; beyond all others in every column. */
const hidden = `union all select person, 'Z', 'HD', 99999, person || '@school', date '2031-01-01', false
  from (values ('a0'), ('p3'), ('zz')) t(person)`;

async function openWorld(rows: string): Promise<World> {
  const mesh = closing.use(await openSmallMesh([{ ...students, rows }], { now, maskKey }));
  const settings = gatewaySettings(mesh, {
    authenticate: async (token) => readers[token ?? ""] ?? anonymous,
    decide: decideNow,
    files: { states: mesh.readSide },
    costs: { scanned: 30_000 },
  });
  const { url } = closing.use(await serveGateway(settings));
  const products = [{ model: mesh.model("school/students"), previous: [] }];
  const snapshots = fixedSnapshots(mesh.readSide.attached());
  const { snapshotDir } = mesh;
  return {
    url,
    sql: closing.use(await openSecuredSql({ snapshotDir, products, snapshots, maskKey, log: settings.log })),
  };
}

beforeAll(async () => {
  worlds = [await openWorld(`${students.rows} ${hidden}`), await openWorld(students.rows ?? "")];
});
afterAll(() => closing.disposeAsync());

type Attack = (world: World, reader: string) => Promise<unknown>;

/** What is another one in each world by its nature: ids and times of snapshots, and the address. */
const settled = (text: string, { url }: World) =>
  text
    .replaceAll(url, "<url>")
    .replace(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, "<id>")
    .replace(/"publishedAt":\s*"[^"]+"/g, '"publishedAt":"<time>"');

const graphql =
  (query: string): Attack =>
  async (world, reader) => {
    const response = await fetch(`${world.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${reader}` },
      body: JSON.stringify({ query }),
    });
    return [response.status, response.headers.get("content-length"), settled(await response.text(), world)];
  };

const toldHeaders = ["content-length", "x-mesh-rows", "x-mesh-truncated", "link", "accept-ranges", "content-type"];

const file =
  (path: string, method = "GET"): Attack =>
  async (world, reader) => {
    const response = await fetch(`${world.url}/products/school/students${path}`, {
      method,
      headers: { authorization: `Bearer ${reader}`, "accept-encoding": "identity" },
    });
    const body = Buffer.from(await response.arrayBuffer()).toString("latin1");
    const headers = toldHeaders.map((name) => settled(response.headers.get(name) ?? "", world));
    return [response.status, headers, settled(body, world)];
  };

const sql =
  (statement: string): Attack =>
  async ({ sql: port }, reader) => {
    const who = readers[reader] ?? anonymous;
    try {
      const prepared = await port.prepare(statement, { decide: (product) => decideNow(who, product), now });
      return [
        prepared.reads.map((read) => ({ ...read, model: undefined, decision: undefined, snapshot: undefined })),
        await prepared.rows([], { signal: new AbortController().signal }),
      ];
    } catch (failure) {
      if (!isMeshError(failure)) throw failure;
      return [failure.code, failure.message];
    }
  };

const where = (condition: object) => `where=${encodeURIComponent(JSON.stringify(condition))}`;
/** Refused in both worlds, for looking at more values than may be. */
const wide = Array.from(
  { length: 80 },
  (_, n) => `a${n}: students(first: 1, orderBy: [{ score: DESC }]) { nodes { person unit grade score } }`,
).join(" ");

const attacks: readonly (readonly [string, Attack])[] = [
  ["how many rows there are", graphql("{ students { totalCount } }")],
  ["the last row by the key", graphql("{ students(orderBy: [{ person: DESC }], first: 1) { nodes { person unit } } }")],
  ["the greatest value", graphql("{ studentsAggregate { max { score endedOn } min { score } } }")],
  [
    "sums of groups",
    graphql("{ studentsAggregate(groupBy: [UNIT], first: 50) { group { unit } count sum { score } } }"),
  ],
  ["the total beside its groups", graphql("{ studentsAggregate { count sum { score } avg { score } } }")],
  ["everybody but one group", graphql('{ studentsAggregate(where: { unit: { ne: "Z" } }) { count sum { score } } }')],
  [
    "one group by its name",
    graphql(
      '{ studentsAggregate(where: { unit: { eq: "Z" } }) { count } students(where: { unit: { eq: "Z" } }) { totalCount } }',
    ),
  ],
  [
    "a group by what is not in it",
    graphql('{ studentsAggregate(where: { not: [{ unit: { in: ["A", "B", "C", "it\'s"] } }] }) { count } }'),
  ],
  ["a key that only a hidden row has", graphql('{ studentsByKey(person: "a0", unit: "Z") { person } }')],
  [
    "a page behind a hidden row",
    graphql("{ students(first: 3, orderBy: [{ score: DESC }]) { nodes { unit } pageInfo { hasNextPage endCursor } } }"),
  ],
  [
    "what the catalog knows",
    graphql('{ dataProduct(id: "school/students") { snapshot { rowCount } access { readable reasons } } }'),
  ],
  ["what an operation is refused for", graphql(`{ ${wide} }`)],
  ["the plan of a page", graphql("query @explain { students { totalCount } }")],
  [
    "periods beside each other",
    graphql("{ studentsAggregate(bucket: { column: ENDED_ON, every: YEAR }, first: 50) { group { endedOn } count } }"),
  ],
  ["a file's length", file(".csv")],
  ["a file's length without the file", file(".csv", "HEAD")],
  ["a file's rows as JSON", file(".json?select=unit")],
  ["the last page's link", file(".ndjson?limit=5&order=-score&select=unit,person")],
  ["whether there is a next page", file(".csv?limit=20&select=unit,person")],
  ["a hidden row by its key", file(`.json?${where({ person: { eq: "a0" } })}`)],
  ["values beyond all others", file(`.json?${where({ score: { gt: 5_000 } })}`)],
  ["dictionaries of a column", file(".arrow?select=unit,person")],
  ["what the product page says", file("")],
  ["what Parquet says of a column", file(".parquet?select=unit", "HEAD")],
  ["counts in SQL", sql("select count(*), count(distinct unit), count(distinct person) from school.students")],
  ["the greatest values in SQL", sql("select max(score), min(score), max(unit), max(ended_on) from school.students")],
  ["a plan with its estimates", sql("explain select * from school.students where score > 100")],
  ["a plan with its counts", sql("explain analyze select * from school.students")],
  ["a summary with its estimates", sql("summarize school.students")],
  ["statistics of a column", sql("select stats(score) from school.students limit 1")],
  ["storage of a table", sql("select * from pragma_storage_info('school.students')")],
  ["estimated sizes of tables", sql("select table_name, estimated_size from duckdb_tables()")],
  ["places of rows", sql("select rowid from school.students")],
  [
    "an error on a hidden value",
    sql("select sum(cast(replace(unit, 'Z', 'boom') as varchar)::int) from school.students where unit = 'Z'"),
  ],
  [
    "a division that fails on a hidden value",
    sql("select 1 // (99999 - score)::int from school.students where score > 5000"),
  ],
  [
    "an outer join that hidden rows would fill",
    sql(
      "select g.unit, count(s.unit) from (values ('A'), ('Z')) g(unit) left join school.students s on s.unit = g.unit group by all order by all",
    ),
  ],
  [
    "windows over hidden rows",
    sql("select unit, count(*) over (), rank() over (order by unit) from school.students order by all limit 5"),
  ],
  [
    "a sample of all rows",
    sql("select count(*) from (select * from school.students using sample 100 percent (bernoulli))"),
  ],
  [
    "totals of groups at once",
    sql("select unit, grade, count(*), sum(score) from school.students group by cube (unit, grade) order by all"),
  ],
  [
    "groups from which one is taken",
    sql("select (select sum(score) from school.students) - (select sum(score) from school.students where unit <> 'Z')"),
  ],
];

test.each(attacks)("%s is the same with and without hidden people", async (_name, attack) => {
  for (const reader of Object.keys(readers)) {
    const [withThem, without] = [await attack(worlds[0], reader), await attack(worlds[1], reader)];
    expect([reader, withThem]).toEqual([reader, without]);
  }
});

test("the worlds do differ for who may see everybody, and each reader sees something", async () => {
  const everybody = { ...readers.consent, name: "all" } as Principal;
  const all = [agreed("all", "researcher", "research")];
  const counts = worlds.map(async ({ sql: port }) => {
    const decideAll = (product: ProductModel) =>
      decide(everybody, product, undefined, { agreements: all, purposes, now });
    const prepared = await port.prepare("select count(*)::int as n from school.students", { decide: decideAll, now });
    return (await prepared.rows([], { signal: new AbortController().signal }))[0];
  });
  expect(await Promise.all(counts)).toEqual([{ n: 83 }, { n: 80 }]);
  const seen = async (reader: string) =>
    JSON.stringify(await sql("select count(*)::int as n from school.students")(worlds[0], reader));
  expect(await seen("consent")).toContain('"n":64');
  expect(await seen("tutor")).toContain('"n":20');
  expect(await seen("groups")).toMatch(/"n":[1-9]/);
  expect(await seen("both")).toContain("warehouse/read-refused");
  expect(JSON.stringify(await graphql(`{ ${wide} }`)(worlds[0], "consent"))).toContain("subgraph/too-costly");
});
