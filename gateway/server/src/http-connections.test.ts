import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import type { Listener } from "@thoth/kernel/guarded-listener";
import { expect, test } from "vitest";
import { recordLog } from "./fixtures/door.ts";
import { descriptorLimit } from "./http-connections.ts";
import { listen } from "./http-listener.ts";
import { completeSettings } from "./server-settings.ts";

const halfAHead = "GET / HTTP/1.1\r\nHost: x\r\nx: ";

async function openServer(handler: Listener, { connections = 4, trustedProxies = 1 } = {}) {
  // Nothing but the number of connections ends one.
  const limits = { connections, headersTimeoutMs: 600_000, bodyTimeoutMs: 600_000, drainMs: 0 };
  const options = { host: "127.0.0.1", port: 0, log: recordLog(), trustedProxies };
  return listen(handler, { ...options, limits: completeSettings({ limits }).limits });
}

const answer: Listener = (_request, response) => response.end("served");

async function hold(
  url: string,
  text = halfAHead,
): Promise<{ readonly socket: Socket; readonly closed: Promise<unknown> }> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.resume();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await once(socket, "connect");
  socket.write(text);
  return { socket, closed };
}

/** Over a connection of its own. */
async function ask(url: string): Promise<string> {
  const sent = request(url, { agent: false }).end();
  const [response] = await once(sent, "response");
  return `${response.statusCode} ${(await response.toArray()).join("")}`;
}

test.each([
  ["behind a proxy, of all", { connections: 4, trustedProxies: 1 }],
  ["of an address, which has half of all", { connections: 8, trustedProxies: 0 }],
])("the oldest connection without a request makes room for a new one: %s", async (_, options) => {
  await using server = await openServer(answer, options);
  const held = [];
  for (let count = 0; count < 4; count += 1) held.push(await hold(server.url));
  expect(await ask(server.url)).toBe("200 served");
  await held[0]?.closed;
  // The place of that answer is free again or not: of four, the newest ones are still there.
  expect(held.slice(2).map(({ socket }) => socket.destroyed)).toEqual([false, false]);
  for (const { socket } of held) socket.destroy();
});

test("what is being answered is not ended for others, who are told to come again", async () => {
  const waiting = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  let requests = 0;
  const slow: Listener = async (_request, response) => {
    requests += 1;
    if (requests === 2) begun.resolve();
    await waiting.promise;
    response.end("served");
  };
  await using server = await openServer(slow, { connections: 2 });
  const first = [ask(server.url), ask(server.url)];
  await begun.promise;
  const { socket } = await hold(server.url);
  for (const _ of [1, 2])
    expect(await ask(server.url)).toBe("503 Too many connections are open. Try again in a moment.\n");
  socket.destroy();
  waiting.resolve();
  expect(await Promise.all(first)).toEqual(["200 served", "200 served"]);
  expect(await ask(server.url)).toBe("200 served");
});

test("the system says how many descriptors a process may have, if it does", () => {
  const known = process.platform === "linux" ? expect.any(Number) : undefined;
  expect(descriptorLimit()).toEqual(known);
});
