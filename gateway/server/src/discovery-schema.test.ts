import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { campusProducts, courses, loans, now, offerings } from "./fixtures/campus.ts";
import { type Ask, openDoor } from "./fixtures/door.ts";

let mesh: SmallMesh;
let ask: Ask;
const hour = 3_600_000;

beforeAll(async () => {
  mesh = await openSmallMesh(campusProducts, { now: now - 2 * hour });
  ask = openDoor(mesh);
});

afterAll(() => mesh?.[Symbol.asyncDispose]());

const ids = (products: readonly { id: string }[]) => products.map(({ id }) => id);

test("a product tells everything that its contract and its snapshot say", async () => {
  const { data, errors } = await ask(`{ dataProduct(id: "campus/courses") {
    id domain domainTitle name title version status purpose limitations usage tags owner stewards key readable
    promises { property value unit description }
    outputPorts { type name description }
    upstream { id } downstream { id }
    snapshot { id contractVersion rowCount sizeBytes publishedAt watermark }
    contract
  } }`);
  expect(errors).toEqual([]);
  const { snapshot, contract, ...rest } = data.dataProduct;
  expect(rest).toEqual({
    id: "campus/courses",
    domain: "campus",
    domainTitle: "The campus",
    name: "courses",
    title: "Courses",
    version: "1.0.0",
    status: "active",
    purpose: "Why courses are kept.",
    limitations: "Few rows.",
    usage: "Count courses.",
    tags: ["teaching", "master-data"],
    owner: "campus team",
    stewards: ["campus steward"],
    key: ["code"],
    readable: true,
    promises: [{ property: "latency", value: "26", unit: "h", description: null }],
    outputPorts: [
      { type: "graphql", name: "courses", description: expect.any(String) },
      { type: "graphql", name: "coursesByKey", description: expect.any(String) },
      { type: "graphql", name: "coursesAggregate", description: expect.any(String) },
      { type: "sql", name: "campus.product.courses", description: expect.any(String) },
      { type: "files", name: "/products/campus/courses", description: expect.any(String) },
    ],
    upstream: [],
    downstream: [{ id: "campus/offerings" }, { id: "exams/papers" }, { id: "library/loans" }],
  });
  const [served] = mesh.readSide.attached().filter(({ product }) => product === "courses");
  expect(snapshot).toEqual({
    id: served?.id,
    contractVersion: "1.0.0",
    rowCount: 4,
    sizeBytes: served?.sizeBytes,
    publishedAt: "2026-03-18T10:00:00.000Z",
    watermark: "2026-03-18T10:00:00.000Z",
  });
  expect(JSON.parse(contract)).toMatchObject({ kind: "DataContract", name: "courses" });
});

test("columns tell how to ask for them and whether you may", async () => {
  const { data } = await ask(`{ dataProduct(id: "campus/courses") {
    columns { name field description type required unit values deprecated classification served }
  } }`);
  const column = (name: string) => data.dataProduct.columns.find((each: { name: string }) => each.name === name);
  expect(column("code")).toEqual({
    name: "code",
    field: "code",
    description: "The code.",
    type: "VARCHAR",
    required: true,
    unit: null,
    values: null,
    deprecated: null,
    classification: "PUBLIC",
    served: true,
  });
  expect(column("faculty").values).toEqual(["science", "fine-arts", "c++"]);
  expect(column("old_name")).toMatchObject({ field: "oldName", deprecated: "Use name." });
  expect(column("updated_at")).toMatchObject({
    field: "updatedAt",
    type: "TIMESTAMP WITH TIME ZONE",
    classification: "PUBLIC",
  });
  expect(column("convenor_email")).toMatchObject({ classification: "CONFIDENTIAL", served: false });
});

describe("products are found by", () => {
  test.each<[string, string, string[]]>([
    [
      "nothing: all",
      "",
      ["campus/courses", "campus/offerings", "exams/papers", "exams/plans", "exams/results", "library/loans"],
    ],
    ["domain", '(domain: "campus")', ["campus/courses", "campus/offerings"]],
    ["tag", '(tag: "teaching")', ["campus/courses"]],
    ["the class of a column", '(classification: CONFIDENTIAL, search: "courses")', ["campus/courses"]],
    ["a class and a domain", '(classification: CONFIDENTIAL, domain: "exams")', ["exams/results"]],
    ["words in any order and any case", '(search: "COURSE Loan")', ["exams/papers", "library/loans"]],
    ["a word of the purpose", '(search: "kept papers")', ["exams/papers"]],
    ["words that nothing has", '(search: "astronomy")', []],
    ["blanks: all", '(search: "  ", domain: "library")', ["library/loans"]],
    ["a domain that is not there", '(domain: "nowhere")', []],
    [
      "null: all",
      "(search: null, domain: null, tag: null, classification: null)",
      ["campus/courses", "campus/offerings", "exams/papers", "exams/plans", "exams/results", "library/loans"],
    ],
  ])("%s", async (_how, args, expected) => {
    const { data, errors } = await ask(`{ dataProducts${args} { id } }`);
    expect(errors).toEqual([]);
    expect(ids(data.dataProducts)).toEqual(expected);
  });
});

test("an unknown product is null, and a lineage can be followed both ways", async () => {
  const { data } = await ask(`{
    none: dataProduct(id: "campus/nothing") { id }
    papers: dataProduct(id: "exams/papers") { upstream { id downstream { id } } downstream { id } }
  }`);
  expect(data.none).toBeNull();
  expect(data.papers.downstream).toEqual([]);
  expect(ids(data.papers.upstream)).toEqual(["campus/courses", "library/loans"]);
  expect(ids(data.papers.upstream[1].downstream)).toEqual(["exams/papers"]);
});

describe("freshness", () => {
  const verdicts = `{ dataProducts { id freshness { verdict lagSeconds overSeconds } snapshot { watermark } } }`;

  test("is judged by the watermark against the promise", async () => {
    const { data } = await ask(verdicts);
    const of = (id: string) => data.dataProducts.find((product: { id: string }) => product.id === id).freshness;
    expect(of("campus/courses")).toEqual({ verdict: "fresh", lagSeconds: 7_200, overSeconds: null });
    expect(of("library/loans")).toEqual({ verdict: "stale", lagSeconds: 7_200, overSeconds: 3_600 });
    expect(of("exams/plans")).toEqual({ verdict: "never-loaded", lagSeconds: null, overSeconds: null });
  });

  test("follows what is published, and falls back to when that was", async () => {
    await using own = await openSmallMesh([courses, offerings, loans], { now: now - 50 * hour });
    const door = openDoor(own);
    const publish = (watermark: number | null) =>
      own.publish("library/loans", String(loans.rows), { publishedAt: now - hour / 2, watermark });
    await publish(now - 60_000);
    const fresh = (await door(verdicts)).data.dataProducts[2];
    expect(fresh).toEqual({
      id: "library/loans",
      freshness: { verdict: "fresh", lagSeconds: 60, overSeconds: null },
      snapshot: { watermark: "2026-03-18T11:59:00.000Z" },
    });
    await publish(null);
    const timeless = (await door(verdicts)).data.dataProducts[2];
    expect(timeless).toEqual({
      id: "library/loans",
      freshness: { verdict: "fresh", lagSeconds: 1_800, overSeconds: null },
      snapshot: { watermark: null },
    });
  });
});

test("example queries work when pasted, for products that may be read and for those that may not", async () => {
  const { data } = await ask("{ dataProducts { id readable exampleQuery } }");
  for (const { id, readable, exampleQuery } of data.dataProducts) {
    const { data: rows, errors } = await ask(exampleQuery);
    const codes = errors.map(({ extensions }) => extensions.code);
    expect(codes, exampleQuery).toEqual(id === "exams/plans" ? ["warehouse/no-snapshot"] : []);
    if (!readable) expect(rows.dataProduct.purpose).toBe("Why results are kept.");
  }
  expect(
    data.dataProducts.filter((product: { readable: boolean }) => !product.readable).map(({ id }: { id: string }) => id),
  ).toEqual(["exams/results"]);
});

test("the glossary is there", async () => {
  const { data } = await ask("{ glossary { name definition } }");
  expect(data.glossary).toEqual([{ name: "course", definition: "What is taught." }]);
});

test("a product of many rows is counted in full", async () => {
  await using own = await openSmallMesh([courses], { now });
  const big = own.readSide.attached().map((snapshot) => ({ ...snapshot, rowCount: 5_000_000_000, sizeBytes: 2 ** 42 }));
  const { data, errors } = await openDoor(own, { snapshots: () => big })(
    "{ dataProducts { snapshot { rowCount sizeBytes } } }",
  );
  expect(errors).toEqual([]);
  expect(data.dataProducts[0].snapshot).toEqual({ rowCount: 5_000_000_000, sizeBytes: 2 ** 42 });
});
