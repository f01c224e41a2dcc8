/** Memory of a process at one moment. */
export interface MemorySample {
  /** Since the soak began. */
  readonly atMs: number;
  readonly bytes: number;
}

export interface MemoryTrend {
  readonly medianBytes: number;
  /** What the line through the samples rises by, from the end of the warm-up to the end. */
  readonly growthBytes: number;
}

/** The first third warms up: caches fill, code is compiled. */
const warmUpShare = 1 / 3;

/**
 * The slope that half of all pairs of samples exceed (Theil and Sen): single peaks do not move it.
 * @returns undefined with fewer than three samples after the warm-up
 */
export function memoryTrend(samples: readonly MemorySample[]): MemoryTrend | undefined {
  const endMs = samples.at(-1)?.atMs ?? 0;
  const warm = samples.filter(({ atMs }) => atMs >= endMs * warmUpShare);
  const [first] = warm;
  if (first === undefined || warm.length < 3) return undefined;
  const slopes = warm.flatMap((a, index) =>
    warm.slice(index + 1).flatMap((b) => (b.atMs > a.atMs ? [(b.bytes - a.bytes) / (b.atMs - a.atMs)] : [])),
  );
  return { medianBytes: median(warm.map(({ bytes }) => bytes)), growthBytes: median(slopes) * (endMs - first.atMs) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
