import fc from "fast-check";
import { expect, test } from "vitest";
import { drawTokens, type Rate, type TokenBucket } from "./token-bucket.ts";

const rate: Rate = { perSecond: 10, burst: 20 };

test.each([
  ["a new sender may send its burst at once", undefined, 20, 0, { allowed: true }],
  [
    "a request above the burst needs a full bucket",
    undefined,
    50,
    0,
    { allowed: true, bucket: { milliTokens: -30000 } },
  ],
  ["who owes waits until it is paid", { milliTokens: -30000, at: 0 }, 1, 0, { allowed: false, retryAfterMs: 3100 }],
  ["and may send then", { milliTokens: -30000, at: 0 }, 1, 3100, { allowed: true, bucket: { milliTokens: 0 } }],
  [
    "no more than the burst is saved up",
    { milliTokens: 0, at: 0 },
    21,
    3_600_000,
    { allowed: true, bucket: { milliTokens: -1000 } },
  ],
  [
    "a clock that goes back gives nothing",
    { milliTokens: 0, at: 5000 },
    1,
    0,
    { allowed: false, bucket: { at: 5000 } },
  ],
])("%s", (_, bucket: TokenBucket | undefined, count, now, expected) => {
  expect(drawTokens(bucket, count, { rate, now })).toMatchObject(expected);
});

test("whatever is asked for when: never more than the burst and what time has brought, and who waits as told gets it", () => {
  const asked = fc.array(fc.record({ afterMs: fc.nat(3000), count: fc.integer({ min: 1, max: 20 }) }), {
    maxLength: 50,
  });
  fc.assert(
    fc.property(asked, (requests) => {
      let bucket: TokenBucket | undefined;
      let now = 0;
      let sent = 0;
      for (const { afterMs, count } of requests) {
        now += afterMs;
        const draw = drawTokens(bucket, count, { rate, now });
        bucket = draw.bucket;
        if (draw.allowed) sent += count;
        else expect(drawTokens(bucket, count, { rate, now: now + draw.retryAfterMs }).allowed).toBe(true);
        expect(sent).toBeLessThanOrEqual(rate.burst + (now / 1000) * rate.perSecond + 1e-6);
      }
    }),
  );
});
