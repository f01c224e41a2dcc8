import { linkScope } from "@thoth/kernel/abort-scope";
import { expect, test } from "vitest";
import { MemoryWatch } from "./memory-watch.ts";

const mebibyte = 2 ** 20;

test("what runs is stopped when the process has grown by too much", async () => {
  let size = 500 * mebibyte;
  const watch = new MemoryWatch(100 * mebibyte, () => size);
  using scope = linkScope();
  using _ = watch.guard(scope);
  size = 590 * mebibyte;
  await expect.poll(() => scope.signal.aborted, { timeout: 100 }).toBe(false);
  size = 300 * mebibyte;
  await new Promise((resolve) => setTimeout(resolve, 60));
  size = 401 * mebibyte;
  await expect.poll(() => scope.signal.reason).toMatchObject({ code: "warehouse/out-of-memory" });
});

test("what has ended is left alone", async () => {
  let size = 0;
  const watch = new MemoryWatch(mebibyte, () => size);
  using scope = linkScope();
  watch.guard(scope)[Symbol.dispose]();
  using next = linkScope();
  using _ = watch.guard(next);
  size = 3 * mebibyte;
  await expect.poll(() => next.signal.aborted).toBe(true);
  expect(scope.signal.aborted).toBe(false);
});
