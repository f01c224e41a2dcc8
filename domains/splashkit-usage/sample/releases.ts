/** One release of the SDK. */
export interface Release {
  readonly version: string;
  readonly releasedAt: number;
  /** Share of sessions that end in a crash. */
  readonly crashShare: number;
}

/** The release that crashed more on Windows than the ones around it: a planted regression. */
export const faultyVersion = "2.1.0";
export const faultyCrashShare = 0.11;

const steadyCrashShare = 0.02;
const firstCrashShare = 0.035;

/** Position within the sample's span (0 start, 1 `asOf`) at which each version came out. */
const schedule: readonly (readonly [string, number])[] = [
  ["1.6.0", -0.2],
  ["1.6.1", -0.02],
  ["1.7.0", 0.08],
  ["1.7.1", 0.15],
  ["1.8.0", 0.27],
  ["2.0.0", 0.4],
  ["2.0.1", 0.46],
  ["2.1.0", 0.6],
  ["2.1.1", 0.66],
  ["2.2.0", 0.79],
  ["2.2.1", 0.86],
  ["2.3.0", 0.95],
];

export function sampleReleases(startsAt: number, asOf: number): Release[] {
  return schedule.map(([version, position], index) => ({
    version,
    releasedAt: startsAt + position * (asOf - startsAt),
    crashShare: Math.max(steadyCrashShare, firstCrashShare - index * 0.002),
  }));
}

/**
 * The release one install runs at an instant: the newest that it has had time to adopt, and never an older one
 * than it began with.
 * @param lagMs how long this install takes to upgrade
 */
export function releaseAt(
  releases: readonly Release[],
  install: { joinedAt: number; lagMs: number },
  at: number,
): Release {
  const adopted = releases.findLast((release) => release.releasedAt + install.lagMs <= at);
  const first = releases.findLast((release) => release.releasedAt <= install.joinedAt);
  const candidates = [adopted, first].filter((release) => release !== undefined);
  const newest = candidates.toSorted((a, b) => b.releasedAt - a.releasedAt)[0] ?? releases[0];
  if (newest === undefined) throw new Error("the sample needs at least one release");
  return newest;
}
