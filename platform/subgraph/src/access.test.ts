import type { Decision } from "@thoth/access/decision";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, campus, contextFor, openCampus } from "./fixtures/campus.ts";
import type { TestEngine } from "./fixtures/engine.ts";

const graph = campus();
let engine: TestEngine;

beforeAll(async () => {
  engine = await openCampus();
});
afterAll(async () => engine[Symbol.asyncDispose]());

type Changes = Readonly<Record<string, Partial<Decision>>>;

const askAs = (decisions: Changes, source: string, variables = {}) =>
  ask(graph, contextFor(engine, { decisions }), source, variables);

const noEmail: Changes = { "campus/courses": { columns: { convenor_email: "denied" } } };

describe("a denied column", () => {
  test("is null in every row, with one error for the field", async () => {
    const { data, errors } = await askAs(
      noEmail,
      "{ courses { nodes { code convenorEmail } edges { node { convenorEmail } } } }",
    );
    expect(data.courses.nodes).toHaveLength(5);
    expect(data.courses.nodes[0]).toEqual({ code: "A1", convenorEmail: null });
    expect(
      errors?.map(({ path, extensions }) => [
        path?.filter((key) => typeof key === "string").join("."),
        extensions.code,
      ]),
    ).toEqual([
      ["courses.nodes.convenorEmail", "access/column-denied"],
      ["courses.edges.node.convenorEmail", "access/column-denied"],
    ]);
    expect(errors?.[0]?.extensions).toMatchObject({
      domain: "campus",
      hint: expect.stringContaining("mesh access request"),
    });
    expect(engine.statements.at(-1)?.sql).not.toContain("convenor_email");
  });

  test("a column that the decision does not list is denied", async () => {
    const context = contextFor(engine);
    const decide: typeof context.decide = (product) => {
      const decision = context.decide(product);
      const { name: _, ...columns } = decision.columns;
      return { ...decision, columns };
    };
    const { data, errors } = await ask(graph, { ...context, decide }, "{ courses(first: 1) { nodes { code name } } }");
    expect(data.courses.nodes).toEqual([{ code: "A1", name: null }]);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["access/column-denied"]);
  });

  test.each([
    ['{ courses(where: { convenorEmail: { startsWith: "a" } }) { totalCount } }', "courses"],
    ["{ courses(where: { or: [{ not: { convenorEmail: { isNull: true } } }] }) { totalCount } }", "courses"],
    ["{ courses(orderBy: [{ convenorEmail: ASC }]) { nodes { code } } }", "courses"],
    ["{ coursesAggregate(groupBy: [CONVENOR_EMAIL]) { count } }", "coursesAggregate"],
    ['{ coursesAggregate(where: { convenorEmail: { eq: "a@x" } }) { count } }', "coursesAggregate"],
    ["{ coursesAggregate(having: { countDistinct: { convenorEmail: { gt: 0 } } }) { count } }", "coursesAggregate"],
    ["{ coursesAggregate(orderBy: [{ min: { convenorEmail: ASC } }]) { count } }", "coursesAggregate"],
  ])("cannot be used in %s", async (source, field) => {
    const asked = engine.statements.length;
    const { data, errors } = await askAs(noEmail, source);
    expect(data).toEqual({ [field]: null });
    expect(errors?.map(({ extensions, path }) => [extensions.code, path])).toEqual([["access/column-denied", [field]]]);
    expect(engine.statements).toHaveLength(asked);
  });

  test("measures of it are null with an error, the others are not", async () => {
    const source =
      "{ coursesAggregate(groupBy: [FACULTY]) { count countDistinct { convenorEmail code } max { convenorEmail } group { faculty convenorEmail } } }";
    const { data, errors } = await askAs(noEmail, source);
    expect(data.coursesAggregate[0]).toEqual({
      count: 1,
      countDistinct: { convenorEmail: null, code: 1 },
      max: { convenorEmail: null },
      group: { faculty: "C_2B_2B", convenorEmail: null },
    });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["access/column-denied", "access/column-denied"]);
  });

  test("a relation over it is null with one error", async () => {
    const changes: Changes = { "campus/enrolments": { columns: { mode: "denied", students: "denied" } } };
    const { data, errors } = await askAs(
      changes,
      '{ courses(first: 2) { nodes { enrolments(where: { mode: { eq: "online" } }) { totalCount } enrolmentsAggregate { ratio(of: STUDENTS, to: DROPPED) count } } } }',
    );
    expect(data.courses.nodes).toEqual(
      [1, 2].map(() => ({ enrolments: null, enrolmentsAggregate: [{ ratio: null, count: 10 }] })),
    );
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["access/column-denied", "access/column-denied"]);
  });
});

describe("a product that may not be read", () => {
  const denied: Partial<Decision> = { readable: false };
  test.each([
    ["{ courses { totalCount } }"],
    ["{ courses { __typename } }"],
    ["{ coursesAggregate { count } }"],
    ['{ coursesByKey(code: "A1") { code } }'],
    ['{ _courseByKeys(keys: [{ code: "A1" }]) { code } }'],
  ])("gives nothing to %s", async (source) => {
    const asked = engine.statements.length;
    const { data, errors } = await askAs({ "campus/courses": denied }, source);
    expect(Object.values(data)).toEqual([null]);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["access/product-denied"]);
    expect(engine.statements).toHaveLength(asked);
  });

  test("nor to relations, and what surrounds them is answered", async () => {
    const source = "{ courses(first: 2) { nodes { code enrolments { totalCount } enrolmentsAggregate { count } } } }";
    const { data, errors } = await askAs({ "campus/enrolments": denied }, source);
    expect(data.courses.nodes).toEqual(
      ["A1", "B2"].map((code) => ({ code, enrolments: null, enrolmentsAggregate: null })),
    );
    expect(errors).toHaveLength(2);
    const forward = await askAs(
      { "campus/courses": denied },
      "{ enrolments(first: 3) { nodes { students course { name } } } }",
    );
    expect(forward.data.enrolments.nodes).toEqual([10, 11, 12].map((students) => ({ students, course: null })));
    expect(forward.errors).toHaveLength(1);
  });

  test.each(["denied", "masked"] as const)("a product whose key is %s is one", async (code) => {
    const { errors } = await askAs({ "campus/courses": { columns: { code } } }, "{ courses { totalCount } }");
    expect(errors?.[0]?.extensions.code).toBe("access/product-denied");
  });
});

describe("a masked column is empty for everything that could look", () => {
  const masked: Changes = { "campus/courses": { columns: { credits: "masked", updated_at: "masked" } } };
  test("for selecting, filtering, ordering, cursors and measures", async () => {
    const source = `{ courses(orderBy: [{ credits: DESC }]) { edges { cursor node { code credits } } }
      some: courses(where: { credits: { gt: 0 } }) { totalCount } none: courses(where: { credits: { isNull: true } }) { totalCount }
      coursesAggregate(groupBy: [CREDITS]) { group { credits } count sum { credits } max { credits } }
      time: coursesAggregate(bucket: { column: UPDATED_AT, every: DAY }, compareTo: PREVIOUS_PERIOD) { bucket count previous { count } } }`;
    const { data, errors } = await askAs(masked, source);
    expect(errors).toBeUndefined();
    expect(data.courses.edges.map((edge: { node: object }) => edge.node)).toEqual(
      ["A1", "B2", "C3", "D4", "E5"].map((code) => ({ code, credits: null })),
    );
    expect(JSON.parse(Buffer.from(data.courses.edges[0].cursor, "base64url").toString()).slice(2)).toEqual([
      null,
      "A1",
    ]);
    expect([data.some.totalCount, data.none.totalCount]).toEqual([0, 5]);
    expect(data.coursesAggregate).toEqual([
      { group: { credits: null }, count: 5, sum: { credits: null }, max: { credits: null } },
    ]);
    expect(data.time).toEqual([{ bucket: null, count: 5, previous: null }]);
  });
});

describe("a row filter hides rows from everything that could look", () => {
  const ownRows: Changes = {
    "campus/courses": {
      rowFilter: "faculty = 'science' -- of this principal",
      columns: { faculty: "masked", credits: "clear" },
    },
  };
  test("from pages, counts, lookups, aggregates and relations, and sees what masks hide", async () => {
    const source = `{ courses { nodes { code faculty } totalCount } coursesByKey(code: "D4") { code } _courseByKeys(keys: [{ code: "E5" }, { code: "A1" }]) { code }
      coursesAggregate { count sum { credits } } outside: courses(where: { or: [{ code: { eq: "D4" } }, { not: { code: { eq: "D4" } } }] }) { totalCount }
      enrolments(first: 40) { nodes { courseCode course { name } } } }`;
    const { data, errors } = await askAs(ownRows, source);
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      courses: {
        nodes: [
          { code: "A1", faculty: null },
          { code: "B2", faculty: null },
        ],
        totalCount: 2,
      },
      coursesByKey: null,
      _courseByKeys: [null, { code: "A1" }],
      coursesAggregate: [{ count: 2, sum: { credits: 12 } }],
      outside: { totalCount: 2 },
    });
    const named = data.enrolments.nodes.filter((node: { course: unknown }) => node.course !== null);
    expect(new Set(named.map((node: { courseCode: string }) => node.courseCode))).toEqual(new Set(["A1", "B2"]));
  });

  test("from the children of a relation and from the previous period", async () => {
    const changes: Changes = { "campus/enrolments": { rowFilter: "week >= date '2026-02-01'" } };
    const source = `{ courses(first: 1) { nodes { enrolments { totalCount } enrolmentsAggregate { count } } }
      enrolmentsAggregate(bucket: { column: WEEK, every: MONTH }, compareTo: PREVIOUS_PERIOD) { bucket previous { count } } }`;
    const { data } = await askAs(changes, source);
    expect(data.courses.nodes).toEqual([{ enrolments: { totalCount: 6 }, enrolmentsAggregate: [{ count: 6 }] }]);
    expect(data.enrolmentsAggregate).toEqual([
      { bucket: "2026-02-01T00:00:00.000Z", previous: null },
      { bucket: "2026-03-01T00:00:00.000Z", previous: { count: 16 } },
    ]);
  });
});

test("groups smaller than the decision allows are left out, in the past too", async () => {
  const rule: Changes = { "campus/enrolments": { minGroupSize: 7 } };
  const source = `{ enrolmentsAggregate(bucket: { column: WEEK, every: MONTH }, groupBy: [MODE], compareTo: PREVIOUS_PERIOD) { bucket sum { students } previous { count } }
    courses(first: 1) { nodes { enrolmentsAggregate(groupBy: [MODE]) { group { mode } } all: enrolmentsAggregate { count } } } }`;
  const { data } = await askAs(rule, source);
  expect(data.enrolmentsAggregate.map((row: { bucket: string }) => row.bucket.slice(0, 7))).toEqual([
    "2026-01",
    "2026-01",
    "2026-02",
    "2026-02",
  ]);
  expect(data.courses.nodes[0]).toEqual({ enrolmentsAggregate: [], all: [{ count: 10 }] });
  const stricter = await askAs(
    { "campus/enrolments": { minGroupSize: 9, rowFilter: "week < date '2026-02-20' or course_code = 'A1'" } },
    "{ enrolmentsAggregate(bucket: { column: WEEK, every: QUARTER }, compareTo: PREVIOUS_PERIOD) { previous { count } } }",
  );
  expect(stricter.data.enrolmentsAggregate).toEqual([{ previous: null }]);
});

describe("a product of which only aggregates may be read", () => {
  const grouped = (minGroupSize: number): Changes => ({
    "campus/enrolments": {
      minGroupSize,
      grouping: {
        subject: "week",
        dimensions: ["course_code", "mode"],
        types: { course_code: "VARCHAR", mode: "VARCHAR" },
      },
      columns: { week: "denied", students: "aggregated", dropped: "aggregated" },
    },
  });

  test.each([
    "{ enrolments { nodes { mode } } }",
    "{ enrolments { totalCount } }",
    '{ enrolmentsByKey(courseCode: "A1", week: "2026-01-05") { mode } }',
  ])("gives no rows to %s", async (source) => {
    const { data, errors } = await askAs(grouped(2), source);
    expect(Object.values(data)).toEqual([null]);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["access/aggregates-only"]);
    expect(errors?.[0]?.extensions.hint).toContain("course_code, mode");
  });

  test("sums, means, shares and counts are those of whole cells", async () => {
    const source = `{ enrolmentsAggregate(groupBy: [COURSE_CODE, MODE]) { group { courseCode mode } count sum { students } avg { students } ratio(of: DROPPED, to: STUDENTS) } }`;
    const all = await askAs({}, source);
    const some = await askAs(grouped(4), source);
    expect(some.errors).toBeUndefined();
    const large = all.data.enrolmentsAggregate.filter((group: { count: number }) => group.count >= 4);
    expect(some.data.enrolmentsAggregate).toEqual(large);
    expect(large.length).toBeGreaterThan(0);
    expect(large.length).toBeLessThan(all.data.enrolmentsAggregate.length + 1);
  });

  test.each([
    ["{ enrolmentsAggregate(groupBy: [WEEK]) { count } }", "groups by people"],
    ["{ enrolmentsAggregate(where: { students: { gt: 10 } }) { count } }", "conditions on measures"],
    ['{ enrolmentsAggregate(where: { week: { gt: "2026-01-05" } }) { count } }', "conditions on people"],
    ["{ enrolmentsAggregate(orderBy: [{ max: { students: DESC } }]) { count } }", "single values by order"],
    ["{ enrolmentsAggregate(having: { min: { students: { gt: 3 } } }) { count } }", "single values by condition"],
    ["{ enrolmentsAggregate(bucket: { column: WEEK, every: MONTH }) { count } }", "buckets of people"],
  ])("%s is refused: %s", async (source) => {
    const { data, errors } = await askAs(grouped(2), source);
    expect(data).toEqual({ enrolmentsAggregate: null });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["access/column-denied"]);
  });

  test("measures that show single values are null with an error", async () => {
    const { data, errors } = await askAs(
      grouped(2),
      "{ enrolmentsAggregate { sum { students } max { students } median { dropped } countDistinct { week } } }",
    );
    expect(data.enrolmentsAggregate[0]).toMatchObject({
      sum: { students: expect.anything() },
      max: { students: null },
      median: { dropped: null },
      countDistinct: { week: null },
    });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(Array(3).fill("access/column-denied"));
  });

  test("relations to it give aggregates only, too", async () => {
    const source = "{ courses(first: 1) { nodes { code enrolments { totalCount } enrolmentsAggregate { count } } } }";
    const { data, errors } = await askAs(grouped(4), source);
    expect(data.courses.nodes[0]).toMatchObject({ code: "A1", enrolments: null });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["access/aggregates-only"]);
  });
});

test("a key that is shown as hashes tells rows apart", async () => {
  const hashed: Changes = {
    "campus/courses": { columns: { code: "masked" }, masks: { code: { kind: "hash" } }, salt: "s" },
  };
  const { data, errors } = await askAs(hashed, "{ courses { nodes { code name } } }");
  expect(errors).toBeUndefined();
  const codes = data.courses.nodes.map((node: { code: string }) => node.code);
  expect(new Set(codes).size).toBe(5);
  for (const code of codes) expect(code).toMatch(/^[0-9a-f]{16}$/);
  const one = await askAs(
    hashed,
    `{ coursesByKey(code: "${codes[2]}") { code name } none: coursesByKey(code: "A1") { code } }`,
  );
  expect(one.data).toEqual({ coursesByKey: data.courses.nodes[2], none: null });
});
