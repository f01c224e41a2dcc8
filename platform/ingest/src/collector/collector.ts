import type { Clock } from "@thoth/kernel/clock";
import type { CloudEvent, EventProblem, ParsedEvent } from "./cloud-event.ts";
import { collectorLock } from "./collector-lock.ts";
import { eventJson } from "./event-json.ts";
import { type EventLog, type EventLogOptions, type LogEntry, logEntry, logFolder, openEventLog } from "./event-log.ts";
import { eventRecord } from "./event-record.ts";
import { type IngestCount, IngestCounts } from "./ingest-counts.ts";
import type { EventIntake, IntakeStream, Intakes } from "./intake.ts";
import type { Signal } from "./otlp-signal.ts";
import { refusedRecord, refusedStream } from "./refused-record.ts";
import { segmentLine } from "./segment-line.ts";

/** What became of the events of one request. Their order is that of the request. */
export interface TakenEvents {
  readonly accepted: number;
  readonly duplicates: number;
  readonly refused: readonly RefusedEvent[];
}

export interface RefusedEvent extends EventProblem {
  /** Position in the request, from 0. */
  readonly index: number;
}

export interface TakeOptions {
  /** May this sender speak for that source? */
  readonly maySend: (source: string) => boolean;
  /** Whether refused events are kept, because nobody reads the answer to a batch one by one. */
  readonly keepRefused: boolean;
}

export interface CollectorHealth {
  readonly ok: boolean;
  /** Bytes that wait for the disk. */
  readonly waitingBytes: number;
  /** Why what came last could not be kept; absent when it could. */
  readonly problem?: string;
}

/** Takes events in and makes them durable, for domains to land later. */
export interface Collector extends AsyncDisposable {
  /** @throws MeshError like `SegmentWriter.append`; the sender then sends all of it again, and what was kept is a duplicate */
  takeEvents(events: readonly ParsedEvent[], options: TakeOptions): Promise<TakenEvents>;
  /** @throws MeshError like `takeEvents` */
  takeSignals(signal: Signal, entries: readonly LogEntry[]): Promise<void>;
  takes(signal: Signal): boolean;
  /** How many events and records came to which end, since the start. */
  counts(): readonly IngestCount[];
  count(place: string, outcome: IngestCount["outcome"], number: number): void;
  health(): CollectorHealth;
}

export interface CollectorOptions extends Pick<EventLogOptions, "segmentBytes" | "waitingBytes" | "remembered"> {
  /** Absolute folder that holds everything collected. */
  readonly dir: string;
  readonly intakes: Intakes;
  readonly clock: Clock;
  readonly pid: number;
  /** How long what has landed, or was refused, stays; milliseconds; a week unless given. */
  readonly retentionMs?: number;
  /** Epoch ms between removals of what has stayed long enough. */
  readonly sweepEveryMs?: number;
}

const weekMs = 7 * 24 * 3_600_000;

/** @throws MeshError `ingest/collector-in-use`, `ingest/segment-damaged` */
export async function openCollector(options: CollectorOptions): Promise<Collector> {
  await using opening = new AsyncDisposableStack();
  opening.use(collectorLock(options.dir, { now: options.clock(), pid: options.pid }));
  const { events, signals } = options.intakes;
  const logs = new Map<string, EventLog>();
  const open = async (place: IntakeStream, neverLands: boolean) => {
    const folder = logFolder(options.dir, place.domain, place.stream);
    if (logs.has(folder)) return;
    logs.set(folder, opening.use(await openEventLog({ retentionMs: weekMs, ...options, folder, neverLands })));
  };
  const places: readonly IntakeStream[] = [...events.values(), ...signals.values()];
  for (const place of places) await open(place, false);
  for (const domain of ["", ...places.map((place) => place.domain)])
    await open(refusedStream({ domain, stream: "" }), true);
  const sweep = () => Promise.all([...logs.values()].map((log) => log.sweep()));
  // It waits until what came before is known again, which nobody who serves has to.
  const first = sweep().then(
    () => undefined,
    () => undefined,
  );
  opening.defer(() => first);
  const timer = setInterval(() => void sweep().catch(() => undefined), options.sweepEveryMs ?? 600_000).unref();
  opening.defer(() => clearInterval(timer));
  return new OpenCollector(options, logs, opening.move());
}

class OpenCollector implements Collector {
  readonly #options: CollectorOptions;
  readonly #logs: ReadonlyMap<string, EventLog>;
  readonly #resources: AsyncDisposableStack;
  readonly #counts = new IngestCounts();
  #problem: string | undefined;

  constructor(options: CollectorOptions, logs: ReadonlyMap<string, EventLog>, resources: AsyncDisposableStack) {
    this.#options = options;
    this.#logs = logs;
    this.#resources = resources;
  }

  async takeEvents(events: readonly ParsedEvent[], options: TakeOptions): Promise<TakenEvents> {
    const verdicts = events.map((parsed) => this.#judge(parsed, options));
    const refused = verdicts.flatMap((verdict, index) => ("problem" in verdict ? [{ ...verdict.problem, index }] : []));
    const fit = verdicts.filter((verdict) => !("problem" in verdict)) as Fit[];
    const duplicates = await this.#keepAll(fit);
    if (options.keepRefused) await this.#keepRefused(verdicts);
    for (const verdict of verdicts)
      if ("problem" in verdict) this.count(placeOf(verdict.place), verdict.problem.code, 1);
    return { accepted: fit.length - duplicates, duplicates, refused };
  }

  async takeSignals(signal: Signal, entries: readonly LogEntry[]): Promise<void> {
    const place = this.#options.intakes.signals.get(signal);
    if (place === undefined) throw new Error(`nobody takes ${signal}`);
    await this.#keep(place, entries);
  }

  takes(signal: Signal): boolean {
    return this.#options.intakes.signals.has(signal);
  }

  counts(): readonly IngestCount[] {
    return this.#counts.list();
  }

  count(place: string, outcome: IngestCount["outcome"], number: number): void {
    this.#counts.add(place, outcome, number);
  }

  health(): CollectorHealth {
    const waitingBytes = [...this.#logs.values()].reduce((sum, log) => sum + log.waitingBytes, 0);
    const problem = this.#problem;
    return { ok: problem === undefined, waitingBytes, ...(problem !== undefined && { problem }) };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }

  #judge(parsed: ParsedEvent, { maySend }: TakeOptions): Verdict {
    if ("problem" in parsed) return { problem: parsed.problem };
    const { event } = parsed;
    const intake = this.#options.intakes.events.get(event.type);
    if (intake === undefined) return { problem: unknownType(event), event };
    const problem = maySend(event.source) ? intake.contract.judge(event) : notAllowed(event);
    if (problem !== undefined) return { problem, event, place: intake };
    const record = eventRecord(event, this.#options.clock());
    const written = eventJson(record);
    if ("problem" in written) return { ...written, event, place: intake };
    const { source, id } = record;
    return { entry: { source, id, line: segmentLine(written.json) }, place: intake };
  }

  async #keepAll(fit: readonly Fit[]): Promise<number> {
    const groups = Map.groupBy(fit, ({ place }) => placeOf(place));
    const kept = [...groups.values()].map((group) =>
      this.#keep(
        (group[0] as Fit).place,
        group.map(({ entry }) => entry),
      ),
    );
    return (await Promise.all(kept)).reduce((sum, duplicates) => sum + duplicates, 0);
  }

  async #keep(place: IntakeStream, entries: readonly LogEntry[]): Promise<number> {
    const name = placeOf(place);
    try {
      const { duplicates } = await this.#log(place).keep(entries);
      this.#problem = undefined;
      this.count(name, "accepted", entries.length - duplicates);
      this.count(name, "duplicate", duplicates);
      return duplicates;
    } catch (failure) {
      this.#problem = (failure as Error).message;
      this.count(name, "not-kept", entries.length);
      throw failure;
    }
  }

  async #keepRefused(verdicts: readonly Verdict[]): Promise<void> {
    const now = this.#options.clock();
    const records = Map.groupBy(
      verdicts.filter((verdict) => "problem" in verdict),
      ({ place }) => (place === undefined ? "" : place.domain),
    );
    for (const [domain, refused] of records) {
      const kept = refused.map((verdict) => refusedRecord(verdict, now)).filter((record) => record !== undefined);
      await this.#log(refusedStream({ domain, stream: "" })).keep(kept.map(logEntry));
    }
  }

  #log({ domain, stream }: IntakeStream): EventLog {
    const log = this.#logs.get(logFolder(this.#options.dir, domain, stream));
    if (log === undefined) throw new Error(`there is no log for ${domain}/${stream}`);
    return log;
  }
}

interface Fit {
  readonly entry: LogEntry;
  readonly place: EventIntake;
}

interface Refused {
  readonly problem: EventProblem;
  readonly event?: CloudEvent;
  readonly place?: EventIntake;
}

type Verdict = Fit | Refused;

function placeOf(place: IntakeStream | undefined): string {
  return place === undefined ? "unknown" : `${place.domain}/${place.stream}`;
}

function unknownType({ type }: CloudEvent): EventProblem {
  return { code: "unknown-type", message: `No domain takes events of the type ${JSON.stringify(type)}`, path: "type" };
}

function notAllowed({ source }: CloudEvent): EventProblem {
  const message = `This key may not send for the source ${JSON.stringify(source)}`;
  return { code: "source-not-allowed", message, path: "source" };
}
