import type { RunningServer } from "@thoth/subgraph/served-graph";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { serverAudits } from "graphql-http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { courses, now } from "./fixtures/campus.ts";
import { gatewaySettings } from "./fixtures/door.ts";
import { serveGateway } from "./serve-gateway.ts";

let mesh: SmallMesh;
let server: RunningServer;

beforeAll(async () => {
  mesh = await openSmallMesh([courses], { now });
  server = await serveGateway(gatewaySettings(mesh));
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await mesh?.[Symbol.asyncDispose]();
});

const audits = serverAudits({ url: () => `${server.url}/graphql`, fetchFn: fetch });

describe("the specification GraphQL over HTTP, as its own audit suite reads it: not only what a server must", () => {
  test.each(audits)("$name", async ({ fn }) => {
    expect(await fn()).toMatchObject({ status: "ok" });
  });

  test("is asked in full", () => {
    const musts = audits.filter(({ name }) => name.startsWith("MUST"));
    expect(musts.length).toBeGreaterThan(10);
    expect(audits.length).toBeGreaterThan(60);
  });
});
