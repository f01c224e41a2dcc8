import type { TelemetryEvent } from "../sample/telemetry-event.ts";

/** The products recomputed from the files without SQL, the slow and plain way: what the queries must agree with. */
export interface Recount {
  /** Refused events by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** By `week binding function hint`. */
  readonly usage: ReadonlyMap<string, UsageCount>;
  /** By `week version binding os`. */
  readonly adoption: ReadonlyMap<string, AdoptionCount>;
  /** Function names without an example, best rank first. */
  readonly gaps: readonly GapCount[];
}

export interface UsageCount {
  calls: number;
  errors: number;
  readonly sessions: Set<string>;
  readonly installs: Set<string>;
}

export interface AdoptionCount {
  readonly sessions: Set<string>;
  readonly installs: Set<string>;
  newInstalls: number;
  crashed: number;
  readonly durations: number[];
}

export interface GapCount {
  readonly name: string;
  readonly sessions: number;
  readonly installs: number;
  readonly calls: number;
}

export interface RecountInput {
  readonly events: readonly TelemetryEvent[];
  /** Function name by unique name. */
  readonly functions: ReadonlyMap<string, string>;
  /** Names that the documentation shows an example of. */
  readonly documented: ReadonlySet<string>;
  readonly units: readonly string[];
}

export function recount(input: RecountInput): Recount {
  const { accepted, refused } = judgeEvents(input.events);
  return {
    refused,
    usage: countUsage(accepted, input),
    adoption: countAdoption(accepted),
    gaps: rankGaps(accepted, input),
  };
}

const hourMs = 3_600_000;

function judgeEvents(events: readonly TelemetryEvent[]) {
  const refused: Record<string, number> = {};
  const accepted: TelemetryEvent[] = [];
  const seen = new Set<string>();
  for (const event of events.toSorted((a, b) => Date.parse(a.recordedtime) - Date.parse(b.recordedtime))) {
    const identity = `${event.source}|${event.id}`;
    const reason = seen.has(identity) ? "duplicate" : refusalOf(event);
    seen.add(identity);
    if (reason === undefined) accepted.push(event);
    else refused[reason] = (refused[reason] ?? 0) + 1;
  }
  return { accepted, refused };
}

function refusalOf({ dataclassification, data, time, recordedtime }: TelemetryEvent): string | undefined {
  if (dataclassification !== "internal") return "classification";
  if (data.consent === undefined || Date.parse(data.consent.granted_at) > Date.parse(time)) return "consent";
  const delayMs = Date.parse(recordedtime) - Date.parse(time);
  if (delayMs < -hourMs || delayMs > 180 * 24 * hourMs) return "clock";
  const counts = Object.values(data.counts ?? {});
  return counts.every((count) => typeof count === "number" && count >= 0) ? undefined : "malformed";
}

function countUsage(events: readonly TelemetryEvent[], { functions, units }: RecountInput): Map<string, UsageCount> {
  const usage = new Map<string, UsageCount>();
  for (const event of events) {
    const hint = event.data.course_hint?.trim().toUpperCase();
    const unit = hint === undefined ? "none" : units.includes(hint) ? hint : "other";
    for (const [name, calls, errors] of countsOf(event)) {
      const known = functions.has(name) ? name : "unknown";
      const key = [mondayOf(event.time), bindingOf(event), known, unit].join(" ");
      const row = usage.get(key) ?? { calls: 0, errors: 0, sessions: new Set(), installs: new Set() };
      usage.set(key, row);
      row.calls += calls;
      row.errors += errors;
      row.sessions.add(event.data.session_id);
      row.installs.add(event.subject);
    }
  }
  return usage;
}

function countAdoption(events: readonly TelemetryEvent[]): Map<string, AdoptionCount> {
  const runs = [...Map.groupBy(events, (event) => `${event.source} ${event.data.session_id}`).values()]
    .map((run) => run.toSorted((a, b) => Date.parse(a.time) - Date.parse(b.time)))
    .toSorted((a, b) => Date.parse(a[0]?.time ?? "") - Date.parse(b[0]?.time ?? ""));
  const adoption = new Map<string, AdoptionCount>();
  const known = new Set<string>();
  for (const run of runs) {
    const first = run[0];
    if (first === undefined) continue;
    const key = [mondayOf(first.time), first.data.sdk_version, bindingOf(first), first.data.os.family].join(" ");
    const row = adoption.get(key) ?? {
      sessions: new Set(),
      installs: new Set(),
      newInstalls: 0,
      crashed: 0,
      durations: [],
    };
    adoption.set(key, row);
    row.sessions.add(first.data.session_id);
    row.installs.add(first.subject);
    row.newInstalls += known.has(first.subject) ? 0 : 1;
    row.crashed += run.some((event) => event.type.endsWith(".crashed")) ? 1 : 0;
    const durations = run.flatMap((event) => event.data.duration_s ?? []);
    if (durations.length > 0) row.durations.push(Math.max(...durations));
    known.add(first.subject);
  }
  return adoption;
}

function rankGaps(events: readonly TelemetryEvent[], { functions, documented }: RecountInput): GapCount[] {
  const weeks = events.filter((event) => countsOf(event).length > 0).map((event) => mondayOf(event.time));
  const newest = Date.parse(weeks.toSorted().at(-1) ?? "");
  const oldest = new Date(newest - 51 * 7 * 24 * hourMs).toISOString().slice(0, 10);
  const gaps = new Map<string, UsageCount>();
  for (const event of events.filter(({ time }) => mondayOf(time) >= oldest)) {
    for (const [uniqueName, calls, errors] of countsOf(event)) {
      const name = functions.get(uniqueName);
      if (name === undefined || documented.has(name)) continue;
      const row = gaps.get(name) ?? { calls: 0, errors: 0, sessions: new Set(), installs: new Set() };
      gaps.set(name, row);
      row.calls += calls;
      row.errors += errors;
      row.sessions.add(event.data.session_id);
      row.installs.add(event.subject);
    }
  }
  return [...gaps]
    .map(([name, row]) => ({ name, sessions: row.sessions.size, installs: row.installs.size, calls: row.calls }))
    .toSorted(
      (a, b) => b.sessions - a.sessions || b.installs - a.installs || b.calls - a.calls || (a.name < b.name ? -1 : 1),
    );
}

/** Function, calls, errors. */
function countsOf({ data }: TelemetryEvent): [string, number, number][] {
  const names = new Set([...Object.keys(data.counts ?? {}), ...Object.keys(data.errors ?? {})]);
  return [...names].map((name) => [name, Number(data.counts?.[name] ?? 0), data.errors?.[name] ?? 0]);
}

function bindingOf({ source }: TelemetryEvent): string {
  return source.split("/").at(-1) ?? "";
}

function mondayOf(time: string): string {
  const day = new Date(`${time.slice(0, 10)}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
  return day.toISOString().slice(0, 10);
}
