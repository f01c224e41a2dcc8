import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { RunningServer } from "@thoth/subgraph/served-graph";
import { freePort } from "@thoth/testing/free-port";
import type { SmallProduct } from "@thoth/testing/small-contract";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { campusProducts, courses, loans, now, offerings } from "./fixtures/campus.ts";
import { type Answer, type Ask, authenticate, openDoor, placedAt, recordLog, tokenFor } from "./fixtures/door.ts";
import { openStrangeServer, type StrangeAnswer, type StrangeServer } from "./fixtures/strange-server.ts";
import { serveSubgraph } from "./serve-subgraph.ts";

let mesh: SmallMesh;

beforeAll(async () => {
  mesh = await openSmallMesh(campusProducts, { now });
});

afterAll(() => mesh?.[Symbol.asyncDispose]());

/** Wants the library in every way there is: root fields, rows and aggregates of a course, a reference, two levels down. */
const everything = `{
  loans { totalCount nodes { number kind course { name } } }
  loansAggregate { count }
  courses { nodes { code name loans { totalCount } loansAggregate { count } papers { nodes { title loan { kind days } } } } }
  offeringsByKey(courseCode: "A1", period: "2026-1") { seats loans { nodes { number } } }
}`;

/** What is left when the library is gone: all of the others, and the keys by which they refer to it. */
function expectOnlyLibraryMissing({ data, errors, status }: Answer, reason: RegExp | string): void {
  expect(status).toBe(200);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatchObject({
    message: expect.stringMatching(reason),
    extensions: {
      code: "gateway/subgraph-unavailable",
      domain: "library",
      hint: expect.stringContaining("The rest of the answer"),
    },
  });
  expect(errors[0]?.extensions.affectedPaths).toEqual(
    expect.arrayContaining([
      "loans",
      "loansAggregate",
      "courses.nodes.loans",
      "courses.nodes.loansAggregate",
      "courses.nodes.papers.nodes.loan.kind",
      "offeringsByKey.loans",
    ]),
  );
  expect(data).toMatchObject({ loans: null, loansAggregate: null, offeringsByKey: { seats: 100, loans: null } });
  expect(data.courses.nodes[0]).toEqual({
    code: "A1",
    name: "Algebra",
    loans: null,
    loansAggregate: null,
    papers: {
      nodes: [
        { title: "Groups", loan: { kind: null, days: null } },
        { title: "Rings", loan: { kind: null, days: null } },
      ],
    },
  });
}

describe("a domain in a process of its own", () => {
  const script = fileURLToPath(new URL("./fixtures/domain-process.ts", import.meta.url));
  let child: ChildProcess | undefined;

  async function startLibrary(port: number): Promise<string> {
    child = spawn(process.execPath, ["--conditions=thoth-source", script, "library", String(port)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (child.stdout === null) throw new Error("no output to read the address from");
    for await (const line of createInterface({ input: child.stdout })) return line;
    throw new Error("the domain's process ended without an address");
  }

  async function stop(signal: NodeJS.Signals): Promise<void> {
    const ended = child && once(child, "exit");
    child?.kill(signal);
    await ended;
    child = undefined;
  }

  afterAll(async () => {
    if (child !== undefined) await stop("SIGKILL");
  });

  test("answers as it would in the gateway's process, goes down, and comes back without a restart of the gateway", async () => {
    const port = await freePort();
    const url = await startLibrary(port);
    const log = recordLog();
    const ask = openDoor(mesh, { log, subgraphs: placedAt(mesh, { library: `${url}/graphql` }) });
    const inProcess = await openDoor(mesh)(everything);
    const there = await ask(everything);
    expect(there.errors).toEqual([]);
    expect(there.data).toEqual(inProcess.data);

    await stop("SIGKILL");
    expectOnlyLibraryMissing(await ask(everything), /library does not answer \(connection refused\)/);
    expectOnlyLibraryMissing(await ask(everything), /connection refused/);

    await startLibrary(port);
    const back = await ask(everything);
    expect(back.errors).toEqual([]);
    expect(back.data).toEqual(inProcess.data);
    await stop("SIGTERM");
    const lines = log.lines.map(({ level, message }) => `${level}: ${message}`);
    expect(lines).toEqual(["error: domain does not answer", "info: domain answers again"]);
  });
});

describe("a domain that goes wrong", () => {
  let strange: StrangeServer;
  let ask: Ask;

  beforeAll(async () => {
    strange = await openStrangeServer(() => "silence");
    ask = openDoor(mesh, { subgraphs: placedAt(mesh, { library: strange.url }) });
  });

  afterAll(() => strange?.[Symbol.asyncDispose]());

  const impatient = () =>
    openDoor(mesh, { subgraphs: placedAt(mesh, { library: strange.url }), limits: { remoteTimeoutMs: 150 } });
  const secret = "/var/lib/duckdb near SELECT s3cret";

  test.each<[string, StrangeAnswer, RegExp]>([
    ["breaks the connection", "break", /\(the connection broke off\)/],
    ["answers 500", { status: 500, body: secret }, /\(HTTP 500\)/],
    [
      "answers 502 with a page",
      { status: 502, headers: { "content-type": "text/html" }, body: "<html>" },
      /\(HTTP 502\)/,
    ],
    ["sends elsewhere", { status: 302, headers: { location: "http://127.0.0.1:1/" }, body: "" }, /\(HTTP 302\)/],
    ["answers a page", { headers: { "content-type": "text/html" }, body: `<html>${secret}` }, /\(no usable answer\)/],
    ["answers half of JSON", { body: '{"data": {' }, /\(no usable answer\)/],
    ["answers an empty object", { body: "{}" }, /\(no usable answer\)/],
    ["answers a list", { body: "[]" }, /\(no usable answer\)/],
    ["answers data that is a number", { body: '{"data": 5}' }, /\(no usable answer\)/],
    ["answers null", { body: "null" }, /\(no usable answer\)/],
    ["answers errors that are no list", { body: '{"errors": "s3cret"}' }, /\(no usable answer\)/],
    ["answers errors that are nothing", { body: '{"errors": [null]}' }, /\(no usable answer\)/],
    [
      "answers an error without a code",
      { body: JSON.stringify({ errors: [{ message: secret }] }) },
      /\(no usable answer\)/,
    ],
    [
      "serves another version",
      {
        status: 400,
        body: JSON.stringify({
          errors: [{ message: "Cannot query field", extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }],
        }),
      },
      /\(it serves another version of its contracts\)/,
    ],
  ])("%s", async (_what, answer, reason) => {
    strange.answer = () => answer;
    const seen = await ask(everything);
    expectOnlyLibraryMissing(seen, reason);
    expect(seen.text).not.toContain("s3cret");
  });

  test("is cut off when it does not answer in time", async () => {
    strange.answer = () => "silence";
    expectOnlyLibraryMissing(await impatient()(everything), /\(no answer within 150 ms\)/);
  });

  test("is cut off when its answer does not end", async () => {
    strange.answer = () => ({ headers: { "content-length": "1000" }, body: '{"data": ' });
    expectOnlyLibraryMissing(await impatient()(everything), /\(no answer within 150 ms\)/);
  });

  test("says nothing of its own that it does not explain", async () => {
    strange.answer = () => ({
      body: JSON.stringify({ data: { loans: null }, errors: [{ message: secret, path: ["loans"] }] }),
    });
    const { errors, text } = await ask("{ loans { totalCount } }");
    expect(errors[0]?.extensions).toMatchObject({ code: "gateway/subgraph-unavailable", domain: "library" });
    expect(text).not.toContain("s3cret");
  });

  test("answers values of other kinds than it promised", async () => {
    strange.answer = () => ({ body: JSON.stringify({ data: { loans: 5 } }) });
    const { data, errors } = await ask("{ loans { totalCount } courses(first: 1) { nodes { code } } }");
    expect(data).toEqual({ loans: null, courses: { nodes: [{ code: "A1" }] } });
    expect(errors).toHaveLength(1);
  });
});

describe("more keys than one lookup may have", () => {
  const code = "repeat('a course with a long code ', 4) || range";
  const many: SmallProduct[] = [
    {
      ...courses,
      rows: `select ${code} as code, 'Course ' || range as name, * from range(12000), (select null as faculty, 1 as students, null as updated_at, null as old_name, null as convenor_email)`,
    },
    offerings,
    {
      ...loans,
      rows: `select 'north' as branch, range as number, ${code} as course_code, null as period, null as week, null as kind, 1 as days, 1 as returned, null as borrower from range(12000)`,
    },
  ];

  test.each(["in the gateway's process", "elsewhere"])("are asked for in parts, from a domain %s", async (where) => {
    await using world = await openSmallMesh(many, { now });
    await using elsewhere = await serveDomain("campus", {}, world);
    const places = where === "elsewhere" ? { campus: `${elsewhere.url}/graphql` } : {};
    const ask = openDoor(world, { subgraphs: placedAt(world, places) });
    const { data } = await ask("{ loans(first: 10000) { pageInfo { endCursor } } }");
    const after: unknown = data.loans.pageInfo.endCursor;
    const both = await ask(
      `query ($after: String) { one: loans(first: 10000) { nodes { number course { name } } } two: loans(first: 10000, after: $after) { nodes { number course { name } } } }`,
      { variables: { after } },
    );
    expect(both.errors).toEqual([]);
    const rows: { number: number; course: { name: string } }[] = [...both.data.one.nodes, ...both.data.two.nodes];
    expect(rows).toHaveLength(12_000);
    expect(rows.filter(({ number, course }) => course.name !== `Course ${number}`)).toEqual([]);
  });
});

describe("what travels to a domain elsewhere", () => {
  test("the reader's token and purpose, and nothing of who asks anonymously", async () => {
    await using strange = await openStrangeServer(() => ({ body: '{"data": {"loans": {"totalCount": 1}}}' }));
    const ask = openDoor(mesh, { subgraphs: placedAt(mesh, { library: strange.url }) });
    const token = await tokenFor("ann");
    const headers = {
      authorization: `Bearer ${token}`,
      "x-mesh-purpose": "research",
      cookie: "a=b",
      "x-forwarded-for": "10.0.0.1",
    };
    await ask("{ loans { totalCount } }", { headers });
    await ask("{ loans { totalCount } }");
    const seen = strange.requests.map(({ headers: { authorization, cookie, "x-mesh-purpose": purpose } }) => ({
      authorization,
      purpose,
      cookie,
    }));
    expect(seen).toEqual([
      { authorization: `Bearer ${token}`, purpose: "research", cookie: undefined },
      { authorization: undefined, purpose: undefined, cookie: undefined },
    ]);
    expect(strange.requests[0]?.headers).not.toHaveProperty("x-forwarded-for");
  });

  test("whom the domain does not believe gets its reason", async () => {
    await using elsewhere = await serveLibrary({
      authenticate: (token) => authenticate(token && `${token}x`),
    });
    const ask = openDoor(mesh, { subgraphs: placedAt(mesh, { library: `${elsewhere.url}/graphql` }) });
    const headers = { authorization: `Bearer ${await tokenFor("ann")}` };
    const { data, errors, status } = await ask("{ loans { totalCount } courses { totalCount } }", { headers });
    expect(status).toBe(200);
    expect(data).toEqual({ loans: null, courses: { totalCount: 4 } });
    expect(errors).toMatchObject([{ extensions: { code: "access/token-invalid", domain: "library" } }]);
  });

  test("requests at the same time are not answered with each other's answers", async () => {
    await using elsewhere = await serveLibrary({});
    const ask = openDoor(mesh, { subgraphs: placedAt(mesh, { library: `${elsewhere.url}/graphql` }) });
    const first = (count: number) =>
      ask("query ($n: Int!) { loans(first: $n) { nodes { number } } }", { variables: { n: count } });
    const answers = await Promise.all([first(1), first(2), first(3), first(2)]);
    expect(answers.map(({ data }) => data.loans.nodes.length)).toEqual([1, 2, 3, 2]);
  });
});

describe("rows from elsewhere go to the keys they carry", () => {
  let honest: RunningServer;
  let strange: StrangeServer;
  let ask: Ask;
  let tamper: (rows: (Record<string, unknown> | null)[]) => unknown;

  beforeAll(async () => {
    honest = await serveLibrary({});
    strange = await openStrangeServer(async ({ body }) => {
      const init = { method: "POST", headers: { "content-type": "application/json" }, body };
      const answer = await (await fetch(`${honest.url}/graphql`, init)).json();
      for (const [name, value] of Object.entries(answer.data ?? {})) {
        if (Array.isArray(value)) answer.data[name] = tamper(value);
      }
      return { body: JSON.stringify(answer) };
    });
    ask = openDoor(mesh, { subgraphs: placedAt(mesh, { library: strange.url }) });
  });

  afterAll(async () => {
    await strange?.[Symbol.asyncDispose]();
    await honest?.[Symbol.asyncDispose]();
  });

  const counts = async () => {
    const { data, errors } = await ask(
      "{ courses { nodes { code loans { totalCount } } } papers { nodes { id loan { kind } } } }",
    );
    const loans = data.courses.nodes.map((row: { code: string; loans: { totalCount: number } | null }) => [
      row.code,
      row.loans?.totalCount,
    ]);
    return {
      loans: Object.fromEntries(loans),
      kinds: data.papers.nodes.map((row: { loan: { kind: string } | null }) => row.loan?.kind),
      errors,
    };
  };

  const right = { loans: { A1: 3, B2: 1, C3: 0, D4: 0 }, kinds: ["LONG_FILM", "BOOK", undefined, "BOOK"], errors: [] };

  test.each<[string, (rows: (Record<string, unknown> | null)[]) => unknown, object]>([
    ["as they are", (rows) => rows, right],
    ["reversed", (rows) => rows.toReversed(), right],
    ["with gaps between them", (rows) => [null, ...rows, null], right],
    ["some twice", (rows) => [...rows, ...rows], right],
    [
      "some missing",
      (rows) => rows.slice(1),
      { loans: { B2: 1, C3: 0, D4: 0 }, kinds: [null, "BOOK", undefined, "BOOK"], errors: [] },
    ],
    ["none", () => [], { loans: {}, kinds: [null, null, undefined, null], errors: [] }],
  ])("%s", async (_how, change, expected) => {
    tamper = change;
    const seen = await counts();
    expect(JSON.parse(JSON.stringify(seen))).toEqual(JSON.parse(JSON.stringify(expected)));
  });

  test("rows without their keys are nobody's", async () => {
    tamper = (rows) =>
      rows.map((row) => row && Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith("__key"))));
    const seen = await counts();
    expect(seen.loans).toEqual({ A1: undefined, B2: undefined, C3: undefined, D4: undefined });
    expect(seen.errors.map(({ extensions }) => extensions.code)).toEqual([
      "gateway/lookup-unkeyed",
      "gateway/lookup-unkeyed",
    ]);
  });
});

function serveLibrary(changes: { readonly authenticate?: typeof authenticate }): Promise<RunningServer> {
  return serveDomain("library", changes, mesh);
}

function serveDomain(
  domain: string,
  changes: { readonly authenticate?: typeof authenticate },
  world: SmallMesh,
): Promise<RunningServer> {
  return serveSubgraph({
    engine: world.readSide,
    authenticate,
    clock: () => now,
    host: "127.0.0.1",
    port: 0,
    log: recordLog(),
    subgraph: world.subgraph(domain),
    ...changes,
  });
}
