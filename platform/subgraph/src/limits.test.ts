import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, campus, contextFor, openCampus } from "./fixtures/campus.ts";
import type { TestEngine } from "./fixtures/engine.ts";

const graph = campus();
let engine: TestEngine;

beforeAll(async () => {
  engine = await openCampus();
});
afterAll(async () => engine[Symbol.asyncDispose]());

const courses =
  "query ($where: CourseWhere, $first: Int, $orderBy: [CourseOrderBy!]) { courses(where: $where, first: $first, orderBy: $orderBy) { nodes { code } } }";
const list = (length: number) => Array.from({ length }, (_, index) => String(index));
const nested = (levels: number): object => (levels === 0 ? {} : { not: nested(levels - 1) });

test.each([
  [{ first: 100_001 }, "subgraph/page-too-large", "endCursor"],
  [{ first: -1 }, "subgraph/page-negative", "0 or more"],
  [{ where: nested(21) }, "subgraph/where-too-deep", "Flatten"],
  [{ where: { or: list(1001).map((code) => ({ code: { eq: code } })) } }, "subgraph/where-too-wide", "in:"],
  [{ where: { code: { in: list(10_001) } } }, "subgraph/too-many-values", "Split"],
  [{ where: { tags: { hasAny: list(10_001) } } }, "subgraph/too-many-values", "Split"],
  [{ where: { code: { eq: null } } }, "subgraph/null-operand", "isNull: true"],
  [{ where: { code: null } }, "subgraph/null-operand", "isNull: true"],
  [{ where: { not: null } }, "subgraph/null-operand", "leave"],
  [{ where: { name: { like: "abc\\" } } }, "subgraph/like-pattern", "literal"],
  [{ where: { students: { gt: "9223372036854775808" } } }, "subgraph/value-out-of-range", "BIGINT"],
  [{ where: { budget: { eq: "1.234" } } }, "subgraph/value-out-of-range", "DECIMAL(12,2)"],
  [{ where: { budget: { in: ["99999999999.00"] } } }, "subgraph/value-out-of-range", "DECIMAL(12,2)"],
  [{ orderBy: [{ code: "ASC", name: "DESC" }] }, "subgraph/order-one-column", "One column"],
  [{ orderBy: [{}] }, "subgraph/order-one-column", "one column"],
  [{ orderBy: [{ code: null }] }, "subgraph/null-operand", "leave"],
])("%.80j is refused as %s, with advice", async (variables, code, advice) => {
  const asked = engine.statements.length;
  const { data, errors } = await ask(graph, contextFor(engine), courses, variables);
  expect(data).toEqual({ courses: null });
  expect(errors).toHaveLength(1);
  expect(errors?.[0]?.extensions).toMatchObject({ code, domain: "campus" });
  expect(`${errors?.[0]?.message} ${errors?.[0]?.extensions.hint}`.toLowerCase()).toContain(advice.toLowerCase());
  expect(engine.statements).toHaveLength(asked);
});

test.each([
  [{ first: 100_000 }],
  [{ first: null }],
  [{ where: nested(20) }],
  [{ where: { or: list(1000).map((code) => ({ code: { eq: code } })) } }],
  [{ where: { code: { in: list(10_000) } } }],
  [{ where: { name: { like: "abc\\\\" } } }],
])("%.60j is still within the limits", async (variables) => {
  const { errors } = await ask(graph, contextFor(engine), courses, variables);
  expect(errors).toBeUndefined();
});

test("a list of keys has the same limit", async () => {
  const keys = list(10_001).map((code) => ({ code }));
  const { data, errors } = await ask(
    graph,
    contextFor(engine),
    "query ($keys: [CourseKey!]!) { _courseByKeys(keys: $keys) { code } }",
    { keys },
  );
  expect(data._courseByKeys).toBeNull();
  expect(errors?.[0]?.extensions.code).toBe("subgraph/too-many-values");
});

test("limits hold below a relation too, with one error for all parents", async () => {
  const { data, errors } = await ask(
    graph,
    contextFor(engine),
    "{ courses { nodes { code enrolments(first: 100001) { totalCount } } } }",
  );
  expect(data.courses.nodes.map((node: { enrolments: unknown }) => node.enrolments)).toEqual([
    null,
    null,
    null,
    null,
    null,
  ]);
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["subgraph/page-too-large"]);
});
