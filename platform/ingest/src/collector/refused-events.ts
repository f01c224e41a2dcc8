import { readdir } from "node:fs/promises";
import { logFolder } from "./event-log.ts";
import { refusedStream } from "./refused-record.ts";
import { listSegments, readSegment } from "./segment-folder.ts";

/** An event of a batch that was not taken, as much of it as may be kept. */
export interface RefusedEvent {
  /** Null when no domain takes its type. */
  readonly domain: string | null;
  /** When it was refused, ISO 8601. */
  readonly refusedAt: string;
  /** `contract`, `unknown-type`, … */
  readonly code: string;
  readonly message: string;
  /** Where in the event: `data.counts`. */
  readonly path: string | null;
  /** Its id, source and type; the whole of it when a contract says what it may hold. */
  readonly event: Readonly<Record<string, unknown>>;
}

/**
 * What the collector has refused of batches and still keeps, newest first. A running collector may write meanwhile.
 * @param options.domain only of this one
 */
export async function readRefused(
  collectorDir: string,
  { domain, limit }: { readonly domain?: string | undefined; readonly limit: number },
): Promise<RefusedEvent[]> {
  const domains = domain === undefined ? ["", ...(await foldersIn(collectorDir))] : [domain];
  const found = await Promise.all(domains.map((name) => newestOf(collectorDir, name, limit)));
  const newestFirst = found.flat().sort((a, b) => compareTimes(b.refusedAt, a.refusedAt));
  return newestFirst.slice(0, limit);
}

async function newestOf(collectorDir: string, domain: string, limit: number): Promise<RefusedEvent[]> {
  const { stream } = refusedStream({ domain, stream: "" });
  const segments = await listSegments(logFolder(collectorDir, domain, stream));
  let events: RefusedEvent[] = [];
  for (const segment of segments.toReversed()) {
    const lines: string[] = [];
    for await (const part of readSegment(segment, 0)) lines.push(...part.lines.toString("utf8").trimEnd().split("\n"));
    events = [...lines.slice(-limit).map((line) => readLine(line, domain)), ...events];
    if (events.length >= limit) break;
  }
  return events;
}

function readLine(line: string, domain: string): RefusedEvent {
  const { refusedtime, code, message, path = null, event } = JSON.parse(line);
  return { domain: domain === "" ? null : domain, refusedAt: refusedtime, code, message, path, event };
}

/** Of one length and zone, so their texts sort as they do. */
function compareTimes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    return names.filter((name) => name !== "refused" && name !== "lock");
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw failure;
  }
}
