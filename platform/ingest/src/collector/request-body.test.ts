import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { BodyBudget, readBody } from "./request-body.ts";

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
  const limits = { limit: 1000, budget: new BodyBudget(100) };
  const slow = openRequest();
  const reading = readBody(slow.request, limits);
  const read = once(slow.body, "data");
  slow.body.write(Buffer.alloc(150));
  await read;
  const second = openRequest();
  second.body.end("more");
  expect(await readBody(second.request, limits)).toEqual({ kind: "overloaded" });
  slow.body.end(Buffer.alloc(50));
  const body = await reading;
  expect(body.kind === "body" && body.bytes.length, "what it holds itself does not count against it").toBe(200);
  limits.budget.add(-200);
  const third = openRequest();
  third.body.end("more");
  expect(await readBody(third.request, limits)).toMatchObject({ kind: "body" });
});

test("a packed body counts with what it unpacks to, and one that is not taken holds nothing", async () => {
  const limits = { limit: 1_000_000, budget: new BodyBudget(100_000) };
  const packed = () => {
    const asked = openRequest({ "content-encoding": "gzip" });
    asked.body.end(gzipSync(Buffer.alloc(500_000)));
    return readBody(asked.request, limits);
  };
  expect(await packed()).toMatchObject({ kind: "body" });
  expect(await packed()).toEqual({ kind: "overloaded" });
  limits.budget.add(-500_000);
  expect(await readBody(...tooMuch())).toEqual({ kind: "too-large" });
  expect(limits.budget.isExhausted(0)).toBe(false);

  function tooMuch(): Parameters<typeof readBody> {
    const asked = openRequest({ "content-encoding": "gzip" });
    asked.body.end(gzipSync(Buffer.alloc(5_000_000)));
    return [asked.request, { limit: 90_000, budget: limits.budget }];
  }
});

test("a client that goes away holds nothing", async () => {
  const limits = { limit: 1000, budget: new BodyBudget(1) };
  const gone = openRequest();
  const reading = readBody(gone.request, limits);
  const read = once(gone.body, "data");
  gone.body.write("half");
  await read;
  gone.body.destroy();
  expect(await reading).toEqual({ kind: "gone" });
  expect(limits.budget.isExhausted(0)).toBe(false);
});
