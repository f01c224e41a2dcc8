import { decide } from "@thoth/access/decide";
import type { Principal } from "@thoth/access/decision";
import { anonymous } from "@thoth/access/decision";
import { ownAuthentication } from "@thoth/access/fixtures/own-authentication";
import { tokenKeyOf } from "@thoth/access/signing-key";
import { signToken } from "@thoth/access/token";
import type { ReadCount, UsageBatch, UsageSink } from "@thoth/contract/impact/read-count";
import type { ProductModel } from "@thoth/contract/product-model";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { parse } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { campusProducts, now } from "./fixtures/campus.ts";
import { type AskOptions, doorAt, gatewaySettings, recordLog } from "./fixtures/door.ts";
import type { GatewaySettings } from "./serve-gateway.ts";
import { queryGateway, serveGateway } from "./serve-gateway.ts";
import { openUsageRecorder } from "./usage-recorder.ts";

let mesh: SmallMesh;

beforeAll(async () => {
  mesh = await openSmallMesh(campusProducts, { now });
});

afterAll(() => mesh?.[Symbol.asyncDispose]());

const hour = Date.UTC(2026, 2, 18, 12);
const key = tokenKeyOf("07".repeat(32));

function tokenOf(principal: Partial<Principal>): Promise<string> {
  return signToken({ ...anonymous, kind: "person", ...principal }, { key, now, ttlMs: 3_600_000 });
}

const authenticate = ownAuthentication(key, () => now);

/** Keeps what is saved, and fails when told to. */
function recordingSink() {
  const batches: UsageBatch[] = [];
  const flushes: (() => Promise<void>)[] = [];
  let failure: Error | undefined;
  const sink: UsageSink = {
    save: async (batch) => {
      if (failure !== undefined) throw failure;
      batches.push(batch);
    },
    follow: (flush) => void flushes.push(flush),
  };
  return {
    sink,
    batches,
    fail: (error: Error | undefined) => {
      failure = error;
    },
    flush: async () => {
      for (const flush of flushes) await flush();
    },
    counts: () => summed(batches.flatMap(({ counts }) => counts)),
  };
}

/** One count of each use: where a test takes long, some of it is saved by itself meanwhile. */
function summed(counts: readonly ReadCount[]): ReadCount[] {
  const alike = Map.groupBy(counts, ({ reads: _, ...use }) => JSON.stringify(use));
  return [...alike.values()].map((all) => {
    return { ...(all[0] as ReadCount), reads: all.reduce((sum, { reads }) => sum + reads, 0) };
  });
}

async function openGateway(changes: Partial<GatewaySettings> = {}) {
  const usage = recordingSink();
  const log = recordLog();
  const server = await serveGateway(gatewaySettings(mesh, { usage: usage.sink, authenticate, log, ...changes }));
  return { ...usage, log, ask: doorAt(server.url), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** `campus/courses: code, name` */
function parts(counts: readonly ReadCount[]): string[] {
  return counts.map(({ product, columns }) => `${product}: ${columns.join(", ")}`).toSorted();
}

describe("what an operation reads", () => {
  test.each<[string, string, AskOptions["variables"], string[]]>([
    [
      "columns that are selected, and the key that orders them",
      "{ courses { nodes { name } } }",
      {},
      ["campus/courses: code, name"],
    ],
    ["the product alone, when rows are counted", "{ courses { totalCount } }", {}, ["campus/courses: "]],
    ["columns under other names", "{ a: courses { b: nodes { code: name } } }", {}, ["campus/courses: code, name"]],
    ["rows through edges", "{ courses { edges { node { faculty } } } }", {}, ["campus/courses: code, faculty"]],
    ["a key that is asked for", '{ coursesByKey(code: "A1") { name } }', {}, ["campus/courses: code, name"]],
    [
      "filters and orders",
      '{ courses(where: { or: [{ name: { contains: "a" } }, { not: { faculty: { isNull: true } } }] }, orderBy: [{ students: DESC }]) { totalCount nodes { code } } }',
      {},
      ["campus/courses: code, faculty, name, students"],
    ],
    [
      "groups, buckets and measures, and conditions on them",
      "{ loansAggregate(groupBy: [KIND], bucket: { column: WEEK, every: WEEK }, having: { sum: { days: { gt: 0 } } }, orderBy: [{ ratio: { of: RETURNED, to: DAYS, direction: ASC } }, { group: { kind: ASC } }]) { bucket countDistinct { branch } max { period } } }",
      {},
      ["library/loans: branch, days, kind, period, returned, week"],
    ],
    ["groups that are counted", "{ loansAggregate { count } }", {}, ["library/loans: "]],
    [
      "what a ratio is made of",
      "{ loansAggregate { ratio(of: RETURNED, to: DAYS) previous { sum { number } } } }",
      {},
      ["library/loans: days, number, returned"],
    ],
    [
      "both ends of a relation into another domain",
      "{ loans { nodes { course { name } } } }",
      {},
      ["campus/courses: code, name", "library/loans: branch, course_code, number"],
    ],
    [
      "both ends of a relation from another domain",
      "{ courses { nodes { name loansAggregate { sum { days } } loans { totalCount } } } }",
      {},
      ["campus/courses: code, name", "library/loans: course_code, days"],
    ],
    [
      "relations of relations, by keys of several columns",
      "{ papers { nodes { loan { offering { seats course { faculty } } } } } }",
      {},
      [
        "campus/courses: code, faculty",
        "campus/offerings: course_code, period, seats",
        "exams/papers: id, loan_branch, loan_number",
        "library/loans: branch, course_code, number, period",
      ],
    ],
    [
      "fragments, wherever they are spread",
      "{ courses { nodes { ...names } } loans { nodes { course { ...names } } } } fragment names on Course { name ... on Course { faculty } }",
      {},
      ["campus/courses: code, faculty, name", "library/loans: branch, course_code, number"],
    ],
    [
      "columns that variables name",
      "query ($where: CourseWhere, $order: [CourseOrderBy!]) { courses(where: $where, orderBy: $order) { totalCount } }",
      { where: { and: [{ students: { gt: 1 } }] }, order: { faculty: "ASC" } },
      ["campus/courses: faculty, students"],
    ],
    [
      "columns that variables name inside of an argument",
      "query ($filter: CourseWhere!, $by: [LoanColumn!]) { courses(where: { not: $filter }) { totalCount } loansAggregate(groupBy: $by) { count } }",
      { filter: { name: { eq: "x" } }, by: ["KIND", "WEEK"] },
      ["campus/courses: name", "library/loans: kind, week"],
    ],
    [
      "columns that defaults of variables name",
      'query ($where: CourseWhere = { name: { eq: "x" } }) { courses(where: $where) { totalCount } }',
      {},
      ["campus/courses: name"],
    ],
    [
      "nothing that is left out",
      "query ($yes: Boolean!, $no: Boolean = false) { courses { nodes { name @skip(if: $yes) faculty @include(if: $no) students @include(if: true) } } loans @skip(if: $yes) { totalCount } }",
      { yes: true },
      ["campus/courses: code, students"],
    ],
    [
      "no column that is denied",
      '{ courses(where: { convenorEmail: { eq: "x" } }) { nodes { name convenorEmail } } }',
      {},
      ["campus/courses: code, name"],
    ],
    ["no product that is denied", "{ results { totalCount } courses { totalCount } }", {}, ["campus/courses: "]],
    [
      "nothing, of discovery and of the schema",
      "{ dataProducts { id } __schema { queryType { name } } __typename }",
      {},
      [],
    ],
    ["nothing, when the operation is not valid", "{ courses { nodes { nothing } } }", {}, []],
  ])("%s", async (_what, query, variables = {}, expected) => {
    await using gateway = await openGateway();
    await gateway.ask(query, { variables });
    await gateway.flush();
    expect(parts(gateway.counts())).toEqual(expected);
  });

  test.each([true, false])("the same for every set of variables, when plans are used: %s", async (plans) => {
    await using gateway = await openGateway({ plans });
    const query =
      "query ($where: CourseWhere, $more: Boolean!) { courses(where: $where) { totalCount nodes { faculty @include(if: $more) } } }";
    for (const variables of [
      { where: { name: { eq: "x" } }, more: true },
      { where: { name: { ne: "y" } }, more: true },
      { where: { students: { eq: 1 } }, more: false },
      { more: false },
    ]) {
      expect((await gateway.ask(query, { variables })).errors).toEqual([]);
    }
    await gateway.flush();
    expect(gateway.counts().map(({ columns, reads }) => [columns.join(), reads])).toEqual([
      ["code,faculty,name", 2],
      ["code,students", 1],
      ["code", 1],
    ]);
  });
});

describe("who reads", () => {
  test("is told by the token and the purpose, and counted by the hour", async () => {
    let time = now;
    await using gateway = await openGateway({ clock: () => time });
    const ada = await tokenOf({ name: "ada", attributes: { domain: "library" } });
    const bob = await tokenOf({ name: "bob" });
    const as = (token: string, purpose?: string) => ({
      headers: { authorization: `Bearer ${token}`, ...(purpose && { "x-mesh-purpose": purpose }) },
    });
    const query = "{ courses { nodes { name } } loans { totalCount } }";
    for (const options of [as(ada), as(ada), as(ada, "teaching"), as(bob), {}]) await gateway.ask(query, options);
    time += 3_600_000;
    await gateway.ask("{ courses { nodes { name } } }", as(bob));
    await gateway.flush();
    const courses = { product: "campus/courses", version: "1.0.0", columns: ["code", "name"], hour };
    const loans = { ...courses, product: "library/loans", columns: [] };
    const readers = [
      { consumer: "ada", domain: "library", purpose: undefined, kind: "person", port: "graphql", reads: 2 },
      { consumer: "ada", domain: "library", purpose: "teaching", kind: "person", port: "graphql", reads: 1 },
      { consumer: "bob", domain: undefined, purpose: undefined, kind: "person", port: "graphql", reads: 1 },
      { consumer: "anonymous", domain: undefined, purpose: undefined, kind: "anonymous", port: "graphql", reads: 1 },
    ];
    expect(gateway.counts()).toEqual([
      ...readers.flatMap((reader) => [
        { ...courses, ...reader },
        { ...loans, ...reader },
      ]),
      { ...courses, ...readers[2], hour: hour + 3_600_000 },
    ]);
  });

  test("is counted for every answer, also for one that is given again", async () => {
    await using gateway = await openGateway();
    const headers = { authorization: `Bearer ${await tokenOf({ name: "ada" })}` };
    const query = "{ courses { nodes { code name } } }";
    const first = await gateway.ask(query, { headers });
    for (let i = 0; i < 4; i++) expect((await gateway.ask(query, { headers })).text).toBe(first.text);
    await gateway.ask(query);
    await gateway.flush();
    expect(gateway.counts().map(({ consumer, reads }) => [consumer, reads])).toEqual([
      ["ada", 5],
      ["anonymous", 1],
    ]);
  });

  test("nobody, when the token is not valid", async () => {
    await using gateway = await openGateway();
    expect((await gateway.ask("{ courses { totalCount } }", { headers: { authorization: "Bearer x" } })).status).toBe(
      401,
    );
    await gateway.flush();
    expect(gateway.counts()).toEqual([]);
  });

  test("one operation without a port counts too", async () => {
    const usage = recordingSink();
    const settings = gatewaySettings(mesh, { usage: usage.sink, authenticate });
    await queryGateway(settings, {
      query: "{ courses { totalCount } }",
      variables: {},
      token: await tokenOf({ name: "ada" }),
    });
    expect(usage.counts()).toMatchObject([{ product: "campus/courses", consumer: "ada", reads: 1 }]);
  });
});

describe("saving", () => {
  test("happens when the server stops, and once", async () => {
    const gateway = await openGateway();
    // Not before, however long it takes until then.
    gateway.fail(new Error("not yet"));
    await gateway.ask("{ courses { totalCount } }");
    gateway.fail(undefined);
    await gateway[Symbol.asyncDispose]();
    expect(gateway.batches).toMatchObject([{ sequence: 1, counts: [{ reads: 1 }] }]);
  });

  test("happens by itself, a batch at a time", async () => {
    const usage = recordingSink();
    const campus = mesh.subgraph("campus");
    const parts = { schema: campus.schema, subgraphs: [campus], sink: usage.sink, log: recordLog(), everyMs: 5 };
    await using recorder = openUsageRecorder(parts);
    const contextValue = {
      principal: anonymous,
      purpose: undefined,
      decide: (of: ProductModel) => decide(anonymous, of),
      now,
    };
    const use = { document: parse("{ courses { totalCount } }"), contextValue };
    recorder.recordUse(use);
    await expect.poll(() => usage.batches.length).toBe(1);
    recorder.recordUse(use);
    await expect.poll(() => usage.batches.map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  test("that fails keeps the counts, and brings the same batch again before any other", async () => {
    await using gateway = await openGateway();
    await gateway.ask("{ courses { totalCount } }");
    gateway.fail(new Error("no disk"));
    await gateway.flush();
    await gateway.ask("{ loans { totalCount } }");
    await gateway.flush();
    gateway.fail(undefined);
    await gateway.flush();
    await gateway.flush();
    expect(gateway.batches.map(({ sequence, counts }) => [sequence, parts(counts)])).toEqual([
      [1, ["campus/courses: "]],
      [2, ["library/loans: "]],
    ]);
    expect(new Set(gateway.batches.map(({ writer }) => writer)).size).toBe(1);
    expect(gateway.log.lines.filter(({ details }) => details.includes("no disk"))).toHaveLength(1);
  });

  test("that fails at the end says how much was not saved", async () => {
    const gateway = await openGateway();
    gateway.fail(new Error("no disk"));
    await gateway.ask("{ courses { totalCount } }");
    await gateway.ask("{ courses { totalCount } }");
    await gateway[Symbol.asyncDispose]();
    const lost = gateway.log.lines.find(({ message }) => message === "the last uses could not be saved");
    expect(lost).toMatchObject({ level: "error", details: '{"reads":2}' });
  });
});
