import { open } from "node:fs/promises";
import { join } from "node:path";
import { qualifiedName, quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { Batch, Checkpoint, ReadContext, StreamColumn } from "../connector.ts";
import { explainReadFailure } from "../engine-failure.ts";
import { ingestError } from "../errors.ts";
import type { Misfits } from "../sifted-rows.ts";
import { openStaging, type Staging } from "../staged-rows.ts";
import { writeLanded } from "./landed-mark.ts";
import { type RefusedLine, readLines } from "./readable-lines.ts";
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
  /** Of `raw`; then only what was collected into it is left out, and not what it has from elsewhere. */
  readonly aside?: string;
  readonly columns: readonly StreamColumn[];
  readonly context: ReadContext;
  /** To which the position is added; what is durable is in the context. */
  readonly checkpoint: Checkpoint | undefined;
}

/** Rows of one batch at most, bytes of their segments. */
const batchBytes = 64 * 1024 ** 2;

/**
 * What the collector has made durable for a stream since the checkpoint, as batches for landing. A record that has landed
 * under the same source and id is left out; a line that the engine refuses is held back.
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
        yield* readPart(collected, { segment, part, staging });
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
  await using reading = readSegment(segment, from, signal);
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

interface PartToRead {
  readonly segment: Segment;
  readonly part: StagedPart;
  readonly staging: Staging;
}

async function* readPart(
  collected: Collected,
  { segment, part, staging }: PartToRead,
): AsyncGenerator<Batch, void, void> {
  const { name, columns, context } = collected;
  const { engine } = context;
  const table = `collected part of ${name}`;
  try {
    const refused = await readLines({ file: part.file, columns, table, engine, staging });
    yield describeBatch(collected, { segment, part, table, refused });
  } finally {
    await engine.run(`DROP TABLE IF EXISTS temp.main.${quoteIdentifier(table)}`);
  }
}

interface ReadPart {
  readonly segment: Segment;
  readonly part: StagedPart;
  /** Its lines, as far as the engine reads them. */
  readonly table: string;
  readonly refused: readonly RefusedLine[];
}

function describeBatch({ name, aside, columns, checkpoint }: Collected, read: ReadPart): Batch {
  const { segment, part, refused } = read;
  const position: LogPosition = { segment: segment.number, offset: part.end };
  const sql = selectNew(landedIn(name, aside), columns, read);
  return {
    data: {
      kind: "relation",
      sql,
      explain: explainReadFailure([]),
      ...(refused.length > 0 && { misfits: describeRefused(refused, sql, read) }),
    },
    replaces: "new",
    bytes: part.bytes,
    checkpoint: { ...checkpoint, collected: position },
  };
}

/** Most of a refused line that is kept, characters; all of it stays in its segment for a while. */
const longestKept = 10_000;

function describeRefused(refused: readonly RefusedLine[], sql: string, { segment, part }: ReadPart): Misfits {
  const source = quoteLiteral(sourceOf(segment.number));
  const rows = refused.map(({ line, offset, failure }) => {
    const text = line.toString("utf8", 0, longestKept).replaceAll("\0", "\uFFFD");
    const reason = `The line at byte ${part.end - part.bytes + offset} of ${segment.path} ${explainRefusal(failure)}`;
    return `SELECT json_object('line', ${quoteLiteral(text)}) AS "row", ['unreadable'] AS rules, [${quoteLiteral(reason)}] AS reasons, ${source} AS _source`;
  });
  return {
    sql: rows.join(" UNION ALL "),
    countSql: `SELECT count(*) + ${refused.length} AS count FROM (${sql})`,
    mostShare: 1,
    place: "file",
    comesAgain: true,
  };
}

/** The engine's own text quotes the line. */
function explainRefusal(failure: Error): string {
  const explained = explainReadFailure([])(failure);
  return explained !== failure && explained instanceof Error ? `is refused: ${explained.message}` : "cannot be read";
}

/** What a segment's rows carry in `_source`. */
export function sourceOf(number: number): string {
  return `collector/${number}`;
}

/** The records that a record must not be one of. */
function landedIn(stream: string, aside: string | undefined): string {
  if (aside === undefined) return qualifiedName("raw", stream);
  return `(FROM ${qualifiedName("raw", aside)} WHERE starts_with(_source, 'collector/'))`;
}

function selectNew(landed: string, columns: readonly StreamColumn[], { table, segment }: ReadPart): string {
  const items = columns.map(({ name }) => `came.${quoteIdentifier(name)}`).join(", ");
  return `SELECT ${items}, ${quoteLiteral(sourceOf(segment.number))} AS _source FROM temp.main.${quoteIdentifier(table)} AS came
WHERE NOT EXISTS (SELECT 1 FROM ${landed} AS landed WHERE landed.source = came.source AND landed.id = came.id)
QUALIFY row_number() OVER (PARTITION BY came.source, came.id ORDER BY came.recordedtime) = 1`;
}
