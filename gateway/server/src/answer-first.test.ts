import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { accessError } from "@thoth/access/errors";
import { openSmallMesh } from "@thoth/testing/small-mesh";
import { expect, test } from "vitest";
import { courses, now } from "./fixtures/campus.ts";
import { authenticate, doorAt, gatewaySettings, tokenFor } from "./fixtures/door.ts";
import { serveGateway } from "./serve-gateway.ts";

/** The server's side of the answer to the next request. */
function nextResponse(): Promise<ServerResponse> {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>();
  const take = (message: unknown) => {
    unsubscribe("http.server.request.start", take);
    resolve((message as { readonly response: ServerResponse }).response);
  };
  subscribe("http.server.request.start", take);
  return promise;
}

test("a request whose client leaves while its answer is looked up goes no further", async () => {
  await using mesh = await openSmallMesh([courses], { now });
  const token = await tokenFor("ada");
  const looking = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let verifications = 0;
  const settings = gatewaySettings(mesh, {
    limits: { drainMs: 0 },
    authenticate: async (given) => {
      if (given !== token) return authenticate(given);
      verifications += 1;
      if (verifications === 1) return authenticate(given);
      looking.resolve();
      await released.promise;
      // Why it is no good, the server behind finds out by asking once more.
      throw accessError["token-expired"]({ expiredAt: "just now" });
    },
  });
  await using server = await serveGateway(settings);
  const init = {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: "{ courses { totalCount } }" }),
  };
  await (await fetch(`${server.url}/graphql`, init)).text();
  const leaving = new AbortController();
  const responding = nextResponse();
  const left = expect(fetch(`${server.url}/graphql`, { ...init, signal: leaving.signal })).rejects.toThrow();
  await looking.promise;
  const closed = once(await responding, "close");
  leaving.abort();
  await Promise.all([left, closed]);
  released.resolve();
  // What goes on behind the look has begun by the end of a whole request.
  await doorAt(server.url)("{ courses { totalCount } }");
  expect(verifications).toBe(2);
});
