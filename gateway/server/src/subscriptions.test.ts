import type { AuditEntry } from "@thoth/access/audit/audit-entry";
import { decide as decideByContract } from "@thoth/access/decide";
import { accessError } from "@thoth/access/errors";
import type { FinishedRun } from "@thoth/subgraph/finished-run";
import type { RunningServer } from "@thoth/subgraph/served-graph";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { courses, now, offerings, results } from "./fixtures/campus.ts";
import { authenticate, doorAt, gatewaySettings, tokenFor } from "./fixtures/door.ts";
import { type EventStream, openStream, type StreamRequest } from "./fixtures/event-stream.ts";
import { serveGateway } from "./serve-gateway.ts";
import type { Decide } from "./server-settings.ts";

let mesh: SmallMesh;
let server: RunningServer;
let ada: Record<string, string>;
/** Ids of products that nobody may read just now. */
const closed = new Set<string>();
const expired = new Set<string>();
/** Ids of products that are read under an agreement just now. */
const agreed = new Set<string>();
let written: AuditEntry[] = [];
const write = async (entry: AuditEntry) => {
  if (isDiskFull) throw accessError["audit-unavailable"]({ reason: "no space left on device" });
  written.push(entry);
};
let isDiskFull = false;
let runs: FinishedRun[] = [];
/** What the verification of a token waits for. */
let beforeVerified: (token: string | undefined) => Promise<void> | undefined;

const decide: Decide = (...question) => {
  const decided = decideByContract(...question);
  const decision = agreed.has(question[1].id) ? { ...decided, agreement: "agreement-1" } : decided;
  return closed.has(question[1].id) ? { ...decision, readable: false, fingerprint: "closed" } : decision;
};

beforeAll(async () => {
  mesh = await openSmallMesh([courses, offerings, results], { now });
  const settings = gatewaySettings(mesh, {
    decide,
    limits: { streams: 3, allStreams: 5 },
    finishedRuns: async () => runs,
    audit: { record: write, recorded: write, [Symbol.asyncDispose]: async () => undefined },
    authenticate: async (token) => {
      await beforeVerified(token);
      if (token !== undefined && expired.has(token)) throw accessError["token-expired"]({ expiredAt: "just now" });
      return authenticate(token);
    },
  });
  server = await serveGateway(settings);
  ada = { authorization: `Bearer ${await tokenFor("ada")}` };
});
beforeEach(() => {
  closed.clear();
  expired.clear();
  agreed.clear();
  runs = [];
  written = [];
  isDiskFull = false;
  beforeVerified = () => undefined;
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await mesh?.[Symbol.asyncDispose]();
});

const republish = (id: string) =>
  mesh.publish(id, String([courses, offerings, results].find((product) => product.id === id)?.rows));

/** A stream that listens already, once those that were closed before it count no more. */
async function listen(
  query: string,
  request: StreamRequest = {},
  headers: Record<string, string> = ada,
): Promise<EventStream> {
  let stream: EventStream | undefined;
  const open = async () => {
    stream = await openStream(server.url, { query, ...request }, headers);
    if (stream.status === 429) await stream[Symbol.asyncDispose]();
    return stream.status;
  };
  await expect.poll(open, { interval: 5 }).not.toBe(429);
  await stream?.opened;
  return stream as EventStream;
}

const ofCourses =
  'subscription { productPublished(product: "campus/courses") { product { id } snapshot { id rowCount } } }';

describe("what is published is told", () => {
  test("of one product, as it is served from then on", async () => {
    await using stream = await listen(ofCourses);
    expect(stream.headers.get("content-type")).toContain("text/event-stream");
    expect(stream.headers.get("cache-control")).toMatch(/no-(cache|store)/);
    await republish("campus/offerings");
    const { id } = await republish("campus/courses");
    const event = { product: { id: "campus/courses" }, snapshot: { id, rowCount: 4 } };
    expect(await stream.next()).toEqual({ data: { productPublished: event } });
  });

  test("of every product that may be read, to those who may", async () => {
    await using mine = await listen("subscription { productPublished { product { id readable } } }");
    await using theirs = await listen("subscription { dataChanged }", {}, {});
    // Its key is confidential.
    await republish("exams/results");
    await republish("campus/courses");
    expect((await mine.next()).data.productPublished.product).toEqual({ id: "campus/courses", readable: true });
    expect((await theirs.next()).data.dataChanged).toEqual(["campus/courses"]);
    await republish("campus/offerings");
    expect((await mine.next()).data.productPublished.product.id).toBe("campus/offerings");
  });

  test("several at once are one change, with arguments as variables and under other names", async () => {
    const query =
      "subscription ($ids: [ID!]) { ...s } fragment s on Subscription { changed: dataChanged(products: $ids) }";
    await using stream = await listen(query, { variables: { ids: ["campus/courses"] } });
    await Promise.all([republish("campus/courses"), republish("campus/courses")]);
    expect(await stream.next()).toEqual({ data: { changed: ["campus/courses"] } });
  });
});

describe("the audit trail", () => {
  /** Of streams that have begun here: those of other tests may still be ending. */
  const told = () => {
    const begun = written.filter((entry) => entry.event === "read" && entry.outcome !== "allowed");
    const mine = new Set(begun.map(({ requestId }) => requestId));
    return written.flatMap((entry) =>
      entry.event === "read" && mine.has(entry.requestId)
        ? [[entry.product, entry.outcome, entry.rows, entry.code, entry.actor.name, entry.port]]
        : [],
    );
  };

  test("tells of a named product from the first moment, and how much was heard of it", async () => {
    const begun = ["campus/courses", "begun", null, null, "ada", "graphql"];
    {
      await using stream = await listen(ofCourses);
      await expect.poll(told).toEqual([begun]);
      await republish("campus/courses");
      await stream.next();
    }
    await expect.poll(told).toEqual([begun, ["campus/courses", "allowed", 1, null, "ada", "graphql"]]);
  });

  test("tells of others with their first news, and of what is refused", async () => {
    {
      await using stream = await listen("subscription { dataChanged }");
      await republish("campus/offerings");
      await stream.next();
    }
    await expect.poll(told).toContainEqual(["campus/offerings", "allowed", 1, null, "ada", "graphql"]);
    expect(told()).toHaveLength(2);
    closed.add("campus/courses");
    await using refused = await listen(ofCourses);
    await refused.next();
    expect(told().at(-1)).toEqual(["campus/courses", "refused", 0, "access/product-denied", "ada", "graphql"]);
  });

  test("that cannot be written keeps news of protected products back", async () => {
    agreed.add("campus/courses");
    isDiskFull = true;
    await using late = await listen(ofCourses);
    expect((await late.next()).errors).toMatchObject([{ extensions: { code: "access/audit-unavailable" } }]);
    expect(told()).toEqual([]);
  });
});

describe("a stream ends with an error, within a second, once", () => {
  test("its token has expired", async () => {
    await using stream = await listen("subscription { dataChanged }");
    expired.add(String(ada.authorization?.slice("Bearer ".length)));
    const startedAt = performance.now();
    expect((await stream.next()).errors).toMatchObject([{ extensions: { code: "access/token-expired" } }]);
    // The promise is a second, and nothing else would end it for an hour; the machine of a test may be busy.
    expect(performance.now() - startedAt).toBeLessThan(120_000);
    expect(await stream.next()).toBeUndefined();
  });

  test("the product that it is about may not be read any more", async () => {
    await using stream = await listen(ofCourses);
    await using all = await listen("subscription { dataChanged }");
    closed.add("campus/courses");
    expect((await stream.next()).errors).toMatchObject([{ extensions: { code: "access/product-denied" } }]);
    expect(await stream.next()).toBeUndefined();
    // A stream about whatever may be read goes on without it.
    await republish("campus/courses");
    await republish("campus/offerings");
    expect((await all.next()).data.dataChanged).toEqual(["campus/offerings"]);
  });
});

describe("refused", () => {
  test.each<[string, string, Record<string, string>, string]>([
    [
      "a product that nobody knows",
      'subscription { productPublished(product: "x/y") { snapshot { id } } }',
      {},
      "gateway/unknown-product",
    ],
    [
      "one that may not be read",
      'subscription { dataChanged(products: ["exams/results"]) }',
      {},
      "access/product-denied",
    ],
    ["runs, for those who are not known", "subscription { runFinished { id } }", {}, "gateway/token-required"],
    ["a token that is none", "subscription { dataChanged }", { authorization: "Bearer x" }, "access/token-invalid"],
    ["two at once", "subscription { dataChanged a: dataChanged }", {}, "GRAPHQL_VALIDATION_FAILED"],
  ])("%s", async (_what, query, headers, code) => {
    await using stream = await openStream(server.url, { query }, headers);
    expect((await stream.next()).errors).toMatchObject([{ extensions: { code } }]);
    expect(await stream.next()).toBeUndefined();
  });

  test("by those who do not take streams, and among others", async () => {
    const { status, errors } = await doorAt(server.url)("subscription { dataChanged }");
    expect([status, errors]).toMatchObject([406, [{ extensions: { code: "gateway/stream-accept" } }]]);
    const batch = [{ query: "subscription { dataChanged }" }, { query: "{ __typename }" }];
    await using stream = await openStream(server.url, batch, { accept: "application/json" });
    expect(JSON.parse(await stream.text())).toMatchObject([
      { errors: [{ extensions: { code: "gateway/stream-in-batch" } }] },
      { data: { __typename: "Query" } },
    ]);
  });

  test("more streams than one consumer may have; those that are closed count no more", async () => {
    const open = () => listen("subscription { dataChanged }");
    const streams = [await open(), await open(), await open()];
    const refused = await openStream(server.url, { query: "subscription { dataChanged }" }, ada);
    expect(refused.status).toBe(429);
    expect((await refused.next()).errors).toMatchObject([{ extensions: { code: "gateway/too-many-streams" } }]);
    // Others have theirs.
    await using theirs = await listen("subscription { dataChanged }", {}, {});
    expect(theirs.status).toBe(200);
    for (const stream of streams) await stream[Symbol.asyncDispose]();
    for (const again of [await open(), await open(), await open()]) await again[Symbol.asyncDispose]();
  });

  test.each<[string, StreamRequest]>([
    ["a subscription", { query: "subscription { dataChanged }" }],
    ["a live query", { query: "{ courses { totalCount } }", extensions: { live: true } }],
  ])("never for %s whose client left before it was answered", async (_what, request) => {
    const token = await tokenFor("theo");
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "text/event-stream",
    };
    for (let round = 1; round <= 3; round += 1) {
      const [verifying, verified] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      beforeVerified = (verifiedToken) => {
        if (verifiedToken !== token) return undefined;
        verifying.resolve();
        return verified.promise;
      };
      const leaving = new AbortController();
      const asked = { method: "POST", headers, body: JSON.stringify(request), signal: leaving.signal };
      const left = expect(fetch(`${server.url}/graphql`, asked)).rejects.toThrow();
      await verifying.promise;
      leaving.abort();
      await left;
      // By then the server knows of it.
      await (await fetch(`${server.url}/healthz`)).text();
      verified.resolve();
    }
    await using stream = await listen(String(request.query), request, headers);
    expect(stream.status).toBe(200);
  });
});

test("runs that end are told to those who may read what they are about", async () => {
  const run = (runId: string, product: string | null, domain = "campus"): FinishedRun => ({
    runId,
    domain,
    product,
    pipeline: product === null ? "extract/files" : `product/${product}`,
    status: "success",
    failureClass: null,
    startedAt: now,
    completedAt: now + 1_000,
    rowsRead: 4,
    rowsRejected: 0,
    rowCountAfter: null,
  });
  const token = await tokenFor("theo");
  const verified = Promise.withResolvers<void>();
  let verifications = 0;
  beforeVerified = (verifiedToken) => {
    if (verifiedToken !== token) return undefined;
    verifications += 1;
    // The second is the stream's own: until then it has not looked at who listens.
    return verifications === 1 ? undefined : verified.promise;
  };
  runs = [run("1", "courses")];
  const query = "subscription { runFinished { id product pipeline status completedAt rowsRead } }";
  await using stream = await listen(query, {}, { authorization: `Bearer ${token}` });
  runs = [run("3", "results", "exams"), run("2", "courses"), ...runs];
  verified.resolve();
  const event = { id: "2", product: "campus/courses", pipeline: "product/courses", status: "success", rowsRead: 4 };
  expect((await stream.next()).data.runFinished).toEqual({ ...event, completedAt: "2026-03-18T12:00:01.000Z" });
  await using ofCampus = await listen('subscription { runFinished(domain: "campus") { id } }');
  runs = [run("5", null), run("4", "results", "exams"), ...runs];
  expect((await stream.next()).data.runFinished).toMatchObject({ id: "5", product: null });
  expect((await ofCampus.next()).data.runFinished).toEqual({ id: "5" });
});

test("when the server stops, streams are complete and hold nothing up", async () => {
  // Nothing is cut off.
  const stopping = await serveGateway(gatewaySettings(mesh, { limits: { drainMs: 3_600_000 } }));
  await using stream = await openStream(stopping.url, { query: "subscription { dataChanged }" });
  await stream.opened;
  const stopped = stopping[Symbol.asyncDispose]();
  expect(await stream.next()).toBeUndefined();
  await stopped;
});
