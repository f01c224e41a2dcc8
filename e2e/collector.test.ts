import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import { mesh, repository, type ServingMesh, serveMesh } from "./mesh-process.ts";

/** One session of a program that agreed to telemetry a minute ago. */
function sessionEvent(id: string, now: number): Record<string, unknown> {
  const time = new Date(now - 60_000).toISOString();
  return {
    specversion: "1.0",
    id,
    source: "/splashkit/pascal",
    type: "io.splashkit.session.ended",
    subject: "install-of-the-test",
    time,
    dataclassification: "internal",
    data: {
      session_id: id,
      consent: { version: "2", granted_at: time },
      sdk_version: "2.1.0",
      os: { family: "linux", hostname: "janes-laptop" },
      duration_s: 12.5,
      counts: { generative_ai_of_the_test: 41, draw_text: 7 },
    },
  };
}

async function send(url: string, body: unknown, type: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${url}/events`, {
    method: "POST",
    headers: { "content-type": type, ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
}

const structured = "application/cloudevents+json";
const batch = "application/cloudevents-batch+json";

async function callsThroughPascal(serving: ServingMesh, weekStart: string): Promise<Record<string, number>> {
  const where = `{ binding: { eq: PASCAL }, weekStart: { eq: "${weekStart}" } }`;
  const query = `{ functionUsage(where: ${where}, first: 1000) { nodes { uniqueGlobalName calls } } }`;
  const { data, errors } = await serving.ask(query);
  expect(errors).toBeUndefined();
  const calls: Record<string, number> = {};
  for (const node of data.functionUsage.nodes) {
    const name = String(node.uniqueGlobalName);
    calls[name] = (calls[name] ?? 0) + Number(node.calls);
  }
  return calls;
}

function mondayOf(now: number): string {
  const day = new Date(now - 60_000);
  day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
  return day.toISOString().slice(0, 10);
}

/** @returns the ledger's row of what landed the events */
async function runUsage(env: Readonly<Record<string, string>>): Promise<unknown> {
  const { code, out, err } = await mesh(["run", "splashkit-usage", "--json"], { cwd: repository, env });
  expect(code, out + err).toBe(0);
  return (JSON.parse(out) as { pipeline: string }[]).find(({ pipeline }) => pipeline === "extract/events");
}

test("an event sent to mesh up is in function-usage after the next run, once, and without what was not declared", async () => {
  await using home = await tempDir("mesh-home-");
  const env = { MESH_HOME: home.path, MESH_SAMPLE_SCALE: "0.001" };
  await using serving = await serveMesh(["up"], { cwd: repository, env });
  const now = Date.now();
  const before = await callsThroughPascal(serving, mondayOf(now));
  const event = sessionEvent("session-of-the-test", now);
  expect(await send(serving.url, event, structured)).toEqual({
    status: 202,
    answer: { accepted: 1, duplicates: 0, refused: [] },
  });
  const unconsenting = { ...event, id: "other", data: { ...(event.data as object), consent: undefined } };
  expect(await send(serving.url, [event, unconsenting], batch)).toEqual({
    status: 202,
    answer: { accepted: 0, duplicates: 1, refused: [expect.objectContaining({ index: 1, code: "consent" })] },
  });
  expect(await runUsage(env)).toMatchObject({ status: "success", rows_inserted: expect.any(Number) });
  const after = await callsThroughPascal(serving, mondayOf(now));
  expect(after).toEqual({
    ...before,
    draw_text: (before.draw_text ?? 0) + 7,
    unknown: (before.unknown ?? 0) + 41,
  });
  expect(await runUsage(env), "nothing lands twice").toMatchObject({ status: "success", rows_inserted: 0 });
  expect(await serving.stop()).toBe(0);
});

test("as soon as there is a key, nobody sends without one; a revoked key is refused within a second", async () => {
  await using home = await tempDir("mesh-home-");
  const env = { MESH_HOME: home.path };
  const options = { cwd: repository, env };
  await using serving = await serveMesh(["serve", "collector"], options);
  const event = sessionEvent("a", Date.now());
  expect(await send(serving.url, event, structured)).toMatchObject({ status: 202 });
  const added = await mesh(["collector", "key", "add", "sdk", "--source", "/splashkit/*", "--json"], options);
  const { key, id } = JSON.parse(added.out) as { key: string; id: string };
  const authorization = { authorization: `Bearer ${key}` };
  await expect.poll(async () => (await send(serving.url, event, structured)).status).toBe(401);
  expect(await send(serving.url, event, structured, authorization)).toMatchObject({ status: 202 });
  expect((await mesh(["collector", "key", "list"], options)).out).toContain(id);
  expect((await mesh(["collector", "key", "revoke", id], options)).code).toBe(0);
  await expect.poll(async () => (await send(serving.url, event, structured, authorization)).status).toBe(401);
  expect(serving.log()).not.toContain(key);
  const second = await mesh(["serve", "collector", "--json"], options);
  expect(JSON.parse(second.out)).toMatchObject({ ok: false, error: { code: "ingest/collector-in-use" } });
  expect(await serving.stop("SIGTERM")).toBe(0);
});
