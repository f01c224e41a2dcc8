import { buildSubgraph } from "@thoth/subgraph/build-subgraph";
import type { RunningServer } from "@thoth/subgraph/served-graph";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import type { ServingEngine } from "@thoth/warehouse/query-engine";
import fc from "fast-check";
import { Kind, type OperationDefinitionNode, parse, print } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { courses, loans, now, offerings } from "./fixtures/campus.ts";
import { doorAt, gatewaySettings, type SeenError } from "./fixtures/door.ts";
import { randomQuery } from "./fixtures/random-query.ts";
import { serveGateway } from "./serve-gateway.ts";

let mesh: SmallMesh;
let server: RunningServer;

beforeAll(async () => {
  mesh = await openSmallMesh([courses, offerings, loans], { now });
  server = await serveGateway(gatewaySettings(mesh));
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await mesh?.[Symbol.asyncDispose]();
});

interface Part {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly SeenError[];
  readonly pending?: readonly { readonly id: string; readonly label?: string }[];
  readonly incremental?: readonly {
    readonly id?: string;
    readonly data?: object | null;
    readonly errors?: readonly SeenError[];
  }[];
  readonly completed?: readonly { readonly id: string; readonly errors?: readonly SeenError[] }[];
  readonly hasNext?: boolean;
}

const inParts = "multipart/mixed;incrementalSpec=v0.2, application/json";

async function ask(query: string, { accept = inParts, url = server.url, variables = {} } = {}): Promise<Part[]> {
  const headers = { "content-type": "application/json", accept };
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers,
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  if (!response.headers.get("content-type")?.startsWith("multipart/mixed")) return [JSON.parse(text) as Part];
  const parts = text.split(/\r\n---(?:--)?(?:\r\n|$)|^---\r\n/).filter((part) => part.includes("\r\n\r\n"));
  return parts.map((part) => JSON.parse(part.slice(part.indexOf("\r\n\r\n"))) as Part);
}

/** What a client has in the end. */
function merged(parts: readonly Part[]): { readonly data: object; readonly errors: readonly SeenError[] } {
  const later = parts.flatMap(({ incremental = [] }) => incremental);
  const data = Object.assign({}, ...parts.map((part) => part.data), ...later.map((part) => part.data));
  const completed = parts.flatMap((part) => part.completed ?? []);
  return { data, errors: [...parts, ...later, ...completed].flatMap(({ errors = [] }) => errors) };
}

const first = "courses { nodes { code name } }";
const second = "loansAggregate(groupBy: [BRANCH]) { group { branch } count }";
const slow = 'dataProduct(id: "campus/courses") { id columns { name } }';

describe("what is deferred comes later", () => {
  test("part by part, the first without it", async () => {
    const query = `{ ${first} ... @defer(label: "later") { ${second} } ...f @defer } fragment f on Query { ${slow} }`;
    const parts = await ask(query);
    expect(Object.keys(parts[0]?.data ?? {})).toEqual(["courses"]);
    expect(parts[0]).toMatchObject({
      pending: [
        { id: "0", path: [], label: "later" },
        { id: "1", path: [] },
      ],
      hasNext: true,
    });
    expect(parts.slice(1).map((part) => part.hasNext)).toEqual([true, false]);
    expect(parts.flatMap((part) => part.completed?.map(({ id }) => id) ?? []).toSorted()).toEqual(["0", "1"]);
    const { data } = await doorAt(server.url)(`{ ${first} ${second} ${slow} }`);
    expect(merged(parts).data).toEqual(data);
  });

  test("in the words of 2022, for those who speak them", async () => {
    const accept = "multipart/mixed;deferSpec=20220824, application/json";
    const parts = await ask(`{ ${first} ... @defer(label: "later") { ${second} } }`, { accept });
    expect(parts).toMatchObject([{ hasNext: true }, { incremental: [{ path: [], label: "later" }], hasNext: false }]);
    expect(parts[0]).not.toHaveProperty("pending");
    expect(merged(parts).data).toEqual((await doorAt(server.url)(`{ ${first} ${second} }`)).data);
  });

  test.each<[string, string, string, object]>([
    ["its reader takes no parts", `{ ${first} ... @defer { ${second} } }`, "application/json", {}],
    [
      "it is not wished this time",
      `query ($wish: Boolean!) { ${first} ... @defer(if: $wish) { ${second} } }`,
      inParts,
      { wish: false },
    ],
    ["it lies further below", `{ courses { nodes { code ... @defer { name } } } ${second} }`, inParts, {}],
    [
      "another part has a field of its name",
      `{ ${first} ${second} ... @defer { courses { totalCount } } }`,
      inParts,
      {},
    ],
    ["there is nothing else", `{ ... @defer { ${first} ${second} } }`, inParts, {}],
  ])("not when %s", async (_what, query, accept, variables) => {
    const parts = await ask(query, { accept, variables });
    expect(parts).toHaveLength(1);
    expect(parts[0]?.errors).toBeUndefined();
    expect(Object.keys(parts[0]?.data ?? {}).toSorted()).toEqual(["courses", "loansAggregate"]);
  });

  test("at most ten times", async () => {
    const wish = (index: number) => `... @defer { a${index}: courses { totalCount } }`;
    const parts = await ask(`{ ${Array.from({ length: 30 }, (_, index) => wish(index)).join(" ")} }`);
    expect(parts).toHaveLength(11);
    expect(Object.keys(merged(parts).data)).toHaveLength(30);
  });

  test("with the variables and fragments that each part uses", async () => {
    const query = `query ($n: Int!, $code: String!, $unused: Boolean = true) {
      ...a ... @defer { ...b }
    } fragment a on Query { courses(first: $n) { nodes { ...c } } }
      fragment b on Query { coursesByKey(code: $code) { ...c } __typename @include(if: $unused) }
      fragment c on Course { code name }`;
    const parts = await ask(query, { variables: { n: 1, code: "B2" } });
    expect(merged(parts)).toEqual({
      data: {
        courses: { nodes: [{ code: "A1", name: "Algebra" }] },
        coursesByKey: { code: "B2", name: "Biology" },
        __typename: "Query",
      },
      errors: [],
    });
  });

  test("what is wrong with a part is said before anything is answered", async () => {
    const parts = await ask(`{ ${first} ... @defer { nothing } }`);
    expect(parts).toMatchObject([{ errors: [{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }] }]);
    expect(parts[0]?.data).toBeUndefined();
  });

  test("what fails later is an error of that part, and the others are complete", async () => {
    const parts = await ask(`{ ${first} ... @defer { loans(first: -1) { totalCount } } ... @defer { ${slow} } }`);
    const { data, errors } = merged(parts);
    expect(errors).toMatchObject([{ path: ["loans"], extensions: { code: "subgraph/page-negative" } }]);
    expect(JSON.stringify(parts)).not.toContain('"http"');
    expect(data).toMatchObject({
      loans: null,
      dataProduct: { id: "campus/courses" },
      courses: { nodes: [{}, {}, {}, {}] },
    });
  });
});

test("parts are of one state: one that would be of another is an error", async () => {
  const [begun, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const engine: ServingEngine = {
    get epoch() {
      return mesh.readSide.epoch;
    },
    query: (...statement) => mesh.readSide.query(...statement),
    async bytes(...statement) {
      if (statement[0].includes("loans")) {
        begun.resolve();
        await released.promise;
      }
      return mesh.readSide.bytes(...statement);
    },
  };
  await using slowly = await serveGateway(gatewaySettings(mesh, { engine }));
  const answer = ask("{ courses { totalCount } ... @defer { loans { totalCount } } }", { url: slowly.url });
  await begun.promise;
  await mesh.publish("library/loans", `select * from (${loans.rows}) limit 1`);
  released.resolve();
  const { data, errors } = merged(await answer);
  await mesh.publish("library/loans", String(loans.rows));
  expect(data).toEqual({ courses: { totalCount: 4 } });
  expect(errors).toMatchObject([{ extensions: { code: "gateway/changed-between-parts" } }]);
});

test("whatever is deferred, the parts together are the answer in one piece", async () => {
  const models = mesh.catalog.map(({ model }) => model);
  const { schema } = buildSubgraph({ domain: "all", products: models, foreign: [] });
  const queries = randomQuery(schema, ["convenorEmail", "borrower", "teacher", "previous"]);
  let inSeveral = 0;
  await fc.assert(
    fc.asyncProperty(queries, fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), async (query, wishes) => {
      const [parts, whole] = await Promise.all([ask(deferSome(query, wishes)), doorAt(server.url)(query)]);
      inSeveral += parts.length > 1 ? 1 : 0;
      const { data, errors } = merged(parts);
      expect(data, query).toEqual(whole.data ?? {});
      expect(codesOf(errors), query).toEqual(codesOf(whole.errors));
    }),
    { numRuns: 60, seed: 20261122, endOnFailure: true },
  );
  expect(inSeveral).toBeGreaterThan(10);
});

function codesOf(errors: readonly SeenError[]): Set<string> {
  return new Set(errors.map(({ extensions }) => extensions.code));
}

/** The same question, with a wish for each field at the top. */
function deferSome(query: string, wishes: readonly boolean[]): string {
  const [operation] = parse(query).definitions as [OperationDefinitionNode];
  const selections = operation.selectionSet.selections.map((node, index) =>
    wishes[index % wishes.length] ? `... @defer { ${print(node)} }` : print(node),
  );
  expect(operation.kind).toBe(Kind.OPERATION_DEFINITION);
  return `{ ${selections.join(" ")} }`;
}
