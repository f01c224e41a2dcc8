import { warehouseError } from "@thoth/warehouse/errors";
import type { QueryEngine } from "@thoth/warehouse/query-engine";
import { execute, parse } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, campus, contextFor, openCampus } from "./fixtures/campus.ts";
import type { TestEngine } from "./fixtures/engine.ts";
import type { SubgraphContext } from "./subgraph.ts";

const graph = campus();
let engine: TestEngine;

beforeAll(async () => {
  engine = await openCampus();
});
afterAll(async () => engine[Symbol.asyncDispose]());

/** The real engine without the table that the statement needs. */
const broken = (): QueryEngine => ({
  query: (sql, params, options) => engine.query(sql.replaceAll('"enrolments"', '"no_such_table"'), params, options),
});

test("an engine's failure is masked, counted once, and its cause handed over", async () => {
  const unexpected: [unknown, string][] = [];
  const context = contextFor(broken(), { onUnexpected: (error, id) => unexpected.push([error, id]) });
  const { data, errors } = await ask(graph, context, "{ courses { nodes { code enrolments { totalCount } } } }");
  expect(data.courses.nodes[4]).toEqual({ code: "E5", enrolments: null });
  expect(errors).toHaveLength(1);
  expect(errors?.[0]?.extensions).toMatchObject({
    code: "subgraph/unexpected",
    domain: "campus",
    hint: expect.any(String),
  });
  expect(JSON.stringify(errors)).not.toContain("no_such_table");
  expect(unexpected).toHaveLength(1);
  expect(unexpected[0]?.[1]).toBe(errors?.[0]?.extensions.correlationId);
  expect(String(unexpected[0]?.[0])).toContain("no_such_table");
});

test.each([
  ["alone", "select codes from (select 1 as code)"],
  ["with its table", "select row.codes from (select 1 as code) as row"],
])("a column that the snapshot has not yet, asked for %s, is named, and the operators hear of it", async (_, sql) => {
  const unexpected: unknown[] = [];
  const query: QueryEngine["query"] = (__, ___, options) => engine.query(sql, [], options);
  const context = contextFor({ query }, { onUnexpected: (error) => unexpected.push(error) });
  const { data, errors } = await ask(graph, context, "{ courses { totalCount } }");
  expect(data).toEqual({ courses: null });
  expect(errors?.[0]?.extensions).toMatchObject({
    code: "subgraph/column-not-there",
    hint: "mesh run campus publishes it. Until then leave the column out; where you did not ask for it, the key or your access needs it.",
  });
  expect(errors?.[0]?.message).toContain("no column codes yet");
  expect(unexpected).toHaveLength(1);
});

test("what the warehouse says to readers reaches them", async () => {
  const query = async () => {
    throw warehouseError["no-snapshot"]({ domain: "campus", product: "courses" });
  };
  const { errors } = await ask(graph, contextFor({ query }), "{ courses { totalCount } }");
  expect(errors?.[0]?.extensions).toMatchObject({ code: "warehouse/no-snapshot", domain: "campus" });
  expect(errors?.[0]?.message).toContain("campus/courses");
});

test("an aborted request says so", async () => {
  const aborter = new AbortController();
  const query: QueryEngine["query"] = (sql, params, options) => {
    aborter.abort(new Error("the client has gone"));
    return engine.query(sql, params, options);
  };
  const { data, errors } = await ask(
    graph,
    { ...contextFor({ query }), signal: aborter.signal },
    "{ courses { totalCount } }",
  );
  expect(data).toEqual({ courses: null });
  expect(errors?.[0]?.extensions.code).toBe("subgraph/aborted");
  expect(errors?.[0]?.message).toContain("the client has gone");
});

test("without a context the error says what to pass", async () => {
  const { data, errors } = await ask(graph, undefined as unknown as SubgraphContext, "{ courses { totalCount } }");
  expect(data).toEqual({ courses: null });
  expect(errors?.[0]?.extensions).toMatchObject({
    code: "subgraph/context-missing",
    hint: expect.stringContaining("engine"),
  });
});

test("a value outside the contract's enum is null with an error, its row is not", async () => {
  await engine.run("insert into campus.product.courses (code, faculty) values ('F6', 'alchemy')");
  const { data, errors } = await ask(graph, contextFor(engine), '{ coursesByKey(code: "F6") { code faculty } }');
  await engine.run("delete from campus.product.courses where code = 'F6'");
  expect(data.coursesByKey).toEqual({ code: "F6", faculty: null });
  expect(errors?.[0]?.extensions.code).toBe("subgraph/unknown-enum-value");
});

test("a document and a context used twice share nothing", async () => {
  const document = parse(
    "query ($code: String!) { coursesByKey(code: $code) { name secret: convenorEmail enrolments(first: 1) { totalCount } } }",
  );
  const contextValue = contextFor(engine, {
    decisions: { "campus/courses": { columns: { convenor_email: "denied" } } },
  });
  const run = (code: string) => execute({ schema: graph.schema, document, contextValue, variableValues: { code } });
  const [first, second] = await Promise.all([run("A1"), run("C3")]);
  expect(JSON.parse(JSON.stringify([first.data, second.data]))).toEqual([
    { coursesByKey: { name: "Algebra", secret: null, enrolments: { totalCount: 10 } } },
    { coursesByKey: { name: "Ceramics", secret: null, enrolments: { totalCount: 0 } } },
  ]);
  expect([first.errors?.length, second.errors?.length]).toEqual([1, 1]);
});

test("two principals who ask the same at the same time get their own answers", async () => {
  const document = parse("{ courses(first: 1) { nodes { convenorEmail } } }");
  const denied = { "campus/courses": { columns: { convenor_email: "denied" } } } as const;
  const contexts = [contextFor(engine), contextFor(engine, { decisions: denied }), contextFor(engine)];
  const answers = await Promise.all(
    contexts.map((contextValue) => execute({ schema: graph.schema, document, contextValue })),
  );
  expect(answers.map(({ data, errors }) => [JSON.stringify(data), errors?.length])).toEqual([
    ['{"courses":{"nodes":[{"convenorEmail":"a@x"}]}}', undefined],
    ['{"courses":{"nodes":[{"convenorEmail":null}]}}', 1],
    ['{"courses":{"nodes":[{"convenorEmail":"a@x"}]}}', undefined],
  ]);
});
