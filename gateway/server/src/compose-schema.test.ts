import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { defineGraph } from "@thoth/subgraph/graph-extension";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { campusProducts, now } from "./fixtures/campus.ts";
import { type Ask, openDoor } from "./fixtures/door.ts";
import { checkSubgraphs } from "./serve-gateway.ts";

let mesh: SmallMesh;
let ask: Ask;

const labels = defineGraph((builder, types) => {
  const course = types.Course;
  if (course === undefined) throw new Error("no type Course");
  builder.objectField(course, "label", (t) =>
    t.string({
      nullable: false,
      description: "Code and name.",
      extensions: { columns: ["code", "name"] },
      resolve: (row) => `${row.code} ${row.name}`,
    }),
  );
  builder.queryField("motto", (t) => t.string({ nullable: false, resolve: () => "learn" }));
});

beforeAll(async () => {
  mesh = await openSmallMesh(campusProducts, { now, extensions: { campus: [labels] } });
  ask = openDoor(mesh);
});

afterAll(() => mesh?.[Symbol.asyncDispose]());

describe("one schema over three domains", () => {
  test("a row of one domain carries what the others know of it", async () => {
    const { data, errors } = await ask(`{
      courses { nodes { code name loans { totalCount nodes { number kind } } papers { nodes { title } } } }
    }`);
    expect(errors).toEqual([]);
    expect(data.courses.nodes.map((node: { code: string }) => node.code)).toEqual(["A1", "B2", "C3", "D4"]);
    expect(data.courses.nodes[0]).toEqual({
      code: "A1",
      name: "Algebra",
      loans: {
        totalCount: 3,
        nodes: [
          { number: 2, kind: "LONG_FILM" },
          { number: 3, kind: "BOOK" },
          { number: 3, kind: "BOOK" },
        ],
      },
      papers: { nodes: [{ title: "Groups" }, { title: "Rings" }] },
    });
    expect(data.courses.nodes[2].loans).toEqual({ totalCount: 0, nodes: [] });
  });

  test("a reference leads to the row in its own domain, and one that leads nowhere knows only its key", async () => {
    const { data, errors } = await ask("{ loans { nodes { branch number course { code name label } } } }");
    const found = data.loans.nodes.map(({ course }: { course: object | null }) => course);
    const algebra = { code: "A1", name: "Algebra", label: "A1 Algebra" };
    const nowhere = { code: "Z9", name: null, label: null };
    expect(found).toEqual([
      { code: "B2", name: "Biology", label: "B2 Biology" },
      algebra,
      algebra,
      nowhere,
      null,
      algebra,
    ]);
    expect(errors).toEqual([]);
  });

  test("a key of several columns is one key", async () => {
    const { data } = await ask("{ loans { nodes { courseCode period offering { courseCode period seats } } } }");
    const seats = data.loans.nodes.map(({ offering }: { offering: { seats: number } | null }) => offering?.seats);
    expect(seats).toEqual([60, 100, 90, null, undefined, null]);
    const back = await ask("{ offerings { nodes { courseCode period loans { nodes { number } } } } }");
    expect(back.data.offerings.nodes).toEqual([
      { courseCode: "A1", period: "2025-2", loans: { nodes: [{ number: 3 }] } },
      { courseCode: "A1", period: "2026-1", loans: { nodes: [{ number: 2 }] } },
      { courseCode: "B2", period: "2026-1", loans: { nodes: [{ number: 1 }] } },
      { courseCode: "C3", period: "2026-1", loans: { nodes: [] } },
    ]);
  });

  test("aggregates of another domain follow each row", async () => {
    const { data, errors } = await ask(`{
      courses(first: 2) { nodes {
        code
        loansAggregate(groupBy: [KIND], having: { count: { gte: 1 } }, orderBy: [{ sum: { days: DESC } }]) {
          group { kind } count sum { days } ratio(of: RETURNED, to: DAYS)
        }
      } }
    }`);
    expect(errors).toEqual([]);
    expect(data.courses.nodes[0].loansAggregate).toEqual([
      { group: { kind: "BOOK" }, count: 2, sum: { days: 44 }, ratio: 12 / 44 },
      { group: { kind: "LONG_FILM" }, count: 1, sum: { days: 2 }, ratio: 0.5 },
    ]);
    expect(data.courses.nodes[1].loansAggregate).toHaveLength(1);
  });

  test("three domains deep, and back again", async () => {
    const { data } = await ask("{ papers { nodes { id loan { kind course { name papers { nodes { id } } } } } } }");
    expect(data.papers.nodes[0]).toEqual({
      id: 1,
      loan: { kind: "LONG_FILM", course: { name: "Algebra", papers: { nodes: [{ id: 1 }, { id: 2 }] } } },
    });
    expect(data.papers.nodes[2].loan).toBeNull();
    expect(data.papers.nodes[3]).toMatchObject({ id: "9007199254740993", loan: { course: { name: null } } });
  });

  test("by key, with variables and literals that travel to another domain", async () => {
    const query = `query Find($id: BigInt!, $kind: LoanKind!, $since: Date) {
      papersByKey(id: $id) { title loan { branch } }
      big: papersByKey(id: "9007199254740993") { title }
      courses { nodes { code loans(where: { kind: { eq: $kind }, week: { gte: $since } }) { totalCount } } }
    }`;
    const { data, errors } = await ask(query, { variables: { id: 2, kind: "BOOK", since: "2026-03-03" } });
    expect(errors).toEqual([]);
    expect(data.papersByKey).toEqual({ title: "Rings", loan: { branch: "north" } });
    expect(data.big).toEqual({ title: "Cells" });
    expect(data.courses.nodes.map((node: { loans: { totalCount: number } }) => node.loans.totalCount)).toEqual([
      2, 0, 0, 0,
    ]);
  });

  test("no alias is mistaken for a key", async () => {
    const { data, errors } = await ask(`{
      courses(first: 2) { nodes { code: name loans { totalCount } } }
      loans(first: 3) { nodes { number: days branch: kind papers { nodes { title } } offering { period: seats courseCode } } }
    }`);
    expect(errors).toEqual([]);
    expect(data.courses.nodes).toEqual([
      { code: "Algebra", loans: { totalCount: 3 } },
      { code: "Biology", loans: { totalCount: 1 } },
    ]);
    expect(data.loans.nodes).toEqual([
      { number: 7, branch: "BOOK", papers: { nodes: [] }, offering: { period: 60, courseCode: "B2" } },
      {
        number: 2,
        branch: "LONG_FILM",
        papers: { nodes: [{ title: "Groups" }] },
        offering: { period: 100, courseCode: "A1" },
      },
      {
        number: 30,
        branch: "BOOK",
        papers: { nodes: [{ title: "Rings" }] },
        offering: { period: 90, courseCode: "A1" },
      },
    ]);
  });

  test("fragments, directives and __typename cross domains", async () => {
    const query = `query ($no: Boolean!) {
      courses(first: 1) { nodes { ...known __typename loans(first: 1) { nodes { ... on Loan { __typename kind @skip(if: $no) course { ...known } } } } } }
    }
    fragment known on Course { name papers(first: 1) { nodes { title } } loans { totalCount @include(if: $no) } }`;
    const { data, errors } = await ask(query, { variables: { no: true } });
    expect(errors[0]?.message).toMatch(/conflict/);
    expect(data).toBeNull();
    const renamed = await ask(query.replace("loans(first: 1)", "some: loans(first: 1)"), { variables: { no: true } });
    expect(renamed.errors).toEqual([]);
    const known = { name: "Algebra", papers: { nodes: [{ title: "Groups" }] }, loans: { totalCount: 3 } };
    expect(renamed.data.courses.nodes).toEqual([
      { ...known, __typename: "Course", some: { nodes: [{ __typename: "Loan", course: known }] } },
    ]);
  });
});

describe("what the world sees", () => {
  test("neither lookups nor their arguments", async () => {
    const { data } = await ask("{ __schema { queryType { fields { name } } types { name } } }");
    const fields = data.__schema.queryType.fields.map(({ name }: { name: string }) => name);
    expect(fields).toContain("coursesByKey");
    expect(fields.filter((name: string) => name.startsWith("_"))).toEqual([]);
    const types = data.__schema.types.map(({ name }: { name: string }) => name);
    expect(types).toContain("CourseWhere");
    expect(types.filter((name: string) => /Key$/.test(name))).toEqual([]);
    const called = await ask('{ _courseByKeys(keys: [{ code: "A1" }]) { name } }');
    expect(called.data).toBeNull();
    expect(called.errors[0]?.message).toContain('Cannot query field "_courseByKeys"');
  });

  test("descriptions, deprecations and the values of enums", async () => {
    const { data } = await ask(`{
      course: __type(name: "Course") { description fields(includeDeprecated: true) { name description isDeprecated deprecationReason type { kind } } }
      faculty: __type(name: "CourseFaculty") { enumValues { name description } }
      where: __type(name: "CourseWhere") { inputFields { name } }
    }`);
    expect(data.course.description).toContain("Why courses are kept.");
    const fields = new Map(data.course.fields.map((field: { name: string }) => [field.name, field]));
    expect(fields.get("oldName")).toMatchObject({ isDeprecated: true, deprecationReason: "Use name." });
    expect(fields.get("name")).toMatchObject({
      description: expect.stringContaining("The name."),
      isDeprecated: false,
    });
    expect(fields.get("label")).toMatchObject({ description: "Code and name." });
    expect(data.faculty.enumValues).toEqual([
      { name: "SCIENCE", description: "`science`" },
      { name: "FINE_ARTS", description: "`fine-arts`" },
      { name: "C", description: "`c++`" },
    ]);
    expect(data.where.inputFields.map(({ name }: { name: string }) => name)).toContain("faculty");
  });

  test("fields of merged types and root fields may be null, keys may not", async () => {
    const { data } = await ask(`{
      course: __type(name: "Course") { fields { name type { kind } } }
      query: __type(name: "Query") { fields { name type { kind } } }
    }`);
    const required = (type: { fields: { name: string; type: { kind: string } }[] }) =>
      type.fields.filter((field) => field.type.kind === "NON_NULL").map(({ name }) => name);
    expect(required(data.course)).toEqual(["code"]);
    expect(required(data.query)).toEqual([]);
  });

  test("only directives of the standard", async () => {
    const { data } = await ask("{ __schema { directives { name } } }");
    const names = data.__schema.directives.map(({ name }: { name: string }) => name);
    expect(names).not.toEqual(expect.arrayContaining(["key"]));
    expect(names).not.toEqual(expect.arrayContaining(["merge"]));
  });
});

test("composing again and again keeps nothing", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const compose = (times: number) => {
    for (let round = 0; round < times; round += 1) checkSubgraphs(mesh.subgraphs.map((subgraph) => ({ subgraph })));
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = compose(3);
  const grownBytes = compose(12) - before;
  expect(grownBytes / 12).toBeLessThan(100_000);
});
