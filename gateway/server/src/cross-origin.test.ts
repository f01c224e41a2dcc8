import type { RunningServer } from "@thoth/subgraph/served-graph";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { courses, now } from "./fixtures/campus.ts";
import { gatewaySettings } from "./fixtures/door.ts";
import { serveGateway } from "./serve-gateway.ts";

let mesh: SmallMesh;
let server: RunningServer;

const app = "https://ontrack.example";

beforeAll(async () => {
  mesh = await openSmallMesh([courses], { now });
  server = await serveGateway(gatewaySettings(mesh, { policy: { origins: [app, "http://localhost:3000"] } }));
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await mesh?.[Symbol.asyncDispose]();
});

const json = { "content-type": "application/json" };
const body = JSON.stringify({ query: "{ courses { totalCount } }" });
const post = (headers: Record<string, string>) =>
  fetch(`${server.url}/graphql`, { method: "POST", headers: { ...json, ...headers }, body });

async function permission(response: Response): Promise<string | null> {
  await response.body?.cancel();
  return response.headers.get("access-control-allow-origin");
}

describe("pages of other sites", () => {
  test.each<[string, string | null]>([
    [app, app],
    ["http://localhost:3000", "http://localhost:3000"],
    ["https://ontrack.example.evil.example", null],
    ["https://evil.example", null],
    ["http://ontrack.example", null],
    ["null", null],
  ])("%s may read: %s", async (origin, allowed) => {
    // The second answer is given from memory.
    for (const _ of [1, 2]) {
      const response = await post({ origin });
      expect(response.headers.get("vary")).toContain("origin");
      expect(await permission(response)).toBe(allowed);
      expect(response.headers.get("access-control-allow-credentials")).toBeNull();
    }
    const asking = {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type",
    };
    const preflight = await fetch(`${server.url}/graphql`, { method: "OPTIONS", headers: asking });
    expect(preflight.status === 204).toBe(allowed !== null);
    expect(await permission(preflight)).toBe(allowed);
  });

  test.each<[string, Record<string, string>, number]>([
    ["a page of ours", { "sec-fetch-site": "same-origin" }, 200],
    ["the address line", { "sec-fetch-site": "none" }, 200],
    ["a program", {}, 200],
    ["a page that is allowed", { "sec-fetch-site": "cross-site", origin: app }, 200],
    ["a page elsewhere", { "sec-fetch-site": "cross-site" }, 403],
    ["a page elsewhere that says its name", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }, 403],
    ["a page beside us", { "sec-fetch-site": "same-site" }, 403],
  ])("%s has a browser ask by GET: %#", async (_what, headers, status) => {
    const query = encodeURIComponent("{ courses { totalCount } }");
    for (const _ of [1, 2]) {
      const response = await fetch(`${server.url}/graphql?query=${query}`, { headers });
      await response.body?.cancel();
      expect(response.status).toBe(status);
      expect(response.headers.get("vary")).toContain("origin");
    }
  });

  test("what a page may read is never kept for another", async () => {
    expect(await permission(await post({ origin: app }))).toBe(app);
    const other = await post({ origin: "http://localhost:3000" });
    expect(other.headers.get("cache-status")).toBe("mesh; hit");
    expect(await permission(other)).toBe("http://localhost:3000");
    expect(await permission(await post({}))).toBeNull();
  });
});
