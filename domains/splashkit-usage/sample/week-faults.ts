import { dayMs, isoTime, type SampleWeek, weekMs } from "./calendar.ts";
import { weekFile } from "./event-files.ts";
import type { PlantedFault } from "./faults.ts";
import { faultyVersion } from "./releases.ts";

/** Weeks that carry a fault of their own: start of week, epoch ms. */
export interface FaultyWeeks {
  readonly doubled: number;
  readonly silentDay: number;
  readonly late: number;
}

/** Events that carry such a fault, counted as they are written. */
export interface WeekTallies {
  silent: number;
  unknownHint: number;
  doubled: number;
  /** Crashes of the faulty release on Windows. */
  crashed: number;
}

export const lateByWeeks = 6;

export function chooseFaultyWeeks(weeks: readonly SampleWeek[]): FaultyWeeks {
  const teaching = weeks.filter((week) => week.teachingWeek > 1 && week.load > 0.7).map((week) => week.startsAt);
  const at = (share: number) => teaching[Math.floor(teaching.length * share)] ?? 0;
  return { doubled: at(0.35), silentDay: at(0.55) + dayMs, late: at(0.75) };
}

/** Relative to the `events` folder. */
export function lateFile({ late }: FaultyWeeks): string {
  return weekFile(late + lateByWeeks * weekMs, "-lab-spool");
}

export function weekFaults(faulty: FaultyWeeks, late: number, tallies: WeekTallies): PlantedFault[] {
  const inEvents = (name: string) => [`splashkit/events/${name}`];
  const everywhere = inEvents("**/*.ndjson");
  return [
    {
      id: "batch-doubled",
      description: "One day's events were delivered a second time, in a file of their own.",
      verdict: "duplicate",
      count: tallies.doubled,
      files: inEvents(weekFile(faulty.doubled, "-retry")),
    },
    {
      id: "day-missing",
      description: `The collector was down on ${isoTime(faulty.silentDay).slice(0, 10)} (UTC): what happened that day is lost.`,
      count: tallies.silent,
      files: everywhere,
    },
    {
      id: "file-late",
      description: `A lab's events of the week of ${isoTime(faulty.late).slice(0, 10)} arrived ${lateByWeeks} weeks later.`,
      count: late,
      files: inEvents(lateFile(faulty)),
    },
    {
      id: "hint-unknown",
      description: "The course hint names no unit; the calls stay, under the hint `other`.",
      count: tallies.unknownHint,
      files: everywhere,
    },
    {
      id: "release-crashing",
      description: `Version ${faultyVersion} crashes on Windows about five times as often as the versions around it.`,
      count: tallies.crashed,
      files: everywhere,
    },
  ];
}
