import { join } from "node:path";
import type { Clock } from "@thoth/kernel/clock";
import { readLanded } from "./landed-mark.ts";
import { RecentKeys, recentKey } from "./recent-keys.ts";
import { listSegments, readSegment, type Segment } from "./segment-folder.ts";
import { segmentLine } from "./segment-line.ts";
import { openSegmentWriter, type SegmentWriter } from "./segment-writer.ts";
import { removeLanded } from "./sweep-segments.ts";

/** One record to be kept; `source` and `id` name it. */
export interface LogRecord {
  readonly source: string;
  readonly id: string;
  readonly [field: string]: unknown;
}

/** A record as it goes to the disk. */
export interface LogEntry {
  readonly source: string;
  readonly id: string;
  /** The whole record, as `segmentLine` writes it. */
  readonly line: string;
}

export function logEntry(record: LogRecord): LogEntry {
  return { source: record.source, id: record.id, line: segmentLine(JSON.stringify(record)) };
}

/** What has come for one stream and has been made durable. */
export interface EventLog extends AsyncDisposable {
  /**
   * Resolves when all entries are durable.
   * @returns how many of them were there already
   * @throws like reading a file, when what came before could not be read; MeshError like `SegmentWriter.append`
   */
  keep(entries: readonly LogEntry[]): Promise<{ readonly duplicates: number }>;
  readonly waitingBytes: number;
  /** Removes what has been landed for longer than the retention. */
  sweep(): Promise<number>;
}

export interface EventLogOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** How long a segment stays after its records have landed, milliseconds. */
  readonly retentionMs: number;
  /** Nobody lands it: what has been written for long enough goes. */
  readonly neverLands?: boolean;
  /** How many of the events before are known again. */
  readonly remembered?: number;
  readonly segmentBytes?: number;
  readonly waitingBytes?: number;
}

const remembered = 100_000;

export async function openEventLog(options: EventLogOptions): Promise<EventLog> {
  const { folder, clock, segmentBytes, waitingBytes } = options;
  const before = await listSegments(folder);
  const writer = await openSegmentWriter({
    folder,
    clock,
    ...(segmentBytes !== undefined && { segmentBytes }),
    ...(waitingBytes !== undefined && { waitingBytes }),
  });
  return new SegmentLog(options, writer, remember(before, options.remembered ?? remembered));
}

/** Half a second for 100,000 events, which only the first of the new ones waits for. */
async function remember(segments: readonly Segment[], count: number): Promise<RecentKeys> {
  const recent = new RecentKeys(count);
  for (const key of await newestKeys(segments, count)) recent.add(key);
  return recent;
}

class SegmentLog implements EventLog {
  readonly #options: EventLogOptions;
  readonly #writer: SegmentWriter;
  readonly #recent: Promise<RecentKeys>;

  constructor(options: EventLogOptions, writer: SegmentWriter, recent: Promise<RecentKeys>) {
    this.#options = options;
    this.#writer = writer;
    this.#recent = recent;
    // Whoever keeps an event is told why that cannot be; until then nobody waits for it.
    recent.catch(() => undefined);
  }

  get waitingBytes(): number {
    return this.#writer.waitingBytes;
  }

  /** An event is known again once it is durable, never earlier: its copy may not be acknowledged before it. */
  async keep(entries: readonly LogEntry[]): Promise<{ duplicates: number }> {
    const recent = await this.#recent;
    const fresh = new Map<string, LogEntry>();
    for (const entry of entries) {
      const key = recentKey(entry.source, entry.id);
      if (!fresh.has(key) && !recent.has(key)) fresh.set(key, entry);
    }
    await this.#writer.append([...fresh.values()].map(({ line }) => line));
    for (const key of fresh.keys()) recent.add(key);
    return { duplicates: entries.length - fresh.size };
  }

  async sweep(): Promise<number> {
    const { folder, clock, retentionMs, neverLands } = this.#options;
    await this.#recent;
    const landed = neverLands ? Number.POSITIVE_INFINITY : await readLanded(folder);
    return landed === undefined ? 0 : removeLanded(folder, { landed, before: clock() - retentionMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#recent.catch(() => undefined);
    await this.#writer[Symbol.asyncDispose]();
  }
}

/** Of the newest records, oldest first, so that the newest are forgotten last. */
async function newestKeys(segments: readonly Segment[], count: number): Promise<string[]> {
  let keys: string[] = [];
  for (const segment of segments.toReversed()) {
    keys = [...(await keysOf(segment)), ...keys];
    if (keys.length >= count) break;
  }
  return keys.slice(-count);
}

async function keysOf(segment: Segment): Promise<string[]> {
  const keys: string[] = [];
  for await (const { lines } of readSegment(segment, 0)) {
    for (const line of lines.toString("utf8").split("\n")) {
      if (line === "") continue;
      const { source, id } = JSON.parse(line) as Pick<LogRecord, "source" | "id">;
      keys.push(recentKey(source, id));
    }
  }
  return keys;
}

/** Where the log of a domain's stream lies. */
export function logFolder(collectorDir: string, domain: string, stream: string): string {
  return join(collectorDir, domain, stream);
}
