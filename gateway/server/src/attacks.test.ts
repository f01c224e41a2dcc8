import { createHmac, createSign, generateKeyPairSync, sign } from "node:crypto";
import { connect } from "node:net";
import { tokenKeyOf } from "@thoth/access/signing-key";
import type { RunningServer } from "@thoth/subgraph/served-graph";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { campusProducts, now } from "./fixtures/campus.ts";
import { authenticate, gatewaySettings, type RecordedLog, recordLog, tokenFor } from "./fixtures/door.ts";
import { serveGateway } from "./serve-gateway.ts";

/** Each row is an attack and what becomes of it. Whatever comes back, it is quick, holds no secret and blames nobody here. */
let mesh: SmallMesh;
let server: RunningServer;
let log: RecordedLog;

beforeAll(async () => {
  mesh = await openSmallMesh(campusProducts, { now });
  log = recordLog();
  server = await serveGateway(gatewaySettings(mesh, { log, authenticate }));
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await mesh?.[Symbol.asyncDispose]();
});
afterEach(() => {
  expect(log.lines.splice(0).filter(({ level }) => level === "error")).toEqual([]);
});

/** Values of columns that nobody here may read. */
const secrets = ["ada@campus", "cyd@campus", "717171", "434343", "stu-1", "zoe"];

interface Outcome {
  readonly status: number;
  readonly codes: readonly string[];
  readonly data: unknown;
  readonly text: string;
  /** Of work, whatever else the machine has to do. */
  readonly cpuMs: number;
}

async function send(body: unknown, headers: Record<string, string> = {}): Promise<Outcome> {
  const before = process.cpuUsage();
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/graphql-response+json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const { user, system } = process.cpuUsage(before);
  const { data = null, errors = [] } = JSON.parse(text) as {
    data?: unknown;
    errors?: { extensions: { code: string } }[];
  };
  return {
    status: response.status,
    codes: [...new Set(errors.map(({ extensions }) => extensions?.code))],
    data,
    text,
    cpuMs: (user + system) / 1_000,
  };
}

async function sendForStream(query: string): Promise<{ readonly text: string }> {
  const headers = { "content-type": "application/json", accept: "text/event-stream" };
  const response = await fetch(`${server.url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query }) });
  return { text: await response.text() };
}

function expectHarmless({ text, cpuMs, status }: Outcome): void {
  expect(status).toBeLessThan(500);
  // What they are made to cost would take minutes.
  expect(cpuMs).toBeLessThan(20_000);
  for (const secret of secrets) expect(text).not.toContain(secret);
}

const repeat = (times: number, piece: (index: number) => string, between = " ") =>
  Array.from({ length: times }, (_, index) => piece(index)).join(between);
const nest = (times: number, open: string, inner: string, close: string) =>
  open.repeat(times) + inner + close.repeat(times);
const invalid = "GRAPHQL_VALIDATION_FAILED";
const unparsed = "GRAPHQL_PARSE_FAILED";

describe("documents that are made to cost", () => {
  test.each<[string, string, string]>([
    ["aliases at the top", `{ ${repeat(101, (n) => `a${n}: __typename`)} }`, "gateway/too-many-questions"],
    ["aliases below", `{ courses { nodes { ${repeat(3_000, (n) => `a${n}: code`)} } } }`, "gateway/too-many-fields"],
    ["one field very often", `{ courses { nodes { ${"code ".repeat(20_000)} } } }`, "gateway/too-many-fields"],
    ["a fragment within itself", "{ ...a } fragment a on Query { __typename ...a }", invalid],
    [
      "fragments in a circle",
      "{ ...a } fragment a on Query { ...b } fragment b on Query { ...c } fragment c on Query { ...a }",
      invalid,
    ],
    [
      "a circle through fields",
      "{ courses { nodes { ...a } } } fragment a on Course { offerings { nodes { course { ...a } } } }",
      invalid,
    ],
    [
      "fragments that double forty times",
      `{ ...f0 } ${repeat(40, (n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`)} fragment f40 on Query { __typename }`,
      "gateway/too-many-fields",
    ],
    [
      "fields in fields",
      `{ courses { nodes { ${nest(20, "offerings { nodes { course { ", "code", "} } }")} } } }`,
      "gateway/too-deep",
    ],
    [
      "depth through fragments",
      `{ courses { nodes { ...f0 } } } ${repeat(20, (n) => `fragment f${n} on Course { offerings { nodes { course { ...f${n + 1} } } } }`)} fragment f20 on Course { code }`,
      "gateway/too-deep",
    ],
    ["fields deeper than a stack", "{a".repeat(20_000), "gateway/too-deep"],
    ["inline fragments deeper than a stack", `{ ${nest(9_000, "... { ", "__typename", " }")} }`, "gateway/too-deep"],
    [
      "lists in lists as a value",
      `{ courses(where: { code: { in: ${nest(15_000, "[", "", "]")} } }) { totalCount } }`,
      "gateway/too-deep",
    ],
    [
      "objects in objects as a value",
      `{ courses(where: ${nest(9_000, "{ not: ", "{}", " }")}) { totalCount } }`,
      "gateway/too-deep",
    ],
    ["types in types", `query ($a: ${nest(15_000, "[", "Int", "]")}) { __typename }`, "gateway/too-deep"],
    ["one directive very often", `{ __typename ${"@skip(if: false) ".repeat(5_000)} }`, invalid],
    ["directives that nobody knows", `{ __typename ${repeat(8_000, (n) => `@d${n}`)} }`, invalid],
    ["very many variables", `query (${repeat(15_000, (n) => `$v${n}: Int`)}) { __typename }`, unparsed],
    ["very many operations", repeat(9_000, (n) => `query q${n} { __typename }`), "OPERATION_RESOLUTION_FAILURE"],
    [
      "very many fragments that nobody uses",
      `{ __typename } ${repeat(4_000, (n) => `fragment f${n} on Query { __typename }`)}`,
      "gateway/too-many-definitions",
    ],
    ["arguments that nobody knows", `{ courses(${repeat(9_000, (n) => `a${n}: 1`)}) { totalCount } }`, invalid],
    [
      "fields that cannot be merged",
      `{ courses { nodes { ${repeat(1_500, (n) => `x: offerings(first: ${n}) { totalCount }`)} } } }`,
      "gateway/too-many-fields",
    ],
    [
      "fields that cannot be merged, not quite as many",
      `{ courses { nodes { ${repeat(600, (n) => `x: offerings(first: ${n}) { totalCount }`)} } } }`,
      "gateway/too-many-repeats",
    ],
    [
      "the same through fragments",
      `{ courses { nodes { ${repeat(290, (n) => `...f${n}`)} } } } ${repeat(290, (n) => `fragment f${n} on Course { offerings { nodes { x: seats${n} } } }`)}`,
      "gateway/too-many-repeats",
    ],
    [
      "the same field very often, below",
      `{ courses { nodes { ${repeat(290, () => `offerings { nodes { course { code name } } totalCount }`)} } } }`,
      "ok",
    ],
    [
      "the same field very often, in fragments",
      `{ courses { nodes { ${repeat(290, (n) => `...f${n}`)} } } } ${repeat(290, (n) => `fragment f${n} on Course { offerings { nodes { course { code name } } totalCount } }`)}`,
      "ok",
    ],
    ["the schema in the schema", `{ __schema { types { ${nest(4, "fields { type { ", "name", "} }")} } } }`, invalid],
    [
      "the schema very often",
      `{ ${repeat(100, (n) => `a${n}: __schema { types { fields { args { name type { name } } type { fields { args { name type { name } } b: args { name } type { name kind } } } } } }`)} }`,
      "gateway/discovery-too-costly",
    ],
    [
      "the catalog in the catalog",
      `{ ${repeat(90, (n) => `a${n}: dataProducts { ${nest(6, "upstream { downstream { ", "id contract", "} }")} }`)} }`,
      "gateway/discovery-too-costly",
    ],
    [
      "pages as long as can be",
      `{ courses(first: 100000) { nodes { ${nest(4, "offerings(first: 100000) { nodes { course { ", "code", "} } }")} } } }`,
      "ok",
    ],
    ["pages longer than can be", "{ courses(first: 2147483647) { nodes { code } } }", "subgraph/page-too-large"],
    ["fewer than none", "{ courses(first: -1) { nodes { code } } }", "subgraph/page-negative"],
    ["half a megabyte of nothing", `{ ${",".repeat(500_000)} __typename }`, "ok"],
    ["half a megabyte of comments", `{ ${"#\n".repeat(250_000)} __typename }`, "ok"],
    ["half a megabyte of text", `{ courses(where: { code: { eq: "${"x".repeat(500_000)}" } }) { totalCount } }`, "ok"],
    ["a number of a hundred thousand digits", `{ courses(first: ${"9".repeat(100_000)}) { totalCount } }`, invalid],
    [
      "a text that does not end",
      `{ courses(where: { code: { eq: "${"\\u0000".repeat(1_000)} } }) { totalCount } }`,
      unparsed,
    ],
    ["half a letter", '{ courses(where: { code: { eq: "\\uD800" } }) { totalCount } }', unparsed],
  ])("%s", async (_what, query, code) => {
    const outcome = await send({ query });
    expectHarmless(outcome);
    expect(outcome.codes.slice(0, 1)).toEqual(code === "ok" ? [] : [code]);
  });
});

test.each([50, 100, 150, 290, 500, 1_000, 2_000, 3_000, 5_000])(
  "what nests %d deep in any way, whether or not it ends a stack",
  async (times) => {
    for (const query of [
      `{ courses(where: { code: { in: ${nest(times, "[", "", "]")} } }) { totalCount } }`,
      `{ courses(where: ${nest(times, "{ not: ", "{}", " }")}) { totalCount } }`,
      `{ courses(where: ${nest(times, "{ and: [", "{}", "] }")}) { totalCount } }`,
      `query ($a: ${nest(times, "[", "Int", "]")}) { __typename }`,
      `query ($a: [Int] = ${nest(times, "[", "", "]")}) { __typename }`,
      `{ ${nest(times, "... { ", "__typename", " }")} }`,
      `{ ${nest(times, "... @include(if: true) { ", "__typename", " }")} }`,
      `{ ...f0 } ${repeat(times, (n) => `fragment f${n} on Query { ...f${n + 1} }`)} fragment f${times} on Query { __typename }`,
      `{ ${nest(times, "a { ", "b", " }")} }`,
    ]) {
      const outcome = await send({ query });
      expectHarmless(outcome);
      expect(outcome.codes).not.toContain("gateway/unexpected");
    }
  },
);

test.each(["mutation { __typename }", "query a { __typename } mutation b { __typename }"])(
  "%s by GET, as any link could ask it, is refused",
  async (query) => {
    const parameters = new URLSearchParams({ query, ...(query.includes(" b ") && { operationName: "b" }) });
    const response = await fetch(`${server.url}/graphql?${parameters}`);
    expect(response.status).toBe(405);
    expect(await response.text()).toContain("gateway/bad-request");
  },
);

test("an event that would hold the catalog in the catalog", async () => {
  const products = `product { ${nest(6, "upstream { downstream { ", "id contract", "} }")} }`;
  const query = `subscription { productPublished { ${repeat(10, (n) => `a${n}: ${products}`)} } }`;
  const { text } = await sendForStream(query);
  expect(text).toContain("gateway/discovery-too-costly");
});

describe("variables that are made to cost, or to change what they should not", () => {
  const filtered =
    "query ($where: CourseWhere, $after: String) { courses(where: $where, after: $after) { totalCount nodes { code } } }";
  const negations = (depth: number) => JSON.parse(nest(depth, '{"not":', "{}", "}")) as object;
  test.each<[string, object, string]>([
    ["conditions in conditions", { where: negations(100) }, "subgraph/where-too-deep"],
    ["a hundred thousand values", { where: { code: { in: Array(100_000).fill("x") } } }, "subgraph/too-many-values"],
    ["a list of lists", { where: { code: { in: [[["A1"]]] } } }, "gateway/bad-variables"],
    ["an object for a text", { where: { code: { eq: { $ne: null } } } }, "gateway/bad-variables"],
    ["a list for an object", { where: ["code"] }, "gateway/bad-variables"],
    ["a column that may not be read", { where: { convenorEmail: { startsWith: "a" } } }, "access/column-denied"],
    [
      "names that every object has",
      JSON.parse('{"where": {"__proto__": {"eq": "A1"}}}') as object,
      "gateway/bad-variables",
    ],
    ["a constructor", { where: { constructor: { prototype: { polluted: true } } } }, "gateway/bad-variables"],
    [
      "variables that nobody declared",
      JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"x": 1}}') as object,
      "ok",
    ],
    ["a cursor that is none", { after: "x" }, "subgraph/cursor-invalid"],
    [
      "a cursor with a statement in it",
      { after: Buffer.from('["1\' or 1=1 --"]').toString("base64url") },
      "subgraph/cursor-invalid",
    ],
    ["a cursor of a megabyte", { after: "A".repeat(900_000) }, "subgraph/cursor-invalid"],
  ])("%s", async (_what, variables, code) => {
    const outcome = await send({ query: filtered, variables });
    expectHarmless(outcome);
    expect(outcome.codes).toEqual(code === "ok" ? [] : [code]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test.each([190, 210, 1_000, 2_000, 4_000, 40_000, 100_000])(
    "conditions %d deep, which would end a stack",
    async (depth) => {
      const where = nest(depth, '{"not":', "{}", "}");
      const outcome = await send(`{"query": ${JSON.stringify(filtered)}, "variables": {"where": ${where}}}`);
      expectHarmless(outcome);
      expect(["gateway/bad-variables", "gateway/bad-request", "subgraph/where-too-deep"]).toContain(outcome.codes[0]);
    },
  );

  test.each<[string, string]>([
    ["in the body", '{"__proto__": {"polluted": 1}, "query": "{ __typename }"}'],
    [
      "in extensions",
      '{"query": "{ __typename }", "extensions": {"__proto__": {"polluted": 1}, "persistedQuery": {"__proto__": {"sha256Hash": "x"}}}}',
    ],
    ["in the operation's name", '{"query": "query a { __typename }", "operationName": "__proto__"}'],
  ])("names that every object has, %s", async (_what, body) => {
    expectHarmless(await send(body));
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expectHarmless(await send({ query: "{ __typename }" }));
  });
});

describe("statements in values", () => {
  const hostile = [
    "' or 1=1 --",
    "'; drop table campus.product.courses; --",
    "\"; select * from read_csv('/etc/passwd'); --",
    "') union all select convenor_email from campus.product.courses --",
    "$1",
    "${1+1}",
    "%",
    "\\",
    "\\'",
    "A1\u0000' or '1'='1",
    "\u2019 or 1=1 --",
    "getenv('HOME')",
    "*/ or 1=1 /*",
    "x".repeat(10_000),
  ];
  const everywhere = `query ($text: String!, $texts: [String!], $id: ID!, $or: [CourseWhere!]) {
    eq: courses(where: { code: { eq: $text } }) { totalCount nodes { code } }
    ne: coursesAggregate(where: { not: { code: { in: $texts } } }, groupBy: [CODE], having: { count: { gt: 0 } }) { count }
    like: courses(where: { code: { contains: $text } }) { nodes { code } }
    starts: courses(where: { code: { startsWith: $text, endsWith: $text, iContains: $text } }) { nodes { code } }
    or: courses(where: { or: $or }) { nodes { code offerings(where: { courseCode: { eq: $text } }) { totalCount } } }
    coursesByKey(code: $text) { code }
    dataProducts(search: $text, domain: $text, tag: $text) { id }
    dataProduct(id: $id) { id }
  }`;
  test.each(hostile)("%j is a value in every argument, and nothing else", async (text) => {
    const variables = { text, texts: [text], id: text, or: [{ code: { lt: text, gt: text } }] };
    for (const headers of [{}, { authorization: `Bearer ${await tokenFor("ada")}` }]) {
      const outcome = await send({ query: everywhere, variables }, headers);
      expectHarmless(outcome);
      expect(outcome.codes).toEqual([]);
      const { eq, ne, starts, or, coursesByKey, dataProducts, dataProduct } = outcome.data as Record<
        string,
        { totalCount?: number; nodes?: [] }
      >;
      expect([eq, coursesByKey, dataProducts, dataProduct]).toEqual([{ totalCount: 0, nodes: [] }, null, [], null]);
      expect([ne, starts?.nodes, or?.nodes]).toEqual([Array(4).fill({ count: 1 }), [], []]);
    }
  });

  test("the names of columns, orders and groups are a list of the schema's, never text", async () => {
    for (const text of hostile.slice(0, 5)) {
      const literal = JSON.stringify(text);
      for (const argument of [
        `orderBy: [{ ${literal}: ASC }]`,
        `orderBy: ${literal}`,
        `first: ${literal}`,
        `where: ${literal}`,
      ]) {
        const outcome = await send({ query: `{ courses(${argument}) { totalCount } }` });
        expectHarmless(outcome);
        expect([invalid, unparsed]).toContain(outcome.codes[0]);
      }
    }
  });

  test.each(hostile.filter((text) => /^[\x20-\x7e]+$/.test(text)))(
    "%j as a purpose, and as an operation's name",
    async (text) => {
      expectHarmless(
        await send({ query: "{ courses { totalCount } }", operationName: text }, { "x-mesh-purpose": text }),
      );
    },
  );
});

describe("tokens that nobody signed for this", () => {
  const base64 = (value: object | string) =>
    Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
  const claims = {
    iss: "thoth-mesh",
    aud: "thoth-mesh",
    sub: "ada",
    iat: now / 1_000 - 10,
    exp: now / 1_000 + 3_600,
    jti: "1",
    kind: "person",
    roles: [],
    attributes: {},
  };
  const parts = (header: object, payload: object = claims) => `${base64(header)}.${base64(payload)}`;
  const ownKey = () => tokenKeyOf("07".repeat(32));
  const signed = (header: object, payload: object = claims, key = ownKey().privateKey) => {
    const text = parts(header, payload);
    return `${text}.${sign(null, Buffer.from(text), key).toString("base64url")}`;
  };
  const own = { alg: "EdDSA", typ: "JWT", kid: ownKey().id };
  const hs = (secret: string | Buffer) => {
    const text = parts({ ...own, alg: "HS256" });
    return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
  };
  const publicJwk = () => ownKey().publicKey.export({ format: "jwk" });
  const foreign = generateKeyPairSync("ed25519").privateKey;
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });

  test.each<[string, () => string]>([
    ["no algorithm", () => `${parts({ alg: "none", typ: "JWT" })}.`],
    ["no algorithm, in capitals", () => `${parts({ alg: "NONE", typ: "JWT" })}.`],
    ["no algorithm, with a signature", () => `${parts({ ...own, alg: "none" })}.${base64("x")}`],
    ["our public key as a shared secret", () => hs(Buffer.from(publicJwk().x ?? "", "base64url"))],
    [
      "our public key as a shared secret, as text",
      () => hs(ownKey().publicKey.export({ type: "spki", format: "pem" }).toString()),
    ],
    ["an empty shared secret", () => hs("")],
    [
      "a key of their own, of another kind",
      () => {
        const text = parts({ ...own, alg: "RS256" });
        return `${text}.${createSign("sha256").update(text).sign(rsa.privateKey, "base64url")}`;
      },
    ],
    ["a key of their own", () => signed(own, claims, foreign)],
    [
      "a key that they bring along",
      () =>
        signed({ ...own, jwk: generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }) }, claims, foreign),
    ],
    [
      "a key at an address of theirs",
      () => signed({ ...own, jku: "http://127.0.0.1:9/keys", x5u: "http://127.0.0.1:9/cert" }, claims, foreign),
    ],
    ["a key that is a path", () => signed({ ...own, kid: "../../../../dev/null" }, claims, foreign)],
    ["another issuer", () => signed(own, { ...claims, iss: "https://evil.example" })],
    ["another audience", () => signed(own, { ...claims, aud: "another-app" })],
    ["no audience", () => signed(own, { ...claims, aud: undefined })],
    ["an end that is past", () => signed(own, { ...claims, exp: now / 1_000 - 60 })],
    ["no end", () => signed(own, { ...claims, exp: undefined })],
    ["a beginning that is to come", () => signed(own, { ...claims, nbf: now / 1_000 + 3_600 })],
    ["a name that is none", () => signed(own, { ...claims, sub: "" })],
    ["a name with a line in it", () => signed(own, { ...claims, sub: "ada\nroot" })],
    [
      "other claims under a good signature",
      () => signed(own).replace(/\.[^.]*\./, `.${base64({ ...claims, sub: "root" })}.`),
    ],
    ["a megabyte of claims", () => signed(own, { ...claims, roles: Array(1_000).fill("x".repeat(8)) })],
    ["half a token", () => parts(own)],
    ["four parts", () => `${signed(own)}.x`],
    ["nothing", () => "null"],
    [
      "an encrypted token",
      () => `${base64({ alg: "dir", enc: "A128GCM" })}..${base64("x")}.${base64("x")}.${base64("x")}`,
    ],
  ])("%s: refused, whatever it asks for", async (_what, token) => {
    for (const authorization of [`Bearer ${token()}`, `bearer ${token()}`]) {
      const outcome = await send({ query: "{ courses { totalCount } }" }, { authorization });
      expectHarmless(outcome);
      expect(outcome).toMatchObject({ status: 401, data: null });
      expect(outcome.codes[0]).toMatch(/^access\/token-/);
    }
  });

  test("the same token, signed for this, is good: the rows above fail for their own reasons", async () => {
    expect(
      await send({ query: "{ courses { totalCount } }" }, { authorization: `Bearer ${signed(own)}` }),
    ).toMatchObject({ status: 200 });
  });

  test.each(["Basic YWRhOmFkYQ==", "Bearer", "Token x", "Bearer a b"])("%s is no token", async (authorization) => {
    expect(await send({ query: "{ __typename }" }, { authorization })).toMatchObject({ status: 401 });
  });

  test("a token counts nowhere but in its header: elsewhere not even a bad one is seen", async () => {
    const query = `query=${encodeURIComponent("{ __typename }")}`;
    const status = async (path: string, headers = {}) =>
      (await fetch(`${server.url}/graphql?${path}`, { headers })).status;
    expect(await status(query, { authorization: "Bearer x" })).toBe(401);
    expect(await status(`access_token=x&token=x&authorization=Bearer%20x&${query}`)).toBe(200);
    expect(await status(query, { cookie: "token=x; authorization=Bearer x", "x-authorization": "Bearer x" })).toBe(200);
  });
});

describe("paths and headers", () => {
  const raw = (head: string) =>
    new Promise<string>((resolve, reject) => {
      const { port, hostname } = new URL(server.url);
      const socket = connect(Number(port), hostname, () => socket.write(`${head}\r\nconnection: close\r\n\r\n`));
      let text = "";
      socket.on("data", (part) => {
        text += part;
      });
      socket.on("close", () => resolve(text));
      socket.on("error", reject);
    });

  test.each([
    "/../../../../etc/passwd",
    "/..%2f..%2f..%2fetc%2fpasswd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/graphql/../../etc/passwd",
    "/graphql/..;/..;/etc/passwd",
    "/products/..%2f..%2f..%2fetc%2fpasswd.json",
    "/products/campus/..%2f..%2fcourses.csv",
    "/products/campus/courses%00.json",
    "//etc/passwd",
    "/\\..\\..\\etc\\passwd",
    "/%00",
    "/%",
    "/%ff%fe",
    "file:///etc/passwd",
    "http://evil.example/etc/passwd",
  ])("%s leads nowhere", async (path) => {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nhost: mesh.test`);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d/);
    expect(answer).not.toContain("root:");
  });

  test.each([
    ["a line in a path", "GET /%0d%0aset-cookie:%20a=b HTTP/1.1\r\nhost: mesh.test"],
    ["a line in a parameter", "GET /graphql?query=%0d%0aset-cookie:%20a=b HTTP/1.1\r\nhost: mesh.test"],
    [
      "a line in a purpose",
      "GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nhost: mesh.test\r\nx-mesh-purpose: a\r\n set-cookie: a=b",
    ],
    ["another host", "GET / HTTP/1.1\r\nhost: evil.example\r\naccept: text/html"],
    [
      "another host, by a header of proxies",
      "GET / HTTP/1.1\r\nhost: mesh.test\r\nx-forwarded-host: evil.example\r\nx-original-url: /etc/passwd\r\naccept: text/html",
    ],
    [
      "another method, by a header",
      "GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nhost: mesh.test\r\nx-http-method-override: DELETE",
    ],
  ])("%s changes nothing", async (_what, head) => {
    const answer = await raw(head);
    expect(answer).toMatch(/^HTTP\/1\.1 [24]/);
    expect(answer).not.toMatch(/^set-cookie/im);
    expect(answer).not.toMatch(/evil\.example|root:/);
  });
});
