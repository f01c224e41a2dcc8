import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { PassThrough } from "node:stream";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { BodyPieces } from "./body-pieces.ts";
import { MemoryBudget } from "./memory-budget.ts";
import { readBody } from "./request-body.ts";

/** A request whose body is written by the test. */
function openRequest(headers: IncomingMessage["headers"] = {}) {
  const body = new PassThrough();
  const request = Object.assign(body, { headers, complete: false });
  body.once("end", () => {
    request.complete = true;
  });
  return { body, request: request as unknown as IncomingMessage };
}

test("who comes when too much is held is turned away, until some of it is given back", async () => {
  const budget = new MemoryBudget(300);
  const slow = openRequest();
  const held = budget.open();
  const reading = readBody(slow.request, { limit: 1000, holding: held });
  const read = once(slow.body, "data");
  slow.body.write(Buffer.alloc(150));
  await read;
  const second = openRequest();
  second.body.end(Buffer.alloc(200));
  expect(await readBody(second.request, { limit: 1000, holding: budget.open() })).toEqual({ kind: "overloaded" });
  slow.body.end();
  const body = await reading;
  expect(body.kind === "body" && body.bytes.length).toBe(150);
  expect(budget.held).toBe(150);
  held[Symbol.dispose]();
  const third = openRequest();
  third.body.end("more");
  expect(await readBody(third.request, { limit: 1000, holding: budget.open() })).toMatchObject({ kind: "body" });
});

test("a packed body counts with what it unpacks to, and one that is not taken holds nothing", async () => {
  const budget = new MemoryBudget(1_200_000);
  const packed = (bytes: number, limit: number) => {
    const asked = openRequest({ "content-encoding": "gzip" });
    asked.body.end(gzipSync(Buffer.alloc(bytes)));
    return readBody(asked.request, { limit, holding: budget.open() });
  };
  expect(await packed(500_000, 1_000_000)).toMatchObject({ kind: "body" });
  expect(budget.held).toBe(500_000);
  expect(await packed(1_000_000, 1_000_000)).toEqual({ kind: "overloaded" });
  expect(await packed(5_000_000, 90_000)).toEqual({ kind: "too-large" });
  expect(budget.held).toBe(500_000);
});

test("a client that goes away holds nothing", async () => {
  const budget = new MemoryBudget(1000);
  const gone = openRequest();
  {
    using holding = budget.open();
    const reading = readBody(gone.request, { limit: 1000, holding });
    const read = once(gone.body, "data");
    gone.body.write("half");
    await read;
    gone.body.destroy();
    expect(await reading).toEqual({ kind: "gone" });
  }
  expect(budget.held).toBe(0);
});

test.each([undefined, "gzip"])(
  "nor does one that was away before it was read, with content encoding %s",
  async (encoding) => {
    const budget = new MemoryBudget(100_000);
    const { promise: reset, resolve: tellReset } = Promise.withResolvers<void>();
    const { promise: answered, resolve: answer } = Promise.withResolvers<unknown>();
    await using server = createServer(async (request) => {
      tellReset();
      await new Promise((resolve) => request.once("close", resolve));
      using holding = budget.open();
      answer(await readBody(request, { limit: 1000, holding }));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
    const packing = encoding === undefined ? "" : `content-encoding: ${encoding}\r\n`;
    client.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n${packing}\r\nhalf`);
    await reset;
    client.resetAndDestroy();
    expect(await answered).toEqual({ kind: "gone" });
    expect(budget.held).toBe(0);
  },
);

test("a packed body that was sent in full, and reset before all of it was read, holds nothing", async () => {
  const budget = new MemoryBudget(100_000);
  const gone = openRequest({ "content-encoding": "gzip" });
  {
    using holding = budget.open();
    const reading = readBody(gone.request, { limit: 1000, holding });
    gone.body.write(gzipSync("all"));
    gone.request.complete = true;
    gone.body.destroy();
    expect(await reading).toEqual({ kind: "gone" });
  }
  expect(budget.held).toBe(0);
});

test("a body that comes byte by byte takes little more memory than its bytes", async () => {
  const pieces = new BodyPieces();
  const bytes = randomBytes(300_000);
  for (let at = 0; at < bytes.length; at++) pieces.add(bytes.subarray(at, at + 1));
  pieces.add(bytes);
  expect(pieces.pieces).toBeLessThan(20);
  expect(pieces.size).toBe(600_000);
  expect(pieces.take().equals(Buffer.concat([bytes, bytes]))).toBe(true);
});
