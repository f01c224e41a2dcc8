import { once } from "node:events";
import { request as sendRaw } from "node:http";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import type { QueryOptions, ServingEngine } from "@thoth/warehouse/query-engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { campusProducts, now } from "./fixtures/campus.ts";
import { type Answer, type Ask, doorAt, gatewaySettings, openDoor, placedAt, recordLog } from "./fixtures/door.ts";
import { openStrangeServer } from "./fixtures/strange-server.ts";
import { type GatewaySettings, serveGateway } from "./serve-gateway.ts";

let mesh: SmallMesh;

beforeAll(async () => {
  mesh = await openSmallMesh(campusProducts, { now });
});

afterAll(() => mesh?.[Symbol.asyncDispose]());

/** Nothing is cut off: what would hold the server up would do so for longer than any test waits. */
const patient = { limits: { drainMs: 3_600_000 } };

// A million times a million times a million rows: longer than any test waits, unless it is interrupted.
const endless = "select max(hash(a, b, c)) as total from range(1000000) x(a), range(1000000) y(b), range(1000000) z(c)";

/** An engine whose every statement takes very long, and a record of how they ended. */
function slowEngine(): ServingEngine & { readonly started: Promise<unknown>; readonly ended: Promise<string>[] } {
  const ended: Promise<string>[] = [];
  const begun = Promise.withResolvers<unknown>();
  const run = (options?: QueryOptions) => {
    const answer = mesh.readSide.query(endless, [], options);
    ended.push(
      answer.then(
        () => "finished",
        () => "interrupted",
      ),
    );
    begun.resolve(undefined);
    return answer;
  };
  return {
    ended,
    started: begun.promise,
    epoch: 0,
    query: (_sql, _params, options) => run(options),
    bytes: (_sql, _params, options) => run(options).then(() => []),
  };
}

const query = '{ courses { nodes { name } } dataProduct(id: "campus/courses") { name } }';

/** The first question takes longest, and what needs no engine is to be answered in time. */
async function warmUp(ask: Ask): Promise<void> {
  await ask('{ dataProduct(id: "campus/courses") { name } }');
}

/** The answer within the shortest deadline that leaves this machine time for what needs no engine. */
async function askInTime(changes: Partial<GatewaySettings>, question: string): Promise<Answer> {
  for (let requestTimeoutMs = 1_000; ; requestTimeoutMs *= 4) {
    const ask = openDoor(mesh, { ...changes, limits: { requestTimeoutMs } });
    await warmUp(ask);
    const answer = await ask(question);
    if (answer.data?.dataProduct || requestTimeoutMs > 60_000) return answer;
  }
}

describe("a request that takes too long", () => {
  test("is answered with what there is, and its statements are interrupted", async () => {
    const engine = slowEngine();
    const { status, data, errors } = await askInTime({ engine }, query);
    expect(status).toBe(200);
    expect(data).toEqual({ courses: null, dataProduct: { name: "courses" } });
    expect(errors).toMatchObject([{ path: ["courses"], extensions: { code: "subgraph/aborted", domain: "campus" } }]);
    // The stitched executor asks again for what a plan could not answer, and is told the same.
    expect(new Set(await Promise.all(engine.ended))).toEqual(new Set(["interrupted"]));
  });

  test("does not make a domain elsewhere look as if it were down", async () => {
    await using strange = await openStrangeServer(() => "silence");
    const log = recordLog();
    const subgraphs = placedAt(mesh, { library: strange.url });
    const question = '{ loans { totalCount } dataProduct(id: "campus/courses") { name } }';
    const { data, errors } = await askInTime({ log, subgraphs }, question);
    expect(data).toEqual({ loans: null, dataProduct: { name: "courses" } });
    expect(errors).toMatchObject([
      { message: expect.stringContaining("the request ended first"), extensions: { domain: "library" } },
    ]);
    expect(log.lines).toEqual([]);
  });
});

test("when the reader goes away, what it asked for is interrupted", async () => {
  const engine = slowEngine();
  await using server = await serveGateway(gatewaySettings(mesh, { engine }));
  const sending = sendRaw(`${server.url}/graphql`, { method: "POST", headers: { "content-type": "application/json" } });
  sending.on("error", () => undefined);
  sending.end(JSON.stringify({ query }));
  await engine.started;
  sending.destroy();
  // The stitched executor asks again for what a plan could not answer, and is told the same.
  expect(new Set(await Promise.all(engine.ended))).toEqual(new Set(["interrupted"]));
});

describe("when the server stops", () => {
  test("answers in flight arrive whole, connections close behind them, and nobody new comes in", async () => {
    const released = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const engine: ServingEngine = {
      epoch: 0,
      query: (...statement) => mesh.readSide.query(...statement),
      async bytes(...statement) {
        begun.resolve();
        await released.promise;
        return mesh.readSide.bytes(...statement);
      },
    };
    const server = await serveGateway(gatewaySettings(mesh, { engine, ...patient }));
    const answer = doorAt(server.url)("{ courses { totalCount } }");
    await begun.promise;
    const stopped = server[Symbol.asyncDispose]();
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
    released.resolve();
    expect((await answer).data).toEqual({ courses: { totalCount: 4 } });
    await stopped;
  });

  test("what does not end in time is cut off", async () => {
    const engine = slowEngine();
    const server = await serveGateway(gatewaySettings(mesh, { engine, limits: { drainMs: 50 } }));
    const answer = doorAt(server.url)(query);
    const failed = expect(answer).rejects.toThrow();
    await engine.started;
    await server[Symbol.asyncDispose]();
    await failed;
    // The stitched executor asks again for what a plan could not answer, and is told the same.
    expect(new Set(await Promise.all(engine.ended))).toEqual(new Set(["interrupted"]));
  });

  test("a connection without a request does not hold it up", async () => {
    const server = await serveGateway(gatewaySettings(mesh, patient));
    const idle = sendRaw(`${server.url}/healthz`, { headers: { connection: "keep-alive" } }).end();
    const [response] = await once(idle, "response");
    response.resume();
    await once(response, "end");
    await server[Symbol.asyncDispose]();
  });
});

describe("a port that cannot be had", () => {
  test("is named, with what to do", async () => {
    await using server = await serveGateway(gatewaySettings(mesh));
    const port = Number(new URL(server.url).port);
    await expect(serveGateway(gatewaySettings(mesh, { port }))).rejects.toMatchObject({
      code: "gateway/port-in-use",
      message: `Port ${port} on 127.0.0.1 is taken by another program`,
      at: { path: `127.0.0.1:${port}` },
    });
  });

  test("an address that is not ours", async () => {
    await expect(serveGateway(gatewaySettings(mesh, { host: "203.0.113.1" }))).rejects.toMatchObject({
      code: "gateway/cannot-listen",
    });
  });
});
