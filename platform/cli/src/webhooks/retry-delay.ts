const [secondMs, minuteMs, hourMs] = [1_000, 60_000, 3_600_000];

/** Before the second attempt, the third and so on. After the last of them a delivery is given up: about a day. */
const delays = [
  5 * secondMs,
  30 * secondMs,
  2 * minuteMs,
  10 * minuteMs,
  30 * minuteMs,
  2 * hourMs,
  8 * hourMs,
  14 * hourMs,
];
/** Share of a delay by which it is shorter or longer, so that what failed together does not come back together. */
const jitter = 0.2;

/**
 * @param attempts that have failed, at least 1
 * @param random 0..1
 * @returns milliseconds until the next one; undefined when it is given up
 */
export function retryDelayMs(attempts: number, random: number): number | undefined {
  const delay = delays[attempts - 1];
  return delay === undefined ? undefined : Math.round(delay * (1 - jitter + 2 * jitter * random));
}
