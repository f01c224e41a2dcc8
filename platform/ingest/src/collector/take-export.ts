import type { Collector } from "./collector.ts";
import { type LogEntry, logEntry } from "./event-log.ts";
import { inTurns } from "./in-turns.ts";
import type { Holding } from "./memory-budget.ts";
import type { OtlpPart } from "./otlp-part.ts";
import { otlpRecords } from "./otlp-records.ts";
import type { Signal } from "./otlp-signal.ts";

/** What became of the records of an export so far. */
export interface TakenSignals {
  /** Durable, or known already. */
  kept: number;
  rejected: number;
  /** Why the first of them was rejected. */
  reason?: string;
}

export interface Export {
  readonly signal: Signal;
  readonly request: OtlpPart;
  /** Of all its records, each with its resource and scope, as sent. */
  readonly bytes: number;
  readonly collector: Pick<Collector, "takeSignals">;
  readonly holding: Holding;
  /** Epoch ms. */
  readonly now: number;
}

/** Bytes of records that are made durable together, and what they take in memory by then: here, and for the disk. */
const portionBytes = 4 * 1024 ** 2;
const portionMemory = 5 * portionBytes;
/** How many times the bytes sent a record has in memory and on the disk. */
const largestGrowth = 16;

/**
 * Makes the records of an export durable, a portion at a time, so that what they become never lies in memory as a whole.
 * @throws MeshError as `Collector.takeSignals`; `taken` then says how many are durable all the same
 */
export async function takeExport(
  { signal, request, bytes, collector, holding, now }: Export,
  taken: TakenSignals,
): Promise<void> {
  const records = otlpRecords(signal, request, now);
  const memory = Math.min(portionMemory, largestGrowth * bytes);
  for (let isLast = false; !isLast; ) {
    holding.take(memory);
    const portion = await inTurns(nextPortion(records, taken));
    isLast = portion.isLast;
    await collector.takeSignals(signal, portion.entries);
    taken.kept += portion.entries.length;
    holding.giveBack(memory);
  }
}

interface Portion {
  readonly entries: readonly LogEntry[];
  readonly isLast: boolean;
}

/** Records, and bytes of them, between two turns. */
const atATime = { records: 200, bytes: 512 * 1024 };

function* nextPortion(records: ReturnType<typeof otlpRecords>, taken: TakenSignals): Generator<void, Portion, void> {
  const entries: LogEntry[] = [];
  let turn = { records: 0, bytes: 0 };
  for (let bytes = 0; bytes < portionBytes; ) {
    const step = records.next();
    if (step.done) return { entries, isLast: true };
    if ("record" in step.value) {
      const entry = logEntry(step.value.record);
      entries.push(entry);
      bytes += entry.line.length;
    } else {
      taken.rejected++;
      taken.reason ??= step.value.problem;
    }
    turn = { records: turn.records + 1, bytes: turn.bytes + step.value.bytes };
    if (turn.records < atATime.records && turn.bytes < atATime.bytes) continue;
    turn = { records: 0, bytes: 0 };
    yield;
  }
  return { entries, isLast: false };
}
