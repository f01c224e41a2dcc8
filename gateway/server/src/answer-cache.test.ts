import { decide } from "@thoth/access/decide";
import type { Decision } from "@thoth/access/decision";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import type { ServingEngine } from "@thoth/warehouse/query-engine";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { campusProducts, courses, now } from "./fixtures/campus.ts";
import { authenticate, doorAt, gatewaySettings, openDoor, tokenFor } from "./fixtures/door.ts";
import { type GatewaySettings, serveGateway } from "./serve-gateway.ts";

let mesh: SmallMesh;

beforeEach(async () => {
  mesh = await openSmallMesh(campusProducts, { now });
});
afterEach(() => mesh?.[Symbol.asyncDispose]());

/** The mesh's engine, and how many statements it was asked for JSON. */
function countingEngine(): ServingEngine & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    get epoch() {
      return mesh.readSide.epoch;
    },
    query: (...statement) => mesh.readSide.query(...statement),
    bytes(sql, ...rest) {
      asked.push(sql);
      return mesh.readSide.bytes(sql, ...rest);
    },
  };
}

async function serve(changes: Partial<GatewaySettings> = {}) {
  const engine = countingEngine();
  const server = await serveGateway(gatewaySettings(mesh, { engine, ...changes }));
  return {
    engine,
    url: server.url,
    ask: doorAt(server.url),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const pageOfCourses = "{ courses { nodes { code name students } totalCount } }";

describe("the same question again", () => {
  test("gets the same bytes without a statement", async () => {
    await using gateway = await serve();
    const first = await gateway.ask(pageOfCourses);
    const second = await gateway.ask(pageOfCourses);
    expect(second.text).toBe(first.text);
    expect([first.headers.get("cache-status"), second.headers.get("cache-status")]).toEqual([null, "mesh; hit"]);
    expect(gateway.engine.asked).toHaveLength(1);
    const own = ["date", "cache-status", "x-request-id"];
    const headers = ({ headers: all }: typeof first) =>
      Object.fromEntries([...all].filter(([name]) => !own.includes(name)));
    expect(headers(second)).toEqual(headers(first));
  });

  test("written otherwise needs no statement either", async () => {
    await using gateway = await serve();
    await gateway.ask("{ courses { totalCount } }");
    const { data } = await gateway.ask("query Again {\n  courses { totalCount }\n}");
    expect(data).toEqual({ courses: { totalCount: 4 } });
    expect(gateway.engine.asked).toHaveLength(1);
  });

  test("with other variables is another question", async () => {
    await using gateway = await serve();
    const query = "query ($code: String!) { coursesByKey(code: $code) { name } }";
    const names = [];
    for (const code of ["A1", "B2", "A1"]) {
      const { data } = await gateway.ask(query, { variables: { code } });
      names.push(data.coursesByKey.name);
    }
    expect(names).toEqual(["Algebra", "Biology", "Algebra"]);
    expect(gateway.engine.asked).toHaveLength(2);
  });

  test("from several readers at once is one statement", async () => {
    await using gateway = await serve();
    const answers = await Promise.all(Array.from({ length: 12 }, () => gateway.ask(pageOfCourses)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(gateway.engine.asked).toHaveLength(1);
  });

  test("is computed each time when the cache is off", async () => {
    await using gateway = await serve({ cacheBytes: 0 });
    for (let time = 0; time < 3; time += 1) await gateway.ask(pageOfCourses);
    expect(gateway.engine.asked).toHaveLength(3);
  });
});

test("a publish invalidates what it touched, and nothing else", async () => {
  await using gateway = await serve();
  const count = (product: string) => `{ ${product} { totalCount } }`;
  for (const product of ["courses", "loans"]) await gateway.ask(count(product));
  await mesh.publish("campus/courses", `select * from (${courses.rows}) where code <> 'D4'`);
  const again = await gateway.ask(count("courses"));
  expect(again.data).toEqual({ courses: { totalCount: 3 } });
  expect(again.headers.get("cache-status")).toBeNull();
  expect((await gateway.ask(count("loans"))).headers.get("cache-status")).toBe("mesh; hit");
});

test("what is rolled back to is answered as it was", async () => {
  await using gateway = await serve();
  const [before] = mesh.readSide.attached().filter(({ product }) => product === "courses");
  await gateway.ask(pageOfCourses);
  await mesh.publish("campus/courses", `select * from (${courses.rows}) where code = 'A1'`);
  expect((await gateway.ask(pageOfCourses)).data.courses.totalCount).toBe(1);
  if (before === undefined) throw new Error("courses were published");
  await mesh.readSide.attach(before);
  expect((await gateway.ask(pageOfCourses)).data.courses.totalCount).toBe(4);
  expect(gateway.engine.asked).toHaveLength(2);
});

describe("different decisions", () => {
  /** What `ada` and `eve` may see differs; `bob` may see the same as `ada`. */
  const decideByName: GatewaySettings["decide"] = (principal, product, purpose): Decision => {
    const all = decide(principal, product, purpose);
    if (principal.name !== "eve" || product.id !== "campus/courses") return all;
    return { ...all, rowFilter: "code = 'A1'", fingerprint: "only A1" };
  };
  const as = async (name: string) => ({ headers: { authorization: `Bearer ${await tokenFor(name)}` } });

  test("never share an answer; equal ones share the statement", async () => {
    await using gateway = await serve({ decide: decideByName, authenticate });
    const counts: number[] = [];
    for (const name of ["ada", "eve", "bob", "ada", "eve"]) {
      counts.push((await gateway.ask(pageOfCourses, await as(name))).data.courses.totalCount);
    }
    expect(counts).toEqual([4, 1, 4, 4, 1]);
    expect(gateway.engine.asked).toHaveLength(2);
  });

  test("that change take their answers away", async () => {
    let allowed = true;
    const revocable: GatewaySettings["decide"] = (principal, product, purpose) => {
      const all = decide(principal, product, purpose);
      return allowed ? all : { ...all, readable: false, columns: {}, fingerprint: "nothing" };
    };
    await using gateway = await serve({ decide: revocable });
    await gateway.ask(pageOfCourses);
    allowed = false;
    const { data, errors } = await gateway.ask(pageOfCourses);
    expect(data).toEqual({ courses: null });
    expect(errors).toMatchObject([{ extensions: { code: "access/product-denied" } }]);
  });

  test("a purpose is part of the question", async () => {
    const byPurpose: GatewaySettings["decide"] = (principal, product, purpose) => {
      const all = decide(principal, product, purpose);
      return purpose === "research" ? { ...all, rowFilter: "code = 'B2'", fingerprint: "research" } : all;
    };
    await using gateway = await serve({ decide: byPurpose });
    const counts = [];
    for (const headers of [{}, { "x-mesh-purpose": "research" }, {}] as Record<string, string>[]) {
      counts.push((await gateway.ask(pageOfCourses, { headers })).data.courses.totalCount);
    }
    expect(counts).toEqual([4, 1, 4]);
  });

  test("a decision that has expired gives nothing from the cache", async () => {
    let at = now;
    const expiring: GatewaySettings["decide"] = (principal, product, purpose) => ({
      ...decide(principal, product, purpose),
      expiresAt: now + 1_000,
    });
    await using gateway = await serve({ decide: expiring, clock: () => at });
    await gateway.ask(pageOfCourses);
    expect((await gateway.ask(pageOfCourses)).headers.get("cache-status")).toBe("mesh; hit");
    at = now + 1_000;
    expect((await gateway.ask(pageOfCourses)).headers.get("cache-status")).toBeNull();
  });

  test("a token that has expired is refused, whatever was answered before", async () => {
    let expired = false;
    const fading: GatewaySettings["authenticate"] = (token) =>
      expired
        ? import("@thoth/access/errors").then(({ accessError }) =>
            Promise.reject(accessError["token-expired"]({ expiredAt: "a moment ago" })),
          )
        : authenticate(token);
    await using gateway = await serve({ authenticate: fading });
    const options = await as("ada");
    await gateway.ask(pageOfCourses, options);
    expired = true;
    expect((await gateway.ask(pageOfCourses, options)).status).toBe(401);
  });
});

describe("what is not remembered", () => {
  test.each([
    ["an answer with an error", "{ courses { nodes { code convenorEmail } } }"],
    ["what depends on the time of asking", '{ courses(where: { updatedAt: { withinLast: "P12W" } }) { totalCount } }'],
    ["discovery", "{ dataProducts { id } }"],
    ["a query in part left to the stitched executor", "{ courses { totalCount } dataProducts { id } }"],
  ])("%s", async (_, query) => {
    await using gateway = await serve();
    const [first, second] = [await gateway.ask(query), await gateway.ask(query)];
    expect(second.headers.get("cache-status")).toBeNull();
    expect(first.headers.get("etag")).toBeNull();
    expect(second.data).toEqual(first.data);
  });
});

describe("a reader's own cache", () => {
  const get = (url: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/graphql?query=${encodeURIComponent(pageOfCourses)}`, {
      headers: { accept: "application/json", ...headers },
    });

  test("asks whether its answer still holds", async () => {
    await using gateway = await serve();
    const first = await get(gateway.url);
    const etag = first.headers.get("etag") ?? "";
    expect(first.headers.get("cache-control")).toBe("private, no-cache");
    expect(first.headers.get("vary")).toContain("authorization");
    expect(etag).toMatch(/^W\/"[\w-]{27}"$/);
    await first.text();
    const second = await get(gateway.url, { "if-none-match": `"other", ${etag}` });
    expect([second.status, await second.text()]).toEqual([304, ""]);
    await mesh.publish("campus/courses", `select * from (${courses.rows}) where code = 'A1'`);
    const third = await get(gateway.url, { "if-none-match": etag });
    expect(third.status).toBe(200);
    expect((await third.json()).data.courses.totalCount).toBe(1);
  });

  test("is answered so too when the server remembers nothing", async () => {
    await using gateway = await serve({ cacheBytes: 0 });
    const etag = (await get(gateway.url)).headers.get("etag") ?? "";
    expect((await get(gateway.url, { "if-none-match": etag })).status).toBe(304);
  });

  test("is not used for what is sent by POST", async () => {
    await using gateway = await serve();
    const { headers } = await gateway.ask(pageOfCourses);
    const again = await gateway.ask(pageOfCourses, { headers: { "if-none-match": headers.get("etag") ?? "" } });
    expect([again.status, again.headers.get("cache-control")]).toEqual([200, "no-store"]);
  });
});

test("one reader who leaves takes nothing away from the others", async () => {
  const engine = countingEngine();
  const begun = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const slow: ServingEngine = {
    ...engine,
    epoch: 0,
    async bytes(...statement) {
      begun.resolve();
      await released.promise;
      return engine.bytes(...statement);
    },
  };
  await using server = await serveGateway(gatewaySettings(mesh, { engine: slow }));
  const leaving = new AbortController();
  const send = (signal?: AbortSignal) =>
    fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: pageOfCourses }),
      ...(signal && { signal }),
    });
  const gone = send(leaving.signal).catch((error: unknown) => error);
  await begun.promise;
  const stays = send();
  leaving.abort();
  expect(await gone).toMatchObject({ name: "AbortError" });
  released.resolve();
  expect((await (await stays).json()).data.courses.totalCount).toBe(4);
});

test("a request in pieces, a long one and one without length are answered as well", async () => {
  await using gateway = await serve();
  const spaces = " ".repeat(70_000);
  expect((await gateway.ask(`${pageOfCourses}${spaces}`)).data.courses.totalCount).toBe(4);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(Buffer.from(JSON.stringify({ query: pageOfCourses })));
      controller.close();
    },
  });
  const init = { method: "POST", headers: { "content-type": "application/json" }, body, duplex: "half" };
  const response = await fetch(`${gateway.url}/graphql`, init as RequestInit);
  expect((await response.json()).data.courses.totalCount).toBe(4);
});

test("an answer from a snapshot that was replaced while it was made is not remembered", async () => {
  const inner = countingEngine();
  let statements = 0;
  const engine: ServingEngine = {
    get epoch() {
      return inner.epoch;
    },
    query: inner.query,
    async bytes(...statement) {
      statements += 1;
      const pieces = await inner.bytes(...statement);
      if (statements === 1) await mesh.publish("campus/courses", `select * from (${courses.rows}) where code = 'A1'`);
      return pieces;
    },
  };
  await using server = await serveGateway(gatewaySettings(mesh, { engine }));
  const ask = doorAt(server.url);
  expect((await ask(pageOfCourses)).data.courses.totalCount).toBe(4);
  expect((await ask(pageOfCourses)).data.courses.totalCount).toBe(1);
});

test("fields that read the same product are answered from one snapshot of it", async () => {
  const inner = countingEngine();
  const changed = Promise.withResolvers<void>();
  let statements = 0;
  const engine: ServingEngine = {
    get epoch() {
      return inner.epoch;
    },
    query: inner.query,
    async bytes(...statement) {
      statements += 1;
      if (statements === 2) {
        await mesh.publish("campus/courses", `select * from (${courses.rows}) where code = 'A1'`);
        changed.resolve();
      }
      return inner.bytes(...statement);
    },
  };
  const ask = openDoor(mesh, { engine, cacheBytes: 0 });
  const { data } = await ask("{ a: courses { totalCount } b: coursesAggregate { count } }");
  await changed.promise;
  expect(data).toEqual({ a: { totalCount: 1 }, b: [{ count: 1 }] });
  expect(statements).toBe(4);
});
