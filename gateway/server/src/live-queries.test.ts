import type { AccessCall } from "@thoth/access/agreements/access-call";
import { openAccessPort } from "@thoth/access/agreements/access-port";
import { decide as decideByContract } from "@thoth/access/decide";
import { accessError } from "@thoth/access/errors";
import type { RunningServer } from "@thoth/subgraph/served-graph";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { courses, loans, now, offerings } from "./fixtures/campus.ts";
import { authenticate, doorAt, gatewaySettings, tokenFor } from "./fixtures/door.ts";
import { openStream, type StreamRequest } from "./fixtures/event-stream.ts";
import { serveGateway } from "./serve-gateway.ts";

let mesh: SmallMesh;
let server: RunningServer;
let ada: Record<string, string>;
const closed = new Set<string>();
const expired = new Set<string>();

const products = [courses, offerings, loans];
const names = "{ courses { nodes { code name } } }";

/** What agreements were asked to become. There are none. */
const asked: AccessCall[] = [];
const access = openAccessPort({
  book: { agreements: () => [], look: () => undefined },
  rules: { products: [], purposes: [], council: undefined },
  ask: async (call) => {
    asked.push(call);
    throw accessError["agreement-unknown"]({ id: "ag_1" });
  },
});

beforeAll(async () => {
  mesh = await openSmallMesh(products, { now });
  server = await serveGateway(
    gatewaySettings(mesh, {
      access,
      policy: { documents: new Map([["names", names]]) },
      decide: (...question) => {
        const decision = decideByContract(...question);
        return closed.has(question[1].id) ? { ...decision, readable: false, fingerprint: "closed" } : decision;
      },
      authenticate: async (token) => {
        if (token !== undefined && expired.has(token)) throw accessError["token-expired"]({ expiredAt: "just now" });
        return authenticate(token);
      },
    }),
  );
  ada = { authorization: `Bearer ${await tokenFor("ada")}` };
});
beforeEach(() => {
  closed.clear();
  expired.clear();
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await mesh?.[Symbol.asyncDispose]();
});

const rowsOf = (id: string) => String(products.find((product) => product.id === id)?.rows);
const publish = (id: string, rows = rowsOf(id)) => mesh.publish(id, rows);
const live = (request: StreamRequest, headers = ada) =>
  openStream(server.url, { ...request, extensions: { live: true } }, headers);

describe("a live query", () => {
  test.each<[string, StreamRequest]>([
    ["a document", { query: names }],
    ["a persisted document", { documentId: "names" }],
  ])(
    "as %s gives the answer of now, and again whenever it changes: the same as asking then",
    async (_what, request) => {
      await publish("campus/courses");
      await using stream = await live(request);
      const ask = async () => ({ data: (await doorAt(server.url)(names, { headers: ada })).data });
      expect(await stream.next()).toEqual(await ask());
      await publish("campus/courses", rowsOf("campus/courses").replace("'Algebra'", "'Analysis'"));
      const changed = await stream.next();
      expect(changed.data.courses.nodes[0]).toEqual({ code: "A1", name: "Analysis" });
      expect(changed).toEqual(await ask());
    },
  );

  test("is silent while its answer is the same, and about what it does not read", async () => {
    await publish("campus/courses");
    await using stream = await live({ query: names });
    await stream.next();
    await publish("library/loans", `select * from (${rowsOf("library/loans")}) limit 1`);
    await publish("campus/courses");
    await publish("campus/courses", rowsOf("campus/courses").replace("'Dance'", "'Drama'"));
    expect((await stream.next()).data.courses.nodes[3].name).toBe("Drama");
  });

  test("follows what only the stitched executor answers, too", async () => {
    const query = '{ dataProduct(id: "campus/courses") { snapshot { id } } courses { totalCount } }';
    await using stream = await live({ query });
    await stream.next();
    const { id } = await publish("campus/courses");
    expect((await stream.next()).data).toEqual({ dataProduct: { snapshot: { id } }, courses: { totalCount: 4 } });
  });

  test("ends with an error within a second once its reader may not read it any more", async () => {
    await using stream = await live({ query: names });
    await stream.next();
    closed.add("campus/courses");
    const startedAt = performance.now();
    expect((await stream.next()).errors).toMatchObject([{ extensions: { code: "access/product-denied" } }]);
    // The promise is a second; the machine of a test may be busy.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect(await stream.next()).toBeUndefined();
  });

  test("ends with an error within a second once the token has expired", async () => {
    await using stream = await live({ query: names });
    await stream.next();
    expired.add(String(ada.authorization?.slice("Bearer ".length)));
    expect((await stream.next()).errors).toMatchObject([{ extensions: { code: "access/token-expired" } }]);
    expect(await stream.next()).toBeUndefined();
  });

  test("is no way to have something done again and again", async () => {
    const query = 'mutation { revokeAccess(id: "ag_1", reason: "Done") { id } }';
    await using stream = await live({ query });
    expect((await stream.next()).errors).toMatchObject([{ extensions: { code: "access/agreement-unknown" } }]);
    await publish("campus/courses", rowsOf("campus/courses").replace("'Algebra'", "'Again'"));
    expect(await stream.next()).toBeUndefined();
    expect(asked).toMatchObject([{ do: "revoke", id: "ag_1" }]);
  });

  test.each<[string, StreamRequest, Record<string, string>, string]>([
    ["it is not valid", { query: "{ nothing }" }, {}, "GRAPHQL_VALIDATION_FAILED"],
    ["nobody knows the document", { documentId: "other" }, {}, "gateway/document-unknown"],
    ["its sender takes no streams", { query: names }, { accept: "application/json" }, "gateway/stream-accept"],
  ])("is refused when %s", async (_what, request, headers, code) => {
    await using stream = await live(request, { ...ada, ...headers });
    expect(await stream.text()).toContain(code);
  });
});
