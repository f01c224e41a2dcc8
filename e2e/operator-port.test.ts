import { readFile, stat } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ServingMesh, serveMesh } from "./mesh-process.ts";
import { publishedLoans, type SmallProject } from "./small-project.ts";

/** What a process that serves takes from whom. The key lies in the home, so whoever can read that may command. */
let project: SmallProject;
let serving: ServingMesh;
let key: string;
const ownerFile = () => join(project.root, "var/owner.json");

beforeAll(async () => {
  project = await publishedLoans();
  serving = await serveMesh(["up"], { cwd: project.root });
  key = JSON.parse(await readFile(ownerFile(), "utf8")).operatorKey;
});

afterAll(async () => {
  await serving[Symbol.asyncDispose]();
  await project[Symbol.asyncDispose]();
});

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Not `fetch`, which would not let the Host header be chosen. */
async function send({
  method = "POST",
  path = "/operator/command",
  headers = {},
  body = '{"command":"runs","filter":{}}',
}: Sent) {
  const sent = request(`${serving.url}${path}`, { method, headers: { authorization: `Operator ${key}`, ...headers } });
  sent.end(body);
  const response = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
    sent.once("response", resolve).once("error", reject);
  });
  return { status: response.statusCode, text: await text(response) };
}

test("the key lies where only this user can read it", async () => {
  expect((await stat(ownerFile())).mode & 0o777).toBe(0o600);
  expect(key).toMatch(/^[\w-]{32}$/);
});

test("with the key, a command is answered line by line", async () => {
  const { status, text: body } = await send({});
  expect(status).toBe(200);
  const [line = "", ...rest] = body.trimEnd().split("\n");
  expect(rest).toEqual([]);
  expect(JSON.parse(line)).toMatchObject({ kind: "result", result: expect.arrayContaining([]) });
});

test.each<[string, Sent]>([
  ["no key", { headers: { authorization: "" } }],
  ["another key", { headers: { authorization: `Operator ${"x".repeat(32)}` } }],
  ["a shorter key", { headers: { authorization: "Operator x" } }],
  ["a token of a reader", { headers: { authorization: "Bearer x" } }],
  ["another method", { method: "GET", body: "" }],
  ["another path below it", { path: "/operator/other" }],
  ["the name of another machine, as a page whose name was pointed here sends", { headers: { host: "evil.example" } }],
  ["a page behind the request", { headers: { origin: "http://127.0.0.1:4000" } }],
])("%s: there is nothing there", async (_what, sent) => {
  expect(await send(sent)).toEqual({ status: 404, text: "Not found\n" });
});

test.each<[string, Sent, number]>([
  ["not JSON", { body: "run" }, 400],
  ["no command", { body: "{}" }, 400],
  ["a command that is none", { body: '{"command":"drop"}' }, 400],
  ["a run of something that is no name", { body: '{"command":"run","only":7,"full":false}' }, 400],
  ["a filter that is none", { body: '{"command":"runs","filter":{"limit":"all"}}' }, 400],
  ["a body without a length", { headers: { "transfer-encoding": "chunked" } }, 413],
  ["a body that no command needs", { body: JSON.stringify({ command: "run", only: "x".repeat(20_000) }) }, 413],
])("%s is refused", async (_what, sent, status) => {
  expect(await send(sent)).toMatchObject({ status });
});

test("the quality of data is told with it, rejected rows from the write side as well", async () => {
  const call = { name: "quality", argument: { rejected: "masked", profile: true, limit: 5 } };
  const { text: body } = await send({ body: JSON.stringify({ command: "desk", call }) });
  const { result } = JSON.parse(body.trimEnd());
  expect(result).toMatchObject({ results: expect.any(Array), profiles: expect.any(Array), rejected: [] });
  expect(result.results.length).toBeGreaterThan(0);
  expect(result.profiles[0]).toMatchObject({ product: "loans", rowCount: expect.any(Number) });
});

test("a failure keeps its code and hint on the way", async () => {
  const { text: body } = await send({ body: '{"command":"run","only":"nobody","full":false}' });
  const last = JSON.parse(body.trimEnd().split("\n").at(-1) ?? "");
  expect(last).toMatchObject({ kind: "failure", code: "pipeline/unknown-target", hint: expect.any(String) });
});
