/** A seeded stream of random numbers: the same seed gives the same world on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Whole number, both ends included. */
  int(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Picks by weight; weights need not sum to one. */
  weighted<T>(choices: readonly (readonly [T, number])[]): T;
  normal(mean: number, deviation: number): number;
  /** Log-normal by its median and the deviation of its logarithm. */
  logNormal(median: number, sigma: number): number;
  poisson(mean: number): number;
  shuffle<T>(items: readonly T[]): T[];
  /** An independent stream: drawing from it does not disturb this one. */
  fork(label: string): Random;
}

/** sfc32, seeded through splitmix32; not for secrets. */
export function seededRandom(seed: number | string): Random {
  const mix = splitmix(typeof seed === "number" ? seed : hash(seed));
  const next = sfc32(mix(), mix(), mix(), mix());
  for (let i = 0; i < 12; i++) next();
  const normal = (mean: number, deviation: number) =>
    mean + deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const int = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    int,
    normal,
    chance: (probability) => next() < probability,
    pick: (items) => at(items, int(0, items.length - 1)),
    weighted: (choices) => weightedChoice(choices, next),
    logNormal: (median, sigma) => median * Math.exp(normal(0, sigma)),
    poisson: (mean) => poisson(mean, next, normal),
    shuffle: (items) => shuffle(items, int),
    fork: (label) => seededRandom(`${seed}/${label}`),
  };
}

function at<T>(items: readonly T[], index: number): T {
  if (index < 0 || index >= items.length) throw new Error("cannot pick from an empty list");
  return items[index] as T;
}

function weightedChoice<T>(choices: readonly (readonly [T, number])[], next: () => number): T {
  let rest = next() * choices.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of choices) {
    rest -= weight;
    if (rest < 0) return value;
  }
  return at(choices, choices.length - 1)[0];
}

/** Knuth's product method below 30, the normal approximation above. */
function poisson(mean: number, next: () => number, normal: (mean: number, deviation: number) => number): number {
  if (mean > 30) return Math.max(0, Math.round(normal(mean, Math.sqrt(mean))));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = next(); product > limit; product *= next()) count++;
  return count;
}

function shuffle<T>(items: readonly T[], int: (from: number, to: number) => number): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = int(0, i);
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
  }
  return copy;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

function splitmix(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  };
}

function sfc32(a: number, b: number, c: number, d: number): () => number {
  return () => {
    const t = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return (t >>> 0) / 4294967296;
  };
}
