import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { findMeshError } from "@thoth/kernel/error-chain";
import { qualifiedName, quoteLiteral } from "@thoth/warehouse/sql-text";
import { withoutSecrets } from "../airbyte-secrets.ts";
import type { Batch, ReadContext, Source, Stream } from "../connector.ts";
import { holdBackMisfits } from "../hold-back.ts";
import { insertRows } from "../land.ts";
import { prepareRawTable } from "../raw-table.ts";
import { checkSource } from "./check-source.ts";
import { describeCatalog } from "./describe-source.ts";
import { describe, failureLine } from "./failure-trace.ts";
import { messageLine, stateLine, statusLine } from "./protocol-message.ts";
import type { ChosenStream } from "./source-input.ts";
import { describeWireColumns, recordText, type WireColumn } from "./wire-column.ts";

export interface Speaking {
  /** Its engine is a scratch one: rows pass through it on their way out. */
  readonly context: ReadContext;
  /** JSON text of the configuration; its values never show. */
  readonly config: string;
  readonly clock: () => number;
}

/** What a source says, piece by piece as it is taken; lines end within pieces. @returns whether all went well */
export type Speech = AsyncGenerator<string | Buffer, boolean, void>;

export async function* speakCheck(source: Source, { context, config }: Speaking): Speech {
  try {
    await checkSource(source, context);
    yield messageLine({ type: "CONNECTION_STATUS", connectionStatus: { status: "SUCCEEDED" } });
  } catch (failure) {
    const expected = findMeshError(failure);
    if (expected === undefined) throw failure;
    const message = withoutSecrets(describe(expected), config);
    yield messageLine({ type: "CONNECTION_STATUS", connectionStatus: { status: "FAILED", message } });
  }
  return true;
}

export async function* speakDiscover(source: Source, { context }: Speaking): Speech {
  yield messageLine({ type: "CATALOG", catalog: { streams: await describeCatalog(source, context.engine) } });
  return true;
}

/**
 * Reads streams one after another. A state follows the records of its batch and no others; the next batch is asked for
 * when everything before has been taken. A stream that fails ends INCOMPLETE, and the others are read all the same.
 */
export async function* speakRead(streams: readonly ChosenStream[], speaking: Speaking): Speech {
  const { context, config, clock } = speaking;
  let complete = true;
  for (const { stream, checkpoint } of streams) {
    const { name } = stream;
    try {
      yield statusLine(name, "STARTED", clock());
      yield* speakStream(stream, { ...speaking, context: { ...context, checkpoint } });
      yield statusLine(name, "COMPLETE", clock());
    } catch (failure) {
      complete = false;
      if (!context.signal.aborted) yield failureLine(failure, { config, stream: name, now: clock() });
      yield statusLine(name, "INCOMPLETE", clock());
      context.signal.throwIfAborted();
    }
  }
  return complete;
}

async function* speakStream(stream: Stream, { context, clock }: Speaking): AsyncGenerator<string | Buffer, void, void> {
  const { engine, signal, checkpoint } = context;
  const columns = await describeWireColumns(engine, stream);
  await prepareRawTable(engine, stream, { drop: true });
  let states = 0;
  let running = false;
  for await (const batch of stream.read(context)) {
    signal.throwIfAborted();
    const { count, rejected } = await holdBatch(batch, stream, { context, now: clock() });
    if (rejected > 0) yield leftOutLine(stream.name, rejected);
    if (count > 0 && !running) yield statusLine(stream.name, "RUNNING", clock());
    running ||= count > 0;
    if (count > 0) yield* records(stream, columns, { context, now: clock() });
    yield stateLine(stream.name, batch.checkpoint, count);
    states += 1;
  }
  if (states === 0 && checkpoint !== undefined) yield stateLine(stream.name, checkpoint, 0);
}

interface Moment {
  readonly context: ReadContext;
  readonly now: number;
}

/**
 * Into the engine first: a value that does not fit ends the batch before any of it is told, unless the stream does without
 * a few such rows.
 */
function holdBatch(batch: Batch, stream: Stream, { context: { engine }, now }: Moment) {
  return engine.transaction(async () => {
    await prepareRawTable(engine, stream, { drop: true });
    const held = await holdBackMisfits(engine, stream, { batch, runId: "", now, full: true });
    const count = await insertRows(engine, stream, batch, { runId: "", now });
    return { count, rejected: held?.rejected ?? 0 };
  });
}

/** Whoever reads has no quarantine of ours, so they are told at least. */
function leftOutLine(stream: string, rejected: number): string {
  const message = `${rejected} rows of ${stream} hold values that do not fit and are left out`;
  return messageLine({ type: "LOG", log: { level: "WARN", message } });
}

/** The engine writes the lines; they wait on disk for a reader that is slow. */
async function* records(stream: Stream, columns: readonly WireColumn[], { context: { engine, signal }, now }: Moment) {
  const file = `${engine.file}.records`;
  const line = recordText(stream.name, columns, now);
  const form = "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01'";
  const rows = `SELECT ${line} FROM ${qualifiedName("raw", stream.name)}`;
  try {
    await engine.run(`COPY (${rows}) TO ${quoteLiteral(file)} (${form})`, [], { signal });
    for await (const piece of createReadStream(file, { highWaterMark: 256 * 1024, signal })) yield piece as Buffer;
  } finally {
    await rm(file, { force: true });
  }
}
