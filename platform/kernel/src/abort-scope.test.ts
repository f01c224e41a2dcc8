import { getEventListeners, once } from "node:events";
import { expect, test } from "vitest";
import { linkScope } from "./abort-scope.ts";

test("follows its parent with the parent's reason", () => {
  const parent = new AbortController();
  using scope = linkScope(parent.signal);
  expect(scope.signal.aborted).toBe(false);
  parent.abort("stop");
  expect(scope.signal.reason).toBe("stop");
});

test("is aborted from the start under an aborted parent", () => {
  using scope = linkScope(AbortSignal.abort("over"));
  expect(scope.signal.reason).toBe("over");
});

test("aborting the scope leaves the parent alone", () => {
  const parent = new AbortController();
  using scope = linkScope(parent.signal);
  scope.abort("mine");
  expect(scope.signal.reason).toBe("mine");
  expect(parent.signal.aborted).toBe(false);
});

test("a deadline aborts with a TimeoutError", async () => {
  using scope = linkScope(undefined, 1);
  if (!scope.signal.aborted) await once(scope.signal, "abort");
  expect(scope.signal.reason).toMatchObject({ name: "TimeoutError", message: "timed out after 1 ms" });
});

test("a disposed scope leaves no listener on its parent", () => {
  const parent = new AbortController();
  for (let i = 0; i < 100; i++) {
    using scope = linkScope(parent.signal, 60_000);
    expect(scope.signal.aborted).toBe(false);
  }
  expect(getEventListeners(parent.signal, "abort")).toHaveLength(0);
});

test("a disposed scope no longer follows its parent", () => {
  const parent = new AbortController();
  const scope = linkScope(parent.signal);
  scope[Symbol.dispose]();
  parent.abort();
  expect(scope.signal.aborted).toBe(false);
});
