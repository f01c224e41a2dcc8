import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { dayMs, isoTime, mondayOf } from "./calendar.ts";
import type { RecordedEvent } from "./telemetry-event.ts";

/** Collects events into one NDJSON file for each week in which they were recorded. */
export interface EventFiles {
  add(recorded: RecordedEvent): void;
  /** Writes the week that starts then, and forgets it. */
  flush(monday: number): Promise<readonly RecordedEvent[]>;
}

/** @param folder the `events` folder; files go to `<year>/<Monday>.ndjson` under it */
export function eventFiles(folder: string): EventFiles {
  const weeks = new Map<number, RecordedEvent[]>();
  return {
    add(recorded) {
      const monday = mondayOf(recorded.recordedAt);
      const week = weeks.get(monday) ?? [];
      week.push(recorded);
      weeks.set(monday, week);
    },
    async flush(monday) {
      const week = inOrder(weeks.get(monday) ?? []);
      weeks.delete(monday);
      if (week.length > 0) await writeEventFile(folder, weekFile(monday), week);
      return week;
    },
  };
}

/** `2025/2025-03-03.ndjson`, or with a suffix `2025/2025-03-03-retry.ndjson`. */
export function weekFile(monday: number, suffix = ""): string {
  const day = isoTime(monday).slice(0, 10);
  return `${day.slice(0, 4)}/${day}${suffix}.ndjson`;
}

export async function writeEventFile(folder: string, name: string, events: readonly RecordedEvent[]): Promise<void> {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${events.map(({ event }) => JSON.stringify(event)).join("\n")}\n`);
}

export function inOrder(events: readonly RecordedEvent[]): RecordedEvent[] {
  return events.toSorted((a, b) => a.recordedAt - b.recordedAt || (a.event.id < b.event.id ? -1 : 1));
}

export function sameDay(recordedAt: number, day: number): boolean {
  return recordedAt >= day && recordedAt < day + dayMs;
}
