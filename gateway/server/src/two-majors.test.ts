import type { SmallProduct } from "@thoth/testing/small-contract";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { printType } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { courses, loans } from "./fixtures/campus.ts";
import { type Ask, doorAt, gatewaySettings, openDoor } from "./fixtures/door.ts";
import { type GatewaySettings, serveGateway } from "./serve-gateway.ts";

const since = Date.parse("2026-11-22");
const now = Date.parse("2027-01-05T12:00:00Z");

/** `campus/courses` 2.0.0: `name` is called `title`, seats are counted differently; 1.0.0 is made from it. */
const coursesV2: SmallProduct = {
  ...courses,
  version: "2.0.0",
  columns: {
    code: { logicalType: "string", classification: "public" },
    title: "string",
    faculty: { logicalType: "string", enum: [{ value: "science" }, { value: "fine-arts" }, { value: "c++" }] },
    students: { logicalType: "integer", logicalTypeOptions: { format: "i64" } },
    updated_at: "timestamp",
    old_name: {
      logicalType: "string",
      deprecated: true,
      customProperties: [
        { property: "deprecationReason", value: "Nobody looks it up." },
        { property: "deprecatedSince", value: "2026-12-01" },
        { property: "endOfSupport", value: "2027-06-01" },
        { property: "replacedBy", value: "title" },
      ],
    },
    convenor_email: { logicalType: "string", classification: "confidential" },
  },
  rows: (courses.rows ?? "").replace("code, name,", "code, title,"),
  contract: {
    customProperties: [
      {
        property: "previousMajors",
        value: [
          {
            major: 1,
            deprecatedSince: "2026-11-22",
            endOfSupport: "2027-02-20",
            deprecationReason: "The name is called title now.",
            brownOuts: [{ from: "2027-02-01T09:00:00Z", to: "2027-02-01T11:00:00Z" }],
          },
        ],
      },
    ],
  },
  previous: {
    promised: courses,
    sql: "select code, title as name, faculty, students, updated_at, old_name, convenor_email from campus.product.courses_v2",
  },
};

/** Refers to the version before; `papers` to the current one. */
const oldLoans: SmallProduct = {
  ...loans,
  relations: { course: { to: "campus/courses@1.0.0", from: ["course_code"] } },
};
const papers: SmallProduct = {
  id: "library/papers",
  object: "paper",
  key: ["id"],
  columns: { id: "integer", course_code: "string" },
  relations: { course: { to: "campus/courses@2.0.0", from: ["course_code"] } },
  rows: "from (values (1, 'A1'), (2, 'B2')) t(id, course_code)",
};

let mesh: SmallMesh;
const doors = new Map<string, Ask>();

beforeAll(async () => {
  mesh = await openSmallMesh([coursesV2, oldLoans, papers], { now });
});

afterAll(() => mesh[Symbol.asyncDispose]());

function door(at = now, changes: Partial<GatewaySettings> = {}): Ask {
  const key = JSON.stringify([at, changes]);
  const known = doors.get(key) ?? openDoor(mesh, { clock: () => at, ...changes });
  doors.set(key, known);
  return known;
}

const notice = {
  element: "courses",
  since: "2026-11-22",
  until: "2027-02-20",
  replacement: "coursesV2",
  reason: "The name is called title now.",
};

describe.each([
  ["planned", true],
  ["stitched", false],
])("%s answers", (_, plans) => {
  const ask: Ask = (query, options) => door(now, { plans })(query, options);

  test("both major versions answer, from the same snapshot", async () => {
    const { data, errors } = await ask(`{
      old: courses(orderBy: [{ code: ASC }], first: 2) { nodes { code name } totalCount }
      new: coursesV2(orderBy: [{ code: ASC }], first: 2) { nodes { code title } totalCount }
      one: coursesByKey(code: "C3") { name faculty }
      groups: coursesAggregate(groupBy: [FACULTY], orderBy: [{ group: { faculty: ASC } }]) { group { faculty } count }
    }`);
    expect(errors).toEqual([]);
    expect(data.old.nodes).toEqual([
      { code: "A1", name: "Algebra" },
      { code: "B2", name: "Biology" },
    ]);
    expect(data.new.nodes).toEqual([
      { code: "A1", title: "Algebra" },
      { code: "B2", title: "Biology" },
    ]);
    expect([data.old.totalCount, data.new.totalCount]).toEqual([4, 4]);
    expect(data.one).toEqual({ name: "Ceramics", faculty: "FINE_ARTS" });
    expect(data.groups).toHaveLength(3);
  });

  test("relations lead to the major version that their contract names", async () => {
    const { data, errors } = await ask(`{
      loans(where: { branch: { eq: "north" } }) { nodes { number course { code name } } }
      papers { nodes { id course { code title papers { nodes { id } } } } }
      courses(where: { code: { eq: "A1" } }) { nodes { loansAggregate { count } } }
    }`);
    expect(errors).toEqual([]);
    expect(data.loans.nodes[0]).toEqual({ number: 1, course: { code: "B2", name: "Biology" } });
    expect(data.papers.nodes[0]).toEqual({
      id: 1,
      course: { code: "A1", title: "Algebra", papers: { nodes: [{ id: 1 }] } },
    });
    expect(data.courses.nodes).toEqual([{ loansAggregate: [{ count: 3 }] }]);
  });

  test("those who read the old version are told, in the answer and in headers", async () => {
    const { text, headers } = await ask("{ courses(first: 1) { nodes { code } } }");
    expect(JSON.parse(text)).toEqual({
      data: { courses: { nodes: [{ code: "A1" }] } },
      extensions: { deprecations: [notice] },
    });
    expect(headers.get("deprecation")).toBe(`@${since / 1000}`);
    expect(headers.get("sunset")).toBe("Sat, 20 Feb 2027 00:00:00 GMT");
    expect(headers.get("link")).toBe(
      '</#product-campus-courses>; rel="deprecation"; type="text/html", ' +
        '</#product-campus-courses>; rel="successor-version"; title="coursesV2"',
    );
    expect(headers.get("content-length")).toBe(String(Buffer.byteLength(text)));
  });

  test.each([
    ["the new version", "{ coursesV2 { nodes { code title } } }"],
    ["what is no product", "{ dataProducts { id } }"],
    ["a product that refers to the old version", "{ loans { nodes { number days } } }"],
    [
      "the new version, when the old one is left out",
      "{ coursesV2 { nodes { code } } courses @skip(if: true) { totalCount } }",
    ],
  ])("those who read %s are not", async (_what, query) => {
    const { text, headers } = await ask(query);
    expect(JSON.parse(text)).not.toHaveProperty("extensions");
    expect(["deprecation", "sunset", "link"].map((name) => headers.get(name))).toEqual([null, null, null]);
  });

  test.each([
    ["counting it", "{ courses { totalCount } }"],
    ["an aggregate", "{ coursesAggregate { count } }"],
    ["one row", '{ coursesByKey(code: "A1") { code } }'],
    ["a relation to it", "{ loans(where: { number: { eq: 1 } }) { nodes { course { name } } } }"],
    ["a fragment", "query { ...F } fragment F on Query { courses { totalCount } }"],
  ])("reading the old version by %s is using it", async (_what, query) => {
    const { text } = await ask(query);
    expect(JSON.parse(text).extensions.deprecations).toEqual([notice]);
  });

  test.each([
    ["selected", "{ coursesV2 { nodes { oldName } } }"],
    ["in a filter", '{ coursesV2(where: { not: { oldName: { eq: "x" } } }) { totalCount } }'],
    ["in an order", "{ coursesV2(orderBy: [{ oldName: ASC }]) { nodes { code } } }"],
    ["grouped by", "{ coursesV2Aggregate(groupBy: [OLD_NAME]) { count } }"],
    ["a measure", "{ coursesV2Aggregate { max { oldName } } }"],
  ])("a deprecated column that is %s is told of, and its version is not", async (_what, query) => {
    const { text, headers } = await ask(query);
    expect(JSON.parse(text).extensions.deprecations).toEqual([
      {
        element: "CourseV2.oldName",
        since: "2026-12-01",
        until: "2027-06-01",
        replacement: "title",
        reason: "Nobody looks it up.",
      },
    ]);
    expect(headers.get("link")).toBe('</#product-campus-courses>; rel="deprecation"; type="text/html"');
    expect(headers.get("sunset")).toBe("Tue, 01 Jun 2027 00:00:00 GMT");
  });

  test("what a variable names counts, one operation after the other", async () => {
    const query = "query Q($order: [CourseV2OrderBy!]) { coursesV2(orderBy: $order) { nodes { code } } }";
    const told = async (column: string) => {
      const { text, headers } = await ask(query, { variables: { order: [{ [column]: "ASC" }] } });
      return [JSON.parse(text).extensions?.deprecations.length, headers.get("deprecation")];
    };
    expect(await told("title")).toEqual([undefined, null]);
    expect(await told("oldName")).toEqual([1, `@${Date.parse("2026-12-01") / 1000}`]);
    expect(await told("code")).toEqual([undefined, null]);
  });

  test("nothing is told before it is announced", async () => {
    const { text, headers } = await door(since - 1, { plans })("{ courses { totalCount } }");
    expect(JSON.parse(text)).not.toHaveProperty("extensions");
    expect(headers.get("deprecation")).toBeNull();
  });

  test("in a brown-out the old version is an error that names the new one; the rest is answered", async () => {
    const during = door(Date.parse("2027-02-01T10:00:00Z"), { plans });
    const { data, errors, text, headers, status } = await during(
      `query Q($with: Boolean!) {
      a: courses { nodes { code } }
      coursesV2(first: 1) { nodes { title } }
      ...More @include(if: $with)
      loans(first: 1) { nodes { number } }
    } fragment More on Query { b: loans(first: 1) { nodes { course { name } } } }`,
      { variables: { with: true } },
    );
    expect(status).toBe(200);
    expect(data).toEqual({
      a: null,
      b: null,
      coursesV2: { nodes: [{ title: "Algebra" }] },
      loans: { nodes: [{ number: 1 }] },
    });
    expect(errors).toEqual([
      {
        message: "courses is on its way out and switched off until 2027-02-01T11:00:00Z",
        path: ["a"],
        extensions: {
          code: "gateway/brown-out",
          hint: "Use coursesV2 instead: from 2027-02-20 on it may be gone for good.",
          affectedPaths: ["a", "b"],
        },
      },
    ]);
    expect(JSON.parse(text).extensions.deprecations).toEqual([notice]);
    expect(headers.get("deprecation")).toBe(`@${since / 1000}`);
    const alone = await during("{ courses { totalCount } }");
    expect(alone.data).toEqual({ courses: null });
    const left = await during(
      "query Q($with: Boolean!) { coursesV2 { totalCount } courses @include(if: $with) { totalCount } }",
      { variables: { with: false } },
    );
    expect(left).toMatchObject({ data: { coursesV2: { totalCount: 4 } }, errors: [] });
    for (const instant of ["2027-02-01T08:59:59Z", "2027-02-01T11:00:00Z"]) {
      expect((await door(Date.parse(instant), { plans })("{ courses { totalCount } }")).data).toEqual({
        courses: { totalCount: 4 },
      });
    }
  });
});

test("publishing swaps both versions at once", async () => {
  const rows = (title: string) =>
    `${coursesV2.rows?.split("\n")[0]} ('N1', '${title}', 'science', 1, null, null, null)) t(code, title, faculty, students, updated_at, old_name, convenor_email)`;
  const ask = door();
  await mesh.publish("campus/courses", rows("0"));
  for (let round = 1; round <= 10; round++) {
    const asked = ask("{ loans(first: 0) { totalCount } new: coursesV2 { nodes { title papers { totalCount } } } }");
    await mesh.publish("campus/courses", rows(String(round)));
    const { data } = await ask("{ old: courses { nodes { name } } new: coursesV2 { nodes { title } } }");
    expect([data.old.nodes[0].name, data.new.nodes[0].title]).toEqual([String(round), String(round)]);
    expect([String(round - 1), String(round)]).toContain((await asked).data.new.nodes[0].title);
    const [both] = await mesh.readSide.query(
      "select o.name = n.title as same from campus.product.courses o join campus.product.courses_v2 n using (code)",
    );
    expect(both).toEqual({ same: true });
  }
  await mesh.publish("campus/courses", coursesV2.rows ?? "");
});

test("an answer from before the announcement is not given again afterwards", async () => {
  let instant = since - 1;
  await using server = await serveGateway(gatewaySettings(mesh, { clock: () => instant }));
  const ask = doorAt(server.url);
  const told = async () => {
    const { text, headers } = await ask("{ courses { totalCount } }");
    return [JSON.parse(text).extensions?.deprecations.length, headers.get("deprecation")];
  };
  expect([await told(), await told()]).toEqual([
    [undefined, null],
    [undefined, null],
  ]);
  instant = since;
  expect(await told()).toEqual([1, `@${since / 1000}`]);
});

test("the schema marks what is on its way out, and until when", () => {
  const { schema } = mesh.subgraph("campus");
  const fields = schema.getQueryType()?.getFields() ?? {};
  const reason = "The name is called title now, until 2027-02-20; use coursesV2.";
  expect(Object.values(fields).map(({ name, deprecationReason }) => [name, deprecationReason])).toEqual([
    ["coursesV2", undefined],
    ["coursesV2Aggregate", undefined],
    ["coursesV2ByKey", undefined],
    ["_courseV2ByKeys", undefined],
    ["courses", reason],
    ["coursesAggregate", reason],
    ["coursesByKey", reason],
    ["_courseByKeys", undefined],
  ]);
  const [old, current] = ["Course", "CourseV2"].map((name) => schema.getType(name));
  expect(old?.description).toMatch(`Deprecated: ${reason}`);
  expect(current && printType(current)).toMatch(
    'oldName: String @deprecated(reason: "Nobody looks it up, until 2027-06-01; use title.")',
  );
});

test("the catalog and the start page show the versions", async () => {
  const { data } = await door()(`{ dataProduct(id: "campus/courses") { version versions {
    version field table state deprecatedSince endOfSupport replacement reason } } loans: dataProduct(id: "library/loans") { versions { state } } }`);
  expect(data.dataProduct).toEqual({
    version: "2.0.0",
    versions: [
      {
        version: "2.0.0",
        field: "coursesV2",
        table: "campus.product.courses_v2",
        state: "active",
        deprecatedSince: null,
        endOfSupport: null,
        replacement: null,
        reason: null,
      },
      {
        version: "1.0.0",
        field: "courses",
        table: "campus.product.courses",
        state: "deprecated",
        deprecatedSince: "2026-11-22",
        endOfSupport: "2027-02-20",
        replacement: "coursesV2",
        reason: "The name is called title now.",
      },
    ],
  });
  expect(data.loans.versions).toEqual([{ state: "active" }]);
});
