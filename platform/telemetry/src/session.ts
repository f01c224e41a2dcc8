import type { TelemetryEffects } from "./telemetry.ts";
import { largestPayload, sizeOf } from "./telemetry-event.ts";

/** What a session says about itself in each of its events. */
export interface SessionFacts {
  /** Types of its events begin so: `io.splashkit.session` gives `io.splashkit.session.started`. */
  readonly typePrefix: string;
  /** SDK version, binding, runtime, system: whatever the contract of the events declares. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** One run of a program. Calls are counted here and reported as sums, never one by one. */
export interface Session {
  count(name: string, by?: number): void;
  error(name: string): void;
  /** Reports what has been counted, if anything, before its time: the program may be gone soon. */
  flush(): void;
  /** Reports what has been counted since the last time, and that it is over. */
  end(how?: "ended" | "crashed"): void;
}

export interface SessionOptions extends SessionFacts {
  readonly installId: string;
  readonly effects: Pick<TelemetryEffects, "now" | "randomId" | "schedule">;
  readonly report: (type: string, data: Readonly<Record<string, unknown>>, sequence: number) => void;
}

const reportEveryMs = 5 * 60_000;

export function openSession(options: SessionOptions): Session {
  const { effects, typePrefix, facts, installId } = options;
  const startedAt = effects.now();
  const sessionId = effects.randomId();
  const shared = { schema_version: 1, session_id: sessionId, install_id: installId, ...facts };
  let counts = new Map<string, number>();
  let errors = new Map<string, number>();
  let sequence = 0;
  let over = false;
  const report = (kind: string, data: Readonly<Record<string, unknown>>) =>
    options.report(`${typePrefix}.${kind}`, { ...shared, ...data }, sequence++);
  const reportCounts = (kind: string) => {
    const duration = { duration_s: Math.round((effects.now() - startedAt) / 100) / 10 };
    const parts = splitCounts(counts, errors);
    counts = new Map();
    errors = new Map();
    for (const part of parts.slice(0, -1)) report("usage", { ...duration, ...part });
    report(kind, { ...duration, ...(parts.at(-1) ?? {}) });
  };
  let cancel = () => undefined as unknown;
  const flush = () => {
    if (!over && counts.size + errors.size > 0) reportCounts("usage");
  };
  const tick = () => {
    flush();
    cancel = effects.schedule(tick, reportEveryMs);
  };
  report("started", {});
  cancel = effects.schedule(tick, reportEveryMs);
  return {
    count: (name, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by),
    error: (name) => void errors.set(name, (errors.get(name) ?? 0) + 1),
    flush,
    end(how = "ended") {
      if (over) return;
      over = true;
      cancel();
      reportCounts(how);
    },
  };
}

type Tally = Record<string, number>;

/** So much of an event may be counts; the rest is for what it says about itself, and for its envelope. */
const countBytes = largestPayload / 2;

/** As many parts as are needed for each to fit into an event. */
function splitCounts(counts: ReadonlyMap<string, number>, errors: ReadonlyMap<string, number>) {
  const parts: { counts: Tally; errors: Tally }[] = [];
  let room = 0;
  const add = (kind: "counts" | "errors", name: string, number: number) => {
    const bytes = sizeOf(JSON.stringify({ [name]: number }));
    if (bytes > room || parts.length === 0) {
      parts.push({ counts: {}, errors: {} });
      room = countBytes;
    }
    room -= bytes;
    const part = parts.at(-1);
    if (part !== undefined) part[kind][name] = number;
  };
  for (const [name, number] of counts) add("counts", name, number);
  for (const [name, number] of errors) add("errors", name, number);
  return parts;
}
