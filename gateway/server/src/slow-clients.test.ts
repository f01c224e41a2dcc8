import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { RunningServer } from "@thoth/subgraph/served-graph";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { courses, now } from "./fixtures/campus.ts";
import { doorAt, gatewaySettings } from "./fixtures/door.ts";
import { serveGateway } from "./serve-gateway.ts";

let mesh: SmallMesh;
let server: RunningServer;

const limits = { headersTimeoutMs: 400, bodyTimeoutMs: 800 };

beforeAll(async () => {
  mesh = await openSmallMesh([courses], { now });
  server = await serveGateway(gatewaySettings(mesh, { limits }));
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await mesh?.[Symbol.asyncDispose]();
});

const head = (lines: readonly string[]) => ["POST /graphql HTTP/1.1", "host: mesh.test", ...lines, "", ""].join("\r\n");
const json = "content-type: application/json";

function open(url: string): Promise<Socket> {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  return once(socket, "connect").then(() => socket);
}

/** Sends a piece every few milliseconds, for as long as somebody listens. @returns what came back */
async function drip(socket: Socket, pieces: Iterable<string>): Promise<string> {
  const parts: Buffer[] = [];
  socket.on("data", (part: Buffer) => parts.push(part));
  const rest = pieces[Symbol.iterator]();
  const timer = setInterval(() => {
    const { value, done } = rest.next();
    if (done === true || socket.destroyed) clearInterval(timer);
    else socket.write(value);
  }, 20);
  await closed(socket);
  clearInterval(timer);
  return Buffer.concat(parts).toString("utf8");
}

/** However it ends: a server that has heard enough may reset the connection. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.once("close", () => resolve()));
}

function* forever(piece: string): Iterable<string> {
  for (;;) yield piece;
}

describe("who sends slowly does not hold a connection for long", () => {
  test.each<[string, string, string, number]>([
    ["a head without an end", "POST /graphql HTTP/1.1\r\nx: ", "a", 400],
    ["one header after another", "POST /graphql HTTP/1.1\r\n", "x: a\r\n", 400],
    ["a body that drips", head([json, "content-length: 10000"]), " ", 800],
    ["chunks that drip", head([json, "transfer-encoding: chunked"]), "1\r\n \r\n", 800],
    ["nothing at all", "", "", 400],
  ])("%s", async (_what, begin, piece, limitMs) => {
    // Before the server knows of it, whose clock starts then.
    const startedAt = performance.now();
    const socket = await open(server.url);
    socket.write(begin);
    const answer = await drip(socket, piece === "" ? [] : forever(piece));
    const ms = performance.now() - startedAt;
    expect(answer).toMatch(/^$|^HTTP\/1\.1 408/);
    expect(ms).toBeGreaterThan(limitMs * 0.5);
    // Node by itself lets go of nobody within a minute: this is what shows that the limits are ours.
    expect(ms).toBeLessThan(55_000);
  });

  test("many of them at once are let go", async () => {
    const slow = await Promise.all(Array.from({ length: 50 }, () => open(server.url)));
    const gone = Promise.all(slow.map((socket) => closed(socket.resume())));
    for (const socket of slow) socket.write("POST /graphql HTTP/1.1\r\nx: ");
    await gone;
  });

  test("others are answered meanwhile", async () => {
    // Where a busy machine, too, sends a whole request in time.
    const patience = { headersTimeoutMs: 600_000, bodyTimeoutMs: 600_000, drainMs: 0 };
    await using patient = await serveGateway(gatewaySettings(mesh, { limits: patience }));
    const slow = await Promise.all(Array.from({ length: 50 }, () => open(patient.url)));
    for (const socket of slow) socket.resume().write("POST /graphql HTTP/1.1\r\nx: ");
    expect((await doorAt(patient.url)("{ courses { totalCount } }")).data).toEqual({ courses: { totalCount: 4 } });
    expect(slow.filter(({ destroyed }) => destroyed)).toEqual([]);
    for (const socket of slow) socket.destroy();
  });

  test("who asks and does not read is let go", async () => {
    await using impatient = await serveGateway(gatewaySettings(mesh, { limits: { idleTimeoutMs: 500 } }));
    const socket = await open(impatient.url);
    const query = `{ ${Array.from({ length: 90 }, (_, index) => `a${index}: dataProduct(id: "campus/courses") { contract a: contract b: contract c: contract d: contract }`).join(" ")} }`;
    const body = JSON.stringify({ query });
    const asking = head([json, `content-length: ${body.length}`]) + body;
    socket.pause();
    // Several times, so that what the systems between us take does not hold it all.
    for (let time = 0; time < 40; time += 1) socket.write(asking);
    await expect.poll(() => isGone(socket)).toBe(true);
  });
});

/** Whether the other side has closed it: writing to it fails then. */
function isGone(socket: Socket): boolean {
  if (!socket.destroyed) socket.write(" ");
  return socket.destroyed;
}

describe("what is too large is refused without being read", () => {
  let patient: RunningServer;

  // Where nobody is late after half a second, and so told something else.
  beforeAll(async () => {
    patient = await serveGateway(gatewaySettings(mesh));
  });
  afterAll(() => patient?.[Symbol.asyncDispose]());

  test.each<[string, string, RegExp]>([
    ["a head of a hundred kilobytes", head([json, `x: ${"a".repeat(100_000)}`]), /^$|^HTTP\/1\.1 431/],
    ["thousands of headers", head(Array.from({ length: 20_000 }, (_, index) => `x${index}: 1`)), /^$|^HTTP\/1\.1 431/],
    [
      "an address of a hundred kilobytes",
      `GET /graphql?query=${"a".repeat(100_000)} HTTP/1.1\r\n\r\n`,
      /^$|^HTTP\/1\.1 431/,
    ],
    ["a body of a gigabyte, as it says", `${head([json, "content-length: 1073741824"])}{`, /^HTTP\/1\.1 413/],
    ["two lengths", head([json, "content-length: 1", "content-length: 2"]), /^HTTP\/1\.1 400/],
    ["a length and chunks", head([json, "content-length: 5", "transfer-encoding: chunked"]), /^HTTP\/1\.1 400/],
    ["a header of two lines", head([json, "x: a\r\n y: b", "content-length: 0"]), /^HTTP\/1\.1 400/],
  ])("%s", async (_what, text, expected) => {
    const socket = await open(patient.url);
    const answered = drip(socket, []);
    socket.end(text);
    const answer = await answered;
    expect(answer).toMatch(expected);
    expect(answer).not.toContain("aaaa");
  });
});
