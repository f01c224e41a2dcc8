import { expect, test } from "vitest";
import { controlError } from "./errors.ts";
import { isServerAway, untilServed } from "./server-away.ts";

const coded = (code: string, message = "what the server says") => Object.assign(new Error(message), { code });
const unreachable = (cause: unknown) => controlError.unreachable({ server: "db", reason: "why" }, { cause });

test.each<[unknown, boolean, string]>([
  [coded("57P01"), true, "it was told to stop"],
  [coded("57P03"), true, "it is starting"],
  [coded("08006"), true, "the connection broke"],
  [coded("ECONNRESET"), true, "so did the socket"],
  [new Error("Connection terminated unexpectedly"), true, "the driver's own words"],
  [unreachable(coded("ECONNREFUSED")), true, "nobody listens"],
  [unreachable(new AggregateError([coded("ECONNREFUSED")])), true, "at none of its addresses"],
  [unreachable(coded("28P01")), false, "the password is wrong, and stays so"],
  [coded("23505"), false, "a statement that is wrong"],
  [controlError["lock-lost"]({ domain: "farm" }), false, "an answer"],
  ["Connection terminated", false, "no error at all"],
  [new DOMException("stopped by SIGTERM", "AbortError"), false, "whoever asked was told to stop"],
])("%o: away is %s, %s", (failure, away) => {
  expect(isServerAway(failure)).toBe(away);
});

test("what a server that is away could not do is done again, and other failures are passed on", async () => {
  const outcomes: (() => number)[] = [
    () => {
      throw coded("57P03");
    },
    () => {
      throw coded("ECONNREFUSED");
    },
    () => 7,
  ];
  const { signal } = new AbortController();
  expect(await untilServed(async () => outcomes.shift()?.(), signal)).toBe(7);
  const wrong = untilServed(async () => Promise.reject(coded("42601")), signal);
  await expect(wrong).rejects.toMatchObject({ code: "42601" });
});

test("who has been told to stop does not wait for long", async () => {
  let tries = 0;
  const gone = untilServed(async () => {
    tries += 1;
    throw coded("ECONNREFUSED");
  }, AbortSignal.abort());
  await expect(gone).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(tries).toBe(5);
});
