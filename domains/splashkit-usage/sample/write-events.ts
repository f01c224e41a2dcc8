import type { Random } from "@thoth/testing/random";
import { dayMs, isoTime, type SampleWeek, sampleWeeks, weekMs } from "./calendar.ts";
import { dealCalls } from "./call-mix.ts";
import type { CatalogueName } from "./catalogue.ts";
import { type EventFiles, eventFiles, inOrder, sameDay, weekFile, writeEventFile } from "./event-files.ts";
import { type EventFaults, eventFaultsOf, type PlantedFault } from "./faults.ts";
import { installPool, knownUnits } from "./installs.ts";
import { faultyVersion, sampleReleases } from "./releases.ts";
import { sessionEvents } from "./session-events.ts";
import { makeSession, type Session, type SessionWorld } from "./sessions.ts";
import type { RecordedEvent } from "./telemetry-event.ts";
import {
  chooseFaultyWeeks,
  type FaultyWeeks,
  lateByWeeks,
  lateFile,
  type WeekTallies,
  weekFaults,
} from "./week-faults.ts";

export interface EventSampleOptions {
  /** The `events` folder. */
  readonly folder: string;
  readonly asOf: number;
  readonly scale: number;
  readonly random: Random;
  readonly onProgress?: ((message: string) => void) | undefined;
}

const weekCount = 156;
const sessionsAtFullScale = 500_000;
/** Every so many installs belong to the lab whose events come late. */
const labEvery = 8;

/** Writes three years of telemetry, a week at a time, and tells which faults are in it. */
export async function writeEvents(
  names: readonly CatalogueName[],
  options: EventSampleOptions,
): Promise<PlantedFault[]> {
  const { asOf, scale, random, folder } = options;
  const weeks = sampleWeeks(asOf, weekCount);
  const faulty = chooseFaultyWeeks(weeks);
  const world = sessionWorld(names, weeks, options);
  const faults = eventFaultsOf(asOf, random.fork("faults"));
  const files = eventFiles(folder);
  const late: RecordedEvent[] = [];
  const tallies: WeekTallies = { silent: 0, unknownHint: 0, doubled: 0, crashed: 0 };
  const sessionsPerLoad = (sessionsAtFullScale * scale) / weeks.reduce((sum, week) => sum + week.load, 0);
  for (const [index, week] of weeks.entries()) {
    const sessions = random.poisson(week.load * sessionsPerLoad);
    for (let made = 0; made < sessions; made++) {
      placeSession(makeSession(week, world), { week, faulty, faults, files, late, tallies, asOf, random });
    }
    const written = await files.flush(week.startsAt);
    if (week.startsAt === faulty.doubled) tallies.doubled = await writeDoubled(folder, week.startsAt, written);
    if (index % 26 === 25) options.onProgress?.(`SplashKit telemetry up to ${isoTime(week.startsAt).slice(0, 10)}`);
  }
  if (late.length > 0) await writeEventFile(folder, lateFile(faulty), inOrder(late));
  return [...faults.planted, ...weekFaults(faulty, late.length, tallies)];
}

function sessionWorld(
  names: readonly CatalogueName[],
  weeks: readonly SampleWeek[],
  options: EventSampleOptions,
): SessionWorld {
  const { random, scale, asOf } = options;
  return {
    installs: installPool(scale, random.fork("installs")),
    releases: sampleReleases(weeks[0]?.startsAt ?? asOf, asOf),
    calls: dealCalls(names, random.fork("calls")),
    random: random.fork("sessions"),
  };
}

interface Placement {
  readonly week: SampleWeek;
  readonly faulty: FaultyWeeks;
  readonly faults: EventFaults;
  readonly files: EventFiles;
  readonly late: RecordedEvent[];
  readonly tallies: WeekTallies;
  readonly asOf: number;
  readonly random: Random;
}

function placeSession(session: Session, place: Placement): void {
  const { faulty, faults, files, late, tallies, asOf } = place;
  const delayed = place.week.startsAt === faulty.late && session.install.number % labEvery === 0;
  for (const made of sessionEvents(session, place.random)) {
    const recorded = delayed ? delay(made) : made;
    if (recorded.recordedAt > asOf) continue;
    if (sameDay(Date.parse(recorded.event.time), faulty.silentDay)) {
      tallies.silent++;
      continue;
    }
    if (hintsAtNoUnit(session)) tallies.unknownHint++;
    if (crashOfFaultyRelease(session, recorded)) tallies.crashed++;
    for (const sent of faults.plant(recorded)) {
      if (delayed) late.push(sent);
      else files.add(sent);
    }
  }
}

function hintsAtNoUnit({ install }: Session): boolean {
  const hint = install.courseHint?.trim().toUpperCase();
  return hint !== undefined && !knownUnits.some((unit) => unit === hint);
}

function crashOfFaultyRelease({ sdkVersion, install }: Session, { event }: RecordedEvent): boolean {
  return event.type.endsWith(".crashed") && sdkVersion === faultyVersion && install.os.family === "windows";
}

function delay({ event, recordedAt }: RecordedEvent): RecordedEvent {
  const later = recordedAt + lateByWeeks * weekMs;
  return { event: { ...event, recordedtime: isoTime(later) }, recordedAt: later };
}

/** A batch that was delivered twice: one day of a busy week, the same bytes in a second file. */
async function writeDoubled(folder: string, monday: number, week: readonly RecordedEvent[]): Promise<number> {
  const day = monday + 2 * dayMs;
  const batch = week.filter(({ recordedAt }) => sameDay(recordedAt, day));
  if (batch.length > 0) await writeEventFile(folder, weekFile(monday, "-retry"), batch);
  return batch.length;
}
