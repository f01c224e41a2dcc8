import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, expect, test } from "vitest";
import { campusProducts, now } from "./fixtures/campus.ts";
import { gatewaySettings, recordLog, tokenFor } from "./fixtures/door.ts";
import { queryGateway, serveGateway } from "./serve-gateway.ts";

let mesh: SmallMesh;

beforeAll(async () => {
  mesh = await openSmallMesh(campusProducts, { now });
});

afterAll(() => mesh?.[Symbol.asyncDispose]());

test("a question without a port goes through all that one over HTTP goes through", async () => {
  const options = gatewaySettings(mesh);
  const query = "query ($code: String!) { coursesByKey(code: $code) { name loans { totalCount } } }";
  const variables = { code: "A1" };
  const answer = { data: { coursesByKey: { name: "Algebra", loans: { totalCount: 3 } } } };
  expect(await queryGateway(options, { query, variables, token: undefined })).toEqual(answer);
  expect(await queryGateway(options, { query, variables, token: await tokenFor("ann") })).toEqual(answer);
  const refused = await queryGateway(options, { query, variables, token: "garbage" });
  expect(refused).toMatchObject({ errors: [{ extensions: { code: "access/token-invalid" } }] });
});

test("tells the log where it is, and the operator's commands come before everything else", async () => {
  const log = recordLog();
  const operator = async (request: Request) =>
    new URL(request.url).pathname.startsWith("/operator/") ? new Response("done\n", { status: 202 }) : undefined;
  await using server = await serveGateway(gatewaySettings(mesh, { log, operator }));
  expect(log.lines).toEqual([
    { level: "info", message: "gateway is up", details: JSON.stringify({ url: server.url, domains: 3 }) },
  ]);
  const answer = await fetch(`${server.url}/operator/command`, { method: "POST", body: "{}" });
  expect([answer.status, await answer.text()]).toEqual([202, "done\n"]);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
});
