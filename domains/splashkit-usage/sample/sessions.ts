import type { Random } from "@thoth/testing/random";
import { dayMs, type SampleWeek } from "./calendar.ts";
import type { CallMix } from "./call-mix.ts";
import { hexId, type Install, type InstallPool } from "./installs.ts";
import { lottery } from "./lottery.ts";
import { faultyCrashShare, faultyVersion, type Release, releaseAt } from "./releases.ts";
import type { Binding } from "./telemetry-event.ts";

/** One run of a program, or of the `skm` command. */
export interface Session {
  readonly id: string;
  readonly install: Install;
  readonly binding: Binding;
  readonly sdkVersion: string;
  readonly startsAt: number;
  readonly durationS: number;
  readonly ending: "ended" | "crashed" | "lost";
  /** Calls by function over the whole run. */
  readonly counts: ReadonlyMap<string, number>;
  readonly errors: ReadonlyMap<string, number>;
  /** Time until its events reach the collector when it ran offline; 0 when it was online. */
  readonly spooledMs: number;
}

export interface SessionWorld {
  readonly installs: InstallPool;
  readonly releases: readonly Release[];
  readonly calls: CallMix;
  readonly random: Random;
}

const weekdays = lottery([
  [0, 1.1],
  [1, 1.3],
  [2, 1.3],
  [3, 1.2],
  [4, 0.9],
  [5, 0.5],
  [6, 0.7],
]);
/** Hours UTC; in Melbourne these are the morning to late evening. */
const hours = lottery([
  [22, 0.3],
  [23, 0.9],
  [0, 1.1],
  [1, 1.1],
  [2, 0.9],
  [3, 1.1],
  [4, 1.2],
  [5, 1],
  [6, 0.8],
  [7, 0.7],
  [8, 0.8],
  [9, 1],
  [10, 1.1],
  [11, 0.9],
  [12, 0.5],
]);

/** Categories that programs of a unit lean towards. */
const favours: Readonly<Record<string, ReadonlySet<string>>> = {
  COS10001: new Set(["terminal", "utilities", "windows", "color"]),
  COS20007: new Set(["graphics", "input", "resource_bundles"]),
  COS30046: new Set(["physics", "geometry", "timers"]),
  COS30243: new Set(["sprites", "audio", "camera", "animations"]),
};
const noFavours: ReadonlySet<string> = new Set();

const skmShare = 0.06;
const lostShare = 0.03;
const spooledShare = 0.04;
const errorShare = 0.07;
const longestS = 3 * 60 * 60;

export function makeSession(week: SampleWeek, world: SessionWorld): Session {
  const { random } = world;
  const install = world.installs(week.trimester, week.startsAt);
  const binding = install.binding !== "online" && random.chance(skmShare) ? "skm" : install.binding;
  const startsAt = startInstant(week, random);
  const release = releaseAt(world.releases, install, startsAt);
  const durationS = binding === "skm" ? random.int(1, 20) : Math.min(longestS, Math.ceil(random.logNormal(95, 1.15)));
  const counts = binding === "skm" ? new Map<string, number>() : countCalls(install, durationS, world);
  return {
    id: hexId(random),
    install,
    binding,
    sdkVersion: release.version,
    startsAt,
    durationS,
    ending: endingOf(binding, release, install, random),
    counts,
    errors: countErrors(counts, random),
    spooledMs: random.chance(spooledShare) ? random.int(60 * 60 * 1000, 5 * dayMs) : 0,
  };
}

function startInstant(week: SampleWeek, random: Random): number {
  const hourMs = 60 * 60 * 1000;
  return week.startsAt + weekdays(random) * dayMs + hours(random) * hourMs + random.int(0, hourMs - 1);
}

function countCalls(install: Install, durationS: number, world: SessionWorld): Map<string, number> {
  const { random, calls } = world;
  const counts = new Map<string, number>();
  const pace = Math.sqrt(1 + durationS / 120);
  const mentions = 3 + random.poisson(6);
  for (let mention = 0; mention < mentions; mention++) {
    const name = calls(favours[install.unit] ?? noFavours);
    counts.set(name, (counts.get(name) ?? 0) + Math.ceil(random.logNormal(6 * pace, 0.8)));
  }
  return counts;
}

function countErrors(counts: ReadonlyMap<string, number>, random: Random): Map<string, number> {
  if (counts.size === 0 || !random.chance(errorShare)) return new Map();
  const [name, calls] = random.pick([...counts]);
  return new Map([[name, Math.min(calls, random.int(1, 4))]]);
}

function endingOf(binding: Binding, release: Release, install: Install, random: Random): Session["ending"] {
  if (binding === "skm") return "ended";
  const faulty = release.version === faultyVersion && install.os.family === "windows";
  if (random.chance(faulty ? faultyCrashShare : release.crashShare)) return "crashed";
  return random.chance(lostShare) ? "lost" : "ended";
}
