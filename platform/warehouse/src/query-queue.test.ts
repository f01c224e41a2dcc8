import fc from "fast-check";
import { expect, test } from "vitest";
import { heavyMs, QueryQueue } from "./query-queue.ts";

const work = (arrivedAt: number, expectedMs: number) => ({ arrivedAt, expectedMs });

test("short work passes long work that came before it", () => {
  const queue = new QueryQueue();
  const [long, short] = [work(0, 400), work(10, 1)];
  queue.add(long);
  queue.add(short);
  expect([queue.next(true), queue.next(true), queue.next(true)]).toEqual([short, long, undefined]);
});

test("long work is passed only for as long as it takes", () => {
  const queue = new QueryQueue();
  const [long, late] = [work(0, 400), work(401, 1)];
  queue.add(late);
  queue.add(long);
  expect(queue.next(true)).toBe(long);
});

test("the same work is served in the order in which it came", () => {
  const queue = new QueryQueue();
  const all = [1, 2, 3].map(() => work(5, 1));
  for (const one of all) queue.add(one);
  expect(all.map(() => queue.next(true))).toEqual(all);
});

test("heavy work stays when it may not begin", () => {
  const queue = new QueryQueue();
  const [heavy, light] = [work(0, heavyMs + 1), work(500, heavyMs)];
  queue.add(heavy);
  queue.add(light);
  expect([queue.next(false), queue.next(false), queue.next(true)]).toEqual([light, undefined, heavy]);
});

test("what left is not served; what waits is counted", () => {
  const queue = new QueryQueue();
  const [gone, stays] = [work(0, 30), work(0, 12)];
  queue.add(gone);
  queue.add(stays);
  expect(queue.expectedMs).toBe(42);
  expect([queue.remove(gone), queue.remove(gone), queue.size]).toEqual([true, false, 1]);
  expect(queue.takeAll()).toEqual([stays]);
  expect(queue.size).toBe(0);
});

test("nothing is lost, and nothing waits behind work that came later than it would have ended", () => {
  const works = fc.array(fc.record({ arrivedAt: fc.nat(1000), expectedMs: fc.nat(500) }), { maxLength: 60 });
  fc.assert(
    fc.property(works, (all) => {
      const queue = new QueryQueue();
      for (const one of all) queue.add(one);
      const served = all.map(() => queue.next(true));
      expect(new Set(served)).toEqual(new Set(all));
      for (const [place, one] of served.entries()) {
        for (const earlier of served.slice(0, place)) {
          if (one !== undefined && earlier !== undefined)
            expect(earlier.arrivedAt).toBeLessThanOrEqual(one.arrivedAt + one.expectedMs);
        }
      }
    }),
  );
});
