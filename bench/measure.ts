/** Times of one subject, milliseconds. */
export interface Timing {
  readonly runs: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** Runs two subjects in turns, so that whatever else the machine does falls on both alike. */
export async function measurePair(
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
  { runs, warmUp }: { readonly runs: number; readonly warmUp: number },
): Promise<readonly [Timing, Timing]> {
  const times: [number[], number[]] = [[], []];
  for (let run = -warmUp; run < runs; run++) {
    for (const [index, subject] of [first, second].entries()) {
      const startedAt = performance.now();
      await subject();
      if (run >= 0) times[index as 0 | 1].push(performance.now() - startedAt);
    }
  }
  return [summarise(times[0]), summarise(times[1])];
}

function summarise(times: readonly number[]): Timing {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { runs: sorted.length, medianMs: at(0.5), p99Ms: at(0.99) };
}

/** One line of the report: ours beside the same work without us. */
export interface Comparison {
  readonly name: string;
  readonly ours: Timing;
  readonly direct: Timing;
  /** Rows that one run works on, when rows per second say more than milliseconds. */
  readonly rows?: number;
  /** Things that one run works on one by one, when the time of one says more. */
  readonly each?: { readonly count: number; readonly what: string };
}

export function formatComparison({ name, ours, direct, rows, each }: Comparison): string {
  const ratio = ours.medianMs / direct.medianMs;
  const speed = rows === undefined ? "" : `, ${perSecond(rows, ours)} beside ${perSecond(rows, direct)}`;
  const times = `${ours.medianMs.toFixed(1)} ms (p99 ${ours.p99Ms.toFixed(1)}) beside ${direct.medianMs.toFixed(1)} ms (p99 ${direct.p99Ms.toFixed(1)})`;
  return `${name}: ${ratio.toFixed(2)}× the direct way; ${times}${speed}${each === undefined ? "" : perThing(each, ours)}`;
}

function perSecond(rows: number, { medianMs }: Timing): string {
  return `${Math.round((rows / medianMs) * 1000).toLocaleString("en")} rows/s`;
}

function perThing({ count, what }: NonNullable<Comparison["each"]>, { medianMs }: Timing): string {
  return `, ${(medianMs / count).toFixed(2)} ms a ${what}`;
}
