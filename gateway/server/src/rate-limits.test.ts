import type { ConsumerRates } from "@thoth/subgraph/port-policy";
import type { RunningServer } from "@thoth/subgraph/served-graph";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientAddress } from "./consumer.ts";
import { courses, now } from "./fixtures/campus.ts";
import { doorAt, gatewaySettings, tokenFor } from "./fixtures/door.ts";
import { RateLimits } from "./rate-limits.ts";
import { serveGateway } from "./serve-gateway.ts";

const endless = { perSecond: 1e9, burst: 1e9 };

describe("consumers", () => {
  test("are forgotten when there are too many, those first who have used nothing", () => {
    let at = now;
    const limits = new RateLimits({ requests: { perSecond: 1, burst: 2 }, values: endless }, () => at, 100);
    limits.take("by greedy", { requests: 2 });
    for (let index = 0; index < 1_000; index += 1) {
      at += 1;
      limits.mayTake(`at 10.0.0.${index}`, {});
    }
    expect(limits.size).toBeLessThanOrEqual(100);
    expect(limits.mayTake("by greedy", { requests: 2 })).toBe(false);
  });

  test.each<[string, number, string | undefined, string, string]>([
    ["its own address", 0, undefined, "192.0.2.7", "192.0.2.7"],
    ["what a client claims counts for nothing", 0, "198.51.100.1", "192.0.2.7", "192.0.2.7"],
    ["whom the proxy heard", 1, "198.51.100.1", "10.0.0.1", "198.51.100.1"],
    ["not whom the client claims to be", 1, "203.0.113.9, 198.51.100.1", "10.0.0.1", "198.51.100.1"],
    ["two proxies", 2, "203.0.113.9, 198.51.100.1, 10.0.0.2", "10.0.0.1", "198.51.100.1"],
    ["a request that has passed no proxy", 2, undefined, "192.0.2.7", "192.0.2.7"],
    ["IPv4 in IPv6", 0, undefined, "::ffff:192.0.2.7", "192.0.2.7"],
    ["the network of IPv6", 0, undefined, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["the network of a short IPv6", 0, undefined, "2001:db8::1", "2001:db8:0:0::/64"],
    ["the machine itself", 0, undefined, "::1", "0:0:0:0::/64"],
  ])("%s", (_what, proxies, forwarded, remoteAddress, expected) => {
    const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
    const request = { headers, socket: { remoteAddress } } as unknown as Parameters<typeof clientAddress>[0];
    expect(clientAddress(request, proxies)).toBe(expected);
  });
});

describe("through the server", () => {
  let mesh: SmallMesh;
  const servers: RunningServer[] = [];
  let at = now;

  beforeAll(async () => {
    mesh = await openSmallMesh([courses], { now });
  });
  afterAll(async () => {
    for (const server of servers) await server[Symbol.asyncDispose]();
    await mesh?.[Symbol.asyncDispose]();
  });

  const open = async (rates: Partial<ConsumerRates>, trustedProxies = 0) => {
    const policy = { rates: { requests: endless, values: endless, ...rates }, trustedProxies };
    const server = await serveGateway(gatewaySettings(mesh, { policy, clock: () => at }));
    servers.push(server);
    return doorAt(server.url);
  };
  const slow = { requests: { perSecond: 0.5, burst: 3 } };
  const authorization = async (name: string) => ({ authorization: `Bearer ${await tokenFor(name)}` });
  const statuses = async (send: () => Promise<{ status: number }>, times: number) =>
    Promise.all(Array.from({ length: times }, async () => (await send()).status));

  test("who asks too often is told when to come back, and is answered then", async () => {
    const ask = await open(slow);
    for (let time = 0; time < 3; time += 1) expect((await ask("{ courses { totalCount } }")).status).toBe(200);
    const refused = await ask("{ courses { totalCount } }");
    expect(refused).toMatchObject({ status: 429, data: null });
    expect(refused.headers.get("retry-after")).toBe("2");
    expect(refused.errors).toMatchObject([{ extensions: { code: "gateway/rate-exceeded", hint: expect.any(String) } }]);
    at += 2_000;
    const again = await ask("{ courses { totalCount } }");
    expect(again.status).toBe(200);
    // It was answered from memory before, too: that counts as much.
    expect(again.headers.get("cache-status")).toBe("mesh; hit");
  });

  test.each([
    ["documents that cannot be parsed", "{ courses {", {}],
    ["documents that are not valid", "{ nothing }", {}],
    ["tokens that are not valid", "{ __typename }", { authorization: "Bearer x" }],
  ])("%s count as well", async (_what, query, headers) => {
    const ask = await open(slow);
    const all = await statuses(() => ask(query, { headers }), 5);
    expect(all.filter((status) => status === 429)).toHaveLength(2);
  });

  test.each(["/streams/campus/courses", "/products/campus/courses.json"])(
    "so do bad tokens at %s, for the address that they come from",
    async (path) => {
      const files = { states: mesh.readSide, shownAs: () => ({}) };
      const policy = { rates: { requests: slow.requests, values: endless } };
      const server = await serveGateway(gatewaySettings(mesh, { policy, clock: () => at, files }));
      servers.push(server);
      const ask = () => fetch(`${server.url}${path}`, { headers: { authorization: "Bearer x" } });
      const all = await statuses(ask, 5);
      expect(all.sort()).toEqual([401, 401, 401, 429, 429]);
    },
  );

  test("one consumer leaves the others theirs: each token by its name, wherever it is sent from", async () => {
    const ask = await open(slow, 1);
    const ada = await authorization("ada");
    const from = (address: string) => ({ ...ada, "x-forwarded-for": address });
    expect(await statuses(() => ask("{ __typename }", { headers: from("198.51.100.1") }), 3)).toEqual([200, 200, 200]);
    expect((await ask("{ __typename }", { headers: from("198.51.100.2") })).status).toBe(429);
    expect((await ask("{ __typename }", { headers: await authorization("bea") })).status).toBe(200);
    const anonymously = (address: string) => ask("{ __typename }", { headers: { "x-forwarded-for": address } });
    expect(await statuses(() => anonymously("198.51.100.1"), 4)).toContain(429);
    expect((await anonymously("198.51.100.3")).status).toBe(200);
  });

  test("values count as the planner estimates them, before anything is read", async () => {
    const ask = await open({ values: { perSecond: 1, burst: 12 } });
    // Four rows of one column and the connection itself, and a tenth of what is looked at.
    expect((await ask("{ courses { nodes { code } } }")).status).toBe(200);
    const { status, headers, errors } = await ask("{ courses { nodes { code a: code b: code } } }");
    expect(status).toBe(429);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(1);
    expect(errors).toMatchObject([
      { extensions: { code: "gateway/rate-exceeded" }, message: expect.stringContaining("values") },
    ]);
    // What is remembered costs no values.
    expect((await ask("{ courses { nodes { code } } }")).status).toBe(200);
    at += 60_000;
    expect((await ask("{ courses { nodes { code a: code b: code } } }")).status).toBe(200);
  });

  test("no rates, no limits", async () => {
    const server = await serveGateway(gatewaySettings(mesh, { policy: { rates: null } }));
    servers.push(server);
    expect(new Set(await statuses(() => doorAt(server.url)("{ __typename }"), 50))).toEqual(new Set([200]));
  });
});
