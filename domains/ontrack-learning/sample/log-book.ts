import { utimes } from "node:fs/promises";
import path from "node:path";
import type { DateText } from "./date-text.ts";
import type { FaultPlan, FaultTally } from "./fault-plan.ts";
import { type LogEntry, type LogLayout, logLine } from "./log-line.ts";
import { type Day, dayMs, dayOf, type Instant } from "./melbourne-time.ts";
import { createTextFile, type TextFile } from "./text-file.ts";

/** The API's log, one file a Melbourne month. */
export interface LogBook extends AsyncDisposable {
  /** In any order within a trimester. What is later than the sample's end is left out. */
  add(entry: LogEntry): void;
  /** Writes what was collected, in order of time. */
  closeTrimester(layout: LogLayout): Promise<void>;
  lineCount(): number;
}

export interface LogBookOptions {
  readonly dir: string;
  readonly asOf: Instant;
  readonly dates: DateText;
  readonly plan: FaultPlan;
  readonly tally: FaultTally;
}

interface MonthFile {
  readonly path: string;
  readonly file: TextFile;
  /** When the file was last written to. */
  touchedAt: Instant;
}

const lateByMs = 9 * dayMs;

const linesPerPortion = 1000;

export function createLogBook(options: LogBookOptions): LogBook {
  const { asOf, plan, tally } = options;
  const files = new Map<string, MonthFile>();
  let entries: LogEntry[] = [];
  let lines = 0;
  return {
    add(entry) {
      if (entry.at <= asOf) entries.push(entry);
    },
    async closeTrimester(layout) {
      const kept = entries.filter((entry) => dayOf(entry.at) !== plan.missingLogDay);
      tally.count("log-day-missing", entries.length - kept.length);
      entries = [];
      const sorted = kept.sort((a, b) => a.at - b.at);
      for (const [name, part] of Map.groupBy(sorted, (entry) => fileName(entry, options))) {
        const month = files.get(name) ?? (await openMonth(path.join(options.dir, name)));
        files.set(name, month);
        await writeEntries(month, part, layout, options);
      }
      lines += kept.length;
    },
    lineCount: () => lines,
    async [Symbol.asyncDispose]() {
      for (const { path: full, file, touchedAt } of files.values()) {
        await file[Symbol.asyncDispose]();
        await utimes(full, touchedAt / 1000, touchedAt / 1000);
      }
    },
  };
}

async function openMonth(full: string): Promise<MonthFile> {
  return { path: full, file: await createTextFile(full), touchedAt: 0 };
}

function isLate(at: Instant, { lateLogDays }: FaultPlan): boolean {
  const day = dayOf(at);
  return day >= lateLogDays.from && day <= lateLogDays.to;
}

function fileName({ at }: LogEntry, { dates, plan }: LogBookOptions): string {
  return `production-${dates.day(dayOf(at)).slice(0, 7)}${isLate(at, plan) ? "-late" : ""}.log`;
}

/** @param entries in order of time */
async function writeEntries(
  month: MonthFile,
  entries: readonly LogEntry[],
  layout: LogLayout,
  { dates, plan, tally }: LogBookOptions,
): Promise<void> {
  for (const [index, entry] of entries.entries()) {
    const day = dayOf(entry.at);
    month.file.write(spoil(logLine(skew(entry, day, plan, tally), dates, layout), day, plan, tally));
    if (index % linesPerPortion === 0) await month.file.flush();
  }
  const last = entries.at(-1)?.at ?? 0;
  const late = isLate(last, plan);
  if (late) tally.count("log-late-file", entries.length);
  month.touchedAt = Math.max(month.touchedAt, last + (late ? lateByMs : 0));
}

function skew(entry: LogEntry, day: Day, plan: FaultPlan, tally: FaultTally): LogEntry {
  if (day !== plan.skewedLogDay) return entry;
  tally.count("log-clock-skew");
  return { ...entry, at: entry.at + plan.logSkewMs };
}

/** Cuts the first line of one day, as a crash while writing does. */
function spoil(line: string, day: Day, plan: FaultPlan, tally: FaultTally): string {
  if (day !== plan.cutLogDay || tally.of("log-line-cut") > 0) return line;
  tally.count("log-line-cut");
  return `${line.slice(0, Math.floor(line.length / 2))}\n`;
}
