import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { HttpConnection, jsonPost } from "./http-connection.ts";

const stops: (() => void)[] = [];

afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function open(handler: Handler) {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`);
  const connection = new HttpConnection(url, { keepsBodies: true });
  stops.push(() => {
    connection.close();
    server.closeAllConnections();
    server.close();
  });
  return { connection, ask: (body: string) => connection.ask(jsonPost(url, body)) };
}

const long = JSON.stringify({ data: "né\u2028\r\n0\r\n\r\n".repeat(40_000) });

test.each<[string, string, Handler]>([
  ["with a length", long, (_, response) => response.setHeader("content-length", Buffer.byteLength(long)).end(long)],
  [
    "in chunks",
    long,
    (_, response) => {
      for (let at = 0; at < long.length; at += 70_001) response.write(long.slice(at, at + 70_001));
      response.end();
    },
  ],
  ["and closes", "{}", (_, response) => response.setHeader("connection", "close").end("{}")],
  ["without a body", "", (_, response) => response.setHeader("content-length", 0).end()],
])("reads what a server answers %s, twice", async (_how, expected, handler) => {
  const { ask } = await open(handler);
  for (const _time of [1, 2]) {
    const { status, body } = await ask("{}");
    expect({ status, same: body === expected }).toEqual({ status: 200, same: true });
  }
});

test("sends the body and the head of a JSON request", async () => {
  const { ask } = await open(async (request, response) => {
    response.end(JSON.stringify([request.method, request.url, request.headers["content-type"], await text(request)]));
  });
  const { body } = await ask('{"query":"é"}');
  expect(JSON.parse(body)).toEqual(["POST", "/graphql", "application/json", '{"query":"é"}']);
});

test("tells when a server is too busy", async () => {
  const { ask } = await open((_, response) => response.writeHead(503, { "retry-after": "2" }).end("busy"));
  expect(await ask("{}")).toMatchObject({ status: 503, retryAfter: "2", body: "busy" });
});

test("a server that cuts the connection is an error, and the next question gets a new one", async () => {
  let asked = 0;
  const { ask } = await open((request, response) => (asked++ === 0 ? request.socket.destroy() : response.end("{}")));
  await expect(ask("{}")).rejects.toThrow();
  expect(await ask("{}")).toMatchObject({ status: 200, body: "{}" });
});

test("a client that goes away gives up its question, and the server notices", async () => {
  const arrived = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const { ask, connection } = await open((_, response) => {
    response.on("close", () => left.resolve());
    arrived.resolve();
  });
  const answer = ask("{}");
  await arrived.promise;
  connection.close();
  await expect(answer).rejects.toThrow("the client went away");
  await left.promise;
});
