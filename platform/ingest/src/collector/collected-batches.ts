import { open } from "node:fs/promises";
import { join } from "node:path";
import { qualifiedName, quoteIdentifier, quoteList, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { Batch, Checkpoint, ReadContext, StreamColumn } from "../connector.ts";
import { explainReadFailure } from "../engine-failure.ts";
import { ingestError } from "../errors.ts";
import { openStaging, type Staging } from "../staged-rows.ts";
import { writeLanded } from "./landed-mark.ts";
import { listSegments, readSegment, type Segment } from "./segment-folder.ts";

/** How far a log has landed: everything before this offset of this segment. */
export interface LogPosition {
  readonly segment: number;
  /** Bytes. */
  readonly offset: number;
}

export interface Collected {
  /** Of the stream. */
  readonly name: string;
  readonly columns: readonly StreamColumn[];
  readonly context: ReadContext;
  /** To which the position is added; what is durable is in the context. */
  readonly checkpoint: Checkpoint | undefined;
}

/** Rows of one batch at most, bytes of their segments. */
const batchBytes = 64 * 1024 ** 2;

/**
 * What the collector has made durable for a stream since the checkpoint, as batches for landing. A record that has landed
 * under the same source and id is left out.
 * @throws MeshError `ingest/segment-damaged`
 */
export async function* readCollected(collected: Collected): AsyncGenerator<Batch, void, void> {
  const { name, context } = collected;
  if (context.collectedDir === undefined) return;
  const folder = join(context.collectedDir, name);
  const segments = await listSegments(folder);
  const newest = segments.at(-1);
  const oldest = segments[0];
  if (newest === undefined || oldest === undefined) return;
  const durable = positionIn(context.checkpoint, newest);
  if (durable !== undefined) await writeLanded(folder, durable.segment);
  await using staging = await openStaging(context.engine, `${name} collected`);
  const start = durable ?? { segment: oldest.number, offset: 0 };
  for (const segment of segments.filter(({ number }) => number >= start.segment)) {
    const from = segment.number === start.segment ? start.offset : 0;
    try {
      for await (const part of stageSegment(segment, { from, staging, signal: context.signal }))
        yield describeBatch(collected, segment, part);
    } catch (failure) {
      // Removed in the meantime, which happens only to what has landed.
      if ((failure as NodeJS.ErrnoException).code !== "ENOENT") throw failure;
    }
  }
}

/** A position behind everything there is belongs to a log that is gone; what lands twice is left out anyhow. */
function positionIn(checkpoint: Checkpoint | undefined, newest: Segment): LogPosition | undefined {
  const position = checkpoint?.collected as LogPosition | undefined;
  return position === undefined || position.segment > newest.number ? undefined : position;
}

interface StagedPart {
  readonly file: string;
  readonly bytes: number;
  /** Offset in the segment behind it. */
  readonly end: number;
}

/** Copies whole lines into files for the engine, which would also read what is still being written. */
async function* stageSegment(
  segment: Segment,
  { from, staging, signal }: { readonly from: number; readonly staging: Staging; readonly signal: AbortSignal },
): AsyncGenerator<StagedPart, void, void> {
  const reading = readSegment(segment, from, signal);
  for (let done = false; !done; ) {
    const file = staging.nextFile();
    let bytes = 0;
    let end = from;
    {
      await using staged = await open(file, "wx", 0o600);
      while (bytes < batchBytes) {
        const step = await reading.next();
        if (step.done) {
          if (step.value.kind === "damaged") throw damaged(segment, step.value.bytes);
          done = true;
          break;
        }
        await staged.appendFile(step.value.lines);
        bytes += step.value.lines.length;
        end = step.value.end;
      }
    }
    if (bytes > 0) yield { file, bytes, end };
  }
}

function damaged({ path }: Segment, offset: number): Error {
  return ingestError["segment-damaged"]({ file: path, offset }, { at: { file: path } });
}

function describeBatch({ name, columns, checkpoint }: Collected, segment: Segment, part: StagedPart): Batch {
  const position: LogPosition = { segment: segment.number, offset: part.end };
  return {
    data: {
      kind: "relation",
      sql: selectNew(name, columns, { file: part.file, segment }),
      explain: explainReadFailure([]),
    },
    replaces: "new",
    bytes: part.bytes,
    checkpoint: { ...checkpoint, collected: position },
  };
}

/** What a segment's rows carry in `_source`. */
export function sourceOf(number: number): string {
  return `collector/${number}`;
}

function selectNew(
  stream: string,
  columns: readonly StreamColumn[],
  { file, segment }: { readonly file: string; readonly segment: Segment },
): string {
  const types = columns.map(({ name, type }) => `${quoteLiteral(name)}: ${quoteLiteral(type)}`);
  const items = columns.map(({ name }) => `came.${quoteIdentifier(name)}`).join(", ");
  const read = `read_json(${quoteList([file])}, format = 'newline_delimited', columns = {${types.join(", ")}})`;
  return `SELECT ${items}, ${quoteLiteral(sourceOf(segment.number))} AS _source FROM ${read} AS came
WHERE NOT EXISTS (SELECT 1 FROM ${qualifiedName("raw", stream)} AS landed WHERE landed.source = came.source AND landed.id = came.id)
QUALIFY row_number() OVER (PARTITION BY came.source, came.id ORDER BY came.recordedtime) = 1`;
}
