import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loansProject, type SmallProject } from "./small-project.ts";

let project: SmallProject;

beforeAll(async () => {
  project = await loansProject();
});

afterAll(() => project[Symbol.asyncDispose]());

test("a run is told of in a file; a server that never answers neither fails it nor learns more than it may", async () => {
  await using silence = await openSilence();
  const { code, err } = await project.mesh(["run"], {
    MESH_OPENLINEAGE_FILE: "openlineage.ndjson",
    MESH_OPENLINEAGE_URL: silence.url,
    MESH_OPENLINEAGE_API_KEY: "k3y",
  });
  expect(code).toBe(0);
  const events = (await project.read("var/openlineage.ndjson"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events.map(({ eventType, job }) => `${eventType} ${job.name}`)).toEqual([
    "START library-loans/domain",
    "START library-loans/extract/records",
    "COMPLETE library-loans/extract/records",
    "START library-loans/clean/records",
    "COMPLETE library-loans/clean/records",
    "START library-loans/product/loans",
    "COMPLETE library-loans/product/loans",
    "COMPLETE library-loans/domain",
  ]);
  expect(err).toContain(`8 OpenLineage events for ${silence.url}/api/v1/lineage were dropped.`);
  expect(err).not.toContain("k3y");
});

test("a URL that is none is refused before anything runs", async () => {
  const { code, err } = await project.mesh(["run"], { MESH_OPENLINEAGE_URL: "lineage:5000" });
  expect(code).toBe(2);
  expect(err).toContain("MESH_OPENLINEAGE_URL is no URL that begins with http:// or https://");
});

/** Takes requests and never answers. */
async function openSilence(): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(() => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
