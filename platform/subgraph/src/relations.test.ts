import type { QueryEngine } from "@thoth/warehouse/query-engine";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ask, campus, contextFor, library, openCampus } from "./fixtures/campus.ts";
import type { TestEngine } from "./fixtures/engine.ts";

const graph = campus();
let engine: TestEngine;

beforeAll(async () => {
  engine = await openCampus();
});
beforeEach(() => {
  engine.statements.length = 0;
});
afterAll(async () => engine[Symbol.asyncDispose]());

test.each([
  ["{ courses { nodes { code } } }", 1],
  ["{ courses { edges { cursor node { code } } pageInfo { hasNextPage } totalCount } }", 1],
  ["{ courses { totalCount } }", 1],
  ["{ courses { __typename } }", 0],
  ["{ courses { nodes { __typename } } }", 1],
  ["{ a: courses { totalCount } b: courses { nodes { name } } }", 2],
  ['{ coursesByKey(code: "A1") { name } }', 1],
  ['{ _courseByKeys(keys: [{ code: "A1" }, { code: "B2" }]) { name } }', 1],
  ["{ _courseByKeys(keys: []) { name } }", 0],
  ["{ coursesAggregate { count } }", 1],
  ["{ courses { nodes { enrolments { nodes { week } } } } }", 2],
  ["{ courses { nodes { enrolments { totalCount nodes { week course { name } } } } } }", 3],
  ["{ courses { nodes { enrolments { nodes { course { enrolments(first: 1) { nodes { week } } } } } } } }", 4],
  ["{ courses { nodes { a: enrolments { nodes { week } } b: enrolments { nodes { week } } } } }", 2],
  [
    "{ courses { nodes { a: enrolments(first: 1) { nodes { week } } b: enrolments(first: 2) { nodes { week } } } } }",
    3,
  ],
  ["{ courses { nodes { a: enrolments { nodes { week } } b: enrolments { nodes { mode } } } } }", 3],
  ["{ courses { nodes { enrolmentsAggregate { count } enrolments { totalCount } } } }", 3],
  ["{ enrolments(first: 40) { nodes { course { name } } } }", 2],
  ["{ enrolments(first: 0) { nodes { course { name } } } }", 1],
])("%s is %d statements", async (source, statements) => {
  const { errors } = await ask(graph, contextFor(engine), source);
  expect(errors).toBeUndefined();
  expect(engine.statements).toHaveLength(statements);
});

test("only selected columns, keys and order columns are read", async () => {
  await ask(
    graph,
    contextFor(engine),
    "{ courses(orderBy: [{ opened: ASC }], where: { active: { eq: true } }) { nodes { name } } }",
  );
  expect(engine.statements[0]?.sql).toContain(
    '(SELECT "code", "name", "opened", "active" FROM "campus"."finite"."courses")',
  );
});

test("each parent gets its own page, its own count and its own cursor", async () => {
  const source = `query ($after: String) { courses(where: { code: { in: ["A1", "B2", "C3"] } }) { nodes { code
    enrolments(first: 2, after: $after, orderBy: [{ week: DESC }], where: { students: { lte: 18 } }) {
      nodes { week students } totalCount pageInfo { hasNextPage hasPreviousPage endCursor } } } } }`;
  const { data } = await ask(graph, contextFor(engine), source);
  const week = (students: number) =>
    new Date(Date.parse("2026-01-05") + (students - 10) * 7 * 86_400_000).toISOString().slice(0, 10);
  const page = (students: readonly number[]) => students.map((count) => ({ week: week(count), students: count }));
  expect(data.courses.nodes).toMatchObject([
    {
      code: "A1",
      enrolments: { nodes: page([18, 17]), totalCount: 9, pageInfo: { hasNextPage: true, hasPreviousPage: false } },
    },
    { code: "B2", enrolments: { nodes: page([18, 17]), totalCount: 9, pageInfo: { hasNextPage: true } } },
    { code: "C3", enrolments: { nodes: [], totalCount: 0, pageInfo: { hasNextPage: false, endCursor: null } } },
  ]);
  const after = data.courses.nodes[0].enrolments.pageInfo.endCursor;
  const next = await ask(graph, contextFor(engine), source, { after });
  expect(next.errors).toBeUndefined();
  expect(next.data.courses.nodes[0].enrolments).toMatchObject({
    nodes: page([16, 15]),
    totalCount: 9,
    pageInfo: { hasPreviousPage: true },
  });
});

test("a count is right even when the page is empty", async () => {
  const source = `query ($first: Int, $after: String) { courses(where: { code: { eq: "A1" } }) { nodes { enrolments(first: $first, after: $after) { totalCount nodes { week } pageInfo { endCursor hasNextPage } } } } }`;
  const nothing = await ask(graph, contextFor(engine), source, { first: 0 });
  expect(nothing.data.courses.nodes[0].enrolments).toEqual({
    totalCount: 10,
    nodes: [],
    pageInfo: { endCursor: null, hasNextPage: true },
  });
  const all = await ask(graph, contextFor(engine), source, { first: 10 });
  const after = all.data.courses.nodes[0].enrolments.pageInfo.endCursor;
  const beyond = await ask(graph, contextFor(engine), source, { first: 10, after });
  expect(beyond.data.courses.nodes[0].enrolments).toEqual({
    totalCount: 10,
    nodes: [],
    pageInfo: { endCursor: null, hasNextPage: false },
  });
});

test("aggregates of a relation belong to their parents", async () => {
  const source = `{ courses { nodes { code
    all: enrolmentsAggregate { count sum { students } }
    byMode: enrolmentsAggregate(groupBy: [MODE], having: { sum: { students: { gt: 70 } } }) { group { mode } sum { students } }
    byMonth: enrolmentsAggregate(bucket: { column: WEEK, every: MONTH }, compareTo: PREVIOUS_PERIOD, first: 2) { bucket count previous { count } }
  } } }`;
  const { data, errors } = await ask(graph, contextFor(engine), source);
  expect(errors).toBeUndefined();
  const full = {
    all: [{ count: 10, sum: { students: 145 } }],
    byMode: [{ group: { mode: "campus" }, sum: { students: 75 } }],
    byMonth: [
      { bucket: "2026-01-01T00:00:00.000Z", count: 4, previous: null },
      { bucket: "2026-02-01T00:00:00.000Z", count: 4, previous: { count: 4 } },
    ],
  };
  const none = { all: [{ count: 0, sum: { students: null } }], byMode: [], byMonth: [] };
  const expected = [
    ["A1", full],
    ["B2", full],
    ["C3", none],
    ["D4", full],
    ["E5", none],
  ] as const;
  expect(data.courses.nodes).toEqual(expected.map(([code, values]) => ({ code, ...values })));
  expect(engine.statements).toHaveLength(4);
});

test("a reference to a row that is not there is null", async () => {
  const { data } = await ask(
    graph,
    contextFor(engine),
    '{ enrolments(where: { courseCode: { in: ["A1", "Z9"] } }, first: 20) { nodes { courseCode course { code } } } }',
  );
  const found = new Set(
    data.enrolments.nodes.map(
      (node: { courseCode: string; course: { code: string } | null }) => `${node.courseCode} ${node.course?.code}`,
    ),
  );
  expect([...found].toSorted()).toEqual(["A1 A1", "Z9 undefined"]);
});

test("keys come back in the order asked for, doubled where asked twice, null where missing", async () => {
  const keys = ["E5", "nope", "A1", "E5"].map((code) => ({ code }));
  const source = "query ($keys: [CourseKey!]!) { _courseByKeys(keys: $keys) { code name } }";
  const { data } = await ask(graph, contextFor(engine), source, { keys });
  expect(data._courseByKeys.map((row: { name: string } | null) => row?.name)).toEqual([
    "Engines",
    undefined,
    "Algebra",
    "Engines",
  ]);
});

test("composite keys", async () => {
  const source = `{ enrolmentsByKey(courseCode: "B2", week: "2026-01-12") { students }
    _enrolmentByKeys(keys: [{ courseCode: "A1", week: "2026-01-19" }, { courseCode: "2026-01-19", week: "2026-01-19" }]) { students } }`;
  const { data } = await ask(graph, contextFor(engine), source);
  expect(data).toEqual({ enrolmentsByKey: { students: 11 }, _enrolmentByKeys: [{ students: 12 }, null] });
});

/** The same engine, whose answers come in another order and may lack rows. */
function disturbed(seed: number, keep: (index: number) => boolean): QueryEngine {
  return {
    query: async (sql, params, options) => {
      const rows = (await engine.query(sql, params, options)).filter((_, index) => keep(index));
      return rows.toSorted(
        (a, b) => hash(`${seed}${JSON.stringify(a, bigints)}`) - hash(`${seed}${JSON.stringify(b, bigints)}`),
      );
    },
  };
}

const bigints = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);
const hash = (text: string) => [...text].reduce((sum, sign) => (Math.imul(sum, 31) + sign.charCodeAt(0)) >>> 0, 7);

test("a shuffled or short answer never gives one key the values of another", async () => {
  const source = "query ($keys: [CourseKey!]!) { _courseByKeys(keys: $keys) { code name } }";
  const codes = ["A1", "B2", "C3", "D4", "E5", "X0"];
  const property = fc.asyncProperty(
    fc.array(fc.constantFrom(...codes), { maxLength: 8 }),
    fc.integer(),
    fc.nat(3),
    async (asked, seed, dropped) => {
      const context = contextFor(disturbed(seed, (index) => index !== dropped));
      const { data } = await ask(graph, context, source, { keys: asked.map((code) => ({ code })) });
      const found = data._courseByKeys.map((row: { code: string } | null) => row?.code ?? null);
      expect(found).toHaveLength(asked.length);
      for (const [index, code] of found.entries()) expect([asked[index], null]).toContain(code);
    },
  );
  await fc.assert(property, { numRuns: 40 });
});

test("a shuffled answer keeps rows with their parents", async () => {
  const source =
    "{ courses { nodes { code enrolmentsAggregate(groupBy: [COURSE_CODE]) { group { courseCode } } enrolments { nodes { courseCode course { code } } } } } }";
  const { data } = await ask(graph, contextFor(disturbed(1, () => true)), source);
  for (const { code, enrolments, enrolmentsAggregate } of data.courses.nodes) {
    for (const node of enrolments.nodes) expect(node).toEqual({ courseCode: code, course: { code } });
    for (const { group } of enrolmentsAggregate) expect(group.courseCode).toBe(code);
  }
});

test("a foreign product is a key here, and what refers to it", async () => {
  const source = `{ _courseByKeys(keys: [{ code: "E5" }, { code: "unknown" }]) { code loans(first: 1) { totalCount } loansAggregate(groupBy: [CATEGORY]) { group { category } sum { loans } } }
    loans(first: 1) { nodes { course { code loansAggregate { count } } } } }`;
  const { data, errors } = await ask(library(), contextFor(engine), source);
  expect(errors).toBeUndefined();
  expect(data._courseByKeys).toEqual([
    {
      code: "E5",
      loans: { totalCount: 24 },
      loansAggregate: [
        { group: { category: "BOOK" }, sum: { loans: 114 } },
        { group: { category: "FILM" }, sum: { loans: 126 } },
      ],
    },
    { code: "unknown", loans: { totalCount: 0 }, loansAggregate: [] },
  ]);
  expect(data.loans.nodes).toEqual([{ course: { code: "A1", loansAggregate: [{ count: 24 }] } }]);
});
