import fc from "fast-check";
import { expect, test } from "vitest";
import { drawTokens, isFullBucket, type Rate, returnTokens, type TokenBucket } from "./token-bucket.ts";

const rate: Rate = { perSecond: 10, burst: 20 };

test.each<[string, TokenBucket | undefined, number, number, object]>([
  ["one that is new gives its burst at once", undefined, 20, 0, { allowed: true }],
  ["more than the burst needs a full bucket", undefined, 50, 0, { allowed: true, bucket: { milliTokens: -30000 } }],
  ["who owes waits until it is paid", { milliTokens: -30000, at: 0 }, 1, 0, { allowed: false, retryAfterMs: 3100 }],
  ["not a millisecond less", { milliTokens: -30000, at: 0 }, 1, 3099, { allowed: false, retryAfterMs: 1 }],
  ["and gets it then", { milliTokens: -30000, at: 0 }, 1, 3100, { allowed: true, bucket: { milliTokens: 0 } }],
  [
    "no more than the burst is saved up",
    { milliTokens: 0, at: 0 },
    21,
    3_600_000,
    { allowed: true, bucket: { milliTokens: -1000 } },
  ],
  ["a clock that goes back gives nothing", { milliTokens: 0, at: 5000 }, 1, 0, { allowed: false, retryAfterMs: 100 }],
])("%s", (_, bucket, count, now, expected) => {
  expect(drawTokens(bucket, count, { rate, now })).toMatchObject(expected);
});

test("what is given back is there again, up to the burst, and a full bucket is one that is not there", () => {
  const { bucket } = drawTokens(undefined, 50, { rate, now: 0 });
  expect(isFullBucket(bucket, { rate, now: 0 })).toBe(false);
  expect(returnTokens(bucket, 40, { rate, now: 0 })).toEqual({ milliTokens: 10_000, at: 0 });
  const full = returnTokens(bucket, 60, { rate, now: 0 });
  expect(full).toEqual({ milliTokens: 20_000, at: 0 });
  expect([full, undefined].map((each) => isFullBucket(each, { rate, now: 0 }))).toEqual([true, true]);
});

test("whatever is asked for when: never more than the burst and what time has brought, and who waits as told gets it", () => {
  const asked = fc.array(
    fc.record({ afterMs: fc.integer({ min: -3000, max: 3000 }), count: fc.integer({ min: 1, max: 20 }) }),
    { maxLength: 50 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 20, max: 60 }), asked, (perSecond, burst, draws) => {
      const own = { perSecond, burst };
      let bucket: TokenBucket | undefined;
      let [now, passedMs, given] = [0, 0, 0];
      for (const { afterMs, count } of draws) {
        now += afterMs;
        passedMs += Math.max(0, afterMs);
        const draw = drawTokens(bucket, count, { rate: own, now });
        bucket = draw.bucket;
        if (draw.allowed) given += count;
        else {
          const later = now + draw.retryAfterMs;
          expect(drawTokens(bucket, count, { rate: own, now: later - 1 }).allowed).toBe(false);
          expect(drawTokens(bucket, count, { rate: own, now: later }).allowed).toBe(true);
        }
        expect(given).toBeLessThanOrEqual(burst + (passedMs / 1000) * perSecond + 1e-6);
      }
    }),
  );
});
