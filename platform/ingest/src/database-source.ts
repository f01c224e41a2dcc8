import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import { type ColumnSpecs, type DeclaredColumn, declareColumns } from "./column-spec.ts";
import type { Batch, EventTimeRange, PartReading, ReadContext, SeenColumn, Stream } from "./connector.ts";
import type { BlockLimits, RowBlock } from "./database-block.ts";
import {
  type BoundCursor,
  bindCursor,
  type CursorOptions,
  type CursorUnit,
  notReadBefore,
  type Position,
  positionFirst,
  positionOf,
  readPosition,
  refuseNullCursor,
} from "./database-cursor.ts";
import { readKeys } from "./database-keys.ts";
import { type DatabaseTable, requireColumns, type Selection, type TableName } from "./database-table.ts";
import { ingestError } from "./errors.ts";
import { eventTimePart } from "./event-time.ts";
import { fittingPosition, isFitting } from "./fitting-position.ts";
import { deletedAt, withoutMark } from "./mark-deleted.ts";
import type { MaxRejectedShare } from "./max-rejected-share.ts";
import { sqlTime, withMargin } from "./part-margin.ts";
import { type Staged, stage } from "./staged-portion.ts";
import { keyedDigest, openStaging, type StagedRows, type Staging, stagedRelation } from "./staged-rows.ts";
import { isTime } from "./time-ahead.ts";

/** How one table of a database server is read. */
export interface DatabaseTableOptions extends MaxRejectedShare {
  /** The stream's name unless given. */
  readonly table?: string;
  /** Nothing else is selected, so the user needs no permission for more. */
  readonly columns: ColumnSpecs;
  /**
   * `append`: each run adds the rows that changed, found by the cursor; a changed row lands again, and `clean/` keeps the newest.
   * `replace`: each run reads the whole table in one piece, so rows that are gone there are gone here.
   */
  readonly mode: "append" | "replace";
  /** Needed for `append`. */
  readonly cursor?: CursorOptions;
  /**
   * `mark`, for `append`: each run also reads the cursor's key of every row, in the same moment, and `_deleted_at` of the
   * raw table tells when a key was first missed; null while it is there.
   */
  readonly deletes?: "mark";
  readonly eventTime?: string;
}

/** One moment of a database; what differs from server to server. */
export interface DatabaseReader extends AsyncDisposable {
  describe(name: TableName): Promise<DatabaseTable>;
  /** While nobody asks for the next block, the server waits. */
  blocks(table: DatabaseTable, selection: Selection, limits: BlockLimits): AsyncGenerator<RowBlock, void, void>;
  hasNull(table: DatabaseTable, column: string): Promise<boolean>;
  unitOf(serverType: string): CursorUnit;
  /** Which rows are still to be read, in the server's SQL. */
  after(bound: BoundCursor, position: Position): string;
  /** The rows of some keys, in the server's SQL. */
  among(bound: BoundCursor, keys: readonly string[]): string;
  /** Turns a failure of the driver or the server into one of ours. */
  explain(failure: unknown): unknown;
}

export interface DatabaseAccess {
  readonly schema: string | undefined;
  readonly batchRows: number | undefined;
  open(context: Pick<ReadContext, "signal" | "env">): Promise<DatabaseReader>;
}

const defaultBatchRows = 200_000;
const batchBytes = 64 * 1024 * 1024;

/** @throws MeshError `ingest/unfit-cursor`, `ingest/unknown-event-time` */
export function databaseStream(name: string, options: DatabaseTableOptions, access: DatabaseAccess): Stream {
  const declared = declareColumns(options.columns);
  if (options.mode === "append" && options.cursor === undefined) {
    throw ingestError["unfit-cursor"]({ stream: name, column: "(no cursor)", problem: "mode `append` needs one" });
  }
  const marks = options.deletes === "mark";
  if (marks && options.mode === "replace") {
    const problem = "mode `replace` follows deletions by itself, so `deletes` has no place there";
    throw ingestError["unfit-cursor"]({ stream: name, column: "(deletes)", problem });
  }
  return {
    name,
    columns: marks ? [...declared, deletedAt] : declared,
    ...eventTimePart(name, options.eventTime, declared),
    mode: options.mode,
    ...(options.cursor === undefined ? {} : { key: [options.cursor.key] }),
    ...partsOf(name, options, { declared, access }),
    check: (context) => checkTable(name, options, { declared, access, context }),
    read: (context) =>
      readTable(name, options, { declared, access, context }, (reading) =>
        options.cursor === undefined || options.mode === "replace"
          ? readWhole(reading)
          : readChanges(reading, { cursor: options.cursor, marks }),
      ),
  };
}

async function* readTable(
  name: string,
  options: DatabaseTableOptions,
  { declared, access, context }: Checking,
  read: (reading: Reading) => AsyncGenerator<Batch, void, void>,
): AsyncGenerator<Batch, void, void> {
  await using reader = await access.open(context);
  await using staging = await openStaging(context.engine, name);
  try {
    const table = await reader.describe({ stream: name, schema: access.schema, table: options.table ?? name });
    requireColumns(table, declared, name);
    const batchRows = access.batchRows ?? defaultBatchRows;
    const { maxRejectedShare } = options;
    yield* read({ name, declared, table, reader, staging, context, batchRows, maxRejectedShare });
  } catch (failure) {
    throw isMeshError(failure) && !context.signal.aborted ? failure : reader.explain(failure);
  }
}

/** A table whose changes are found by a cursor can be read again by the times of its rows. */
function partsOf(
  name: string,
  options: DatabaseTableOptions,
  { declared, access }: Omit<Checking, "context">,
): Pick<Stream, "parts" | "unparted"> {
  const { cursor, mode, eventTime, deletes } = options;
  if (cursor === undefined || mode === "replace") return {};
  const declaredAs = (from: string) => declared.find((column) => column.from === from);
  const [version, key] = [declaredAs(cursor.column), declaredAs(cursor.key)];
  const by = eventTime === undefined ? version : declared.find((column) => column.name === eventTime);
  if (version === undefined || key === undefined || by === undefined || !/^(TIMESTAMP|DATE)/i.test(by.type))
    return { unparted: "has neither an event time (eventTime) nor a cursor that is a time" };
  const part: PartOptions = { cursor, by, marks: deletes === "mark" };
  const read: PartReading["read"] = (context, range) =>
    readTable(name, options, { declared, access, context }, (reading) => readPart(reading, range, part));
  return { parts: { by: by.name, key: key.name, version: version.name, read } };
}

interface PartOptions {
  readonly cursor: CursorOptions;
  readonly by: DeclaredColumn;
  readonly marks: boolean;
}

/** The rows of a range and the keys of all rows, at one moment. */
async function* readPart(
  reading: Reading,
  range: EventTimeRange,
  { cursor, by, marks }: PartOptions,
): AsyncGenerator<Batch, void, void> {
  const { name, declared: columns, table, reader, staging, batchRows, maxRejectedShare } = reading;
  const bound = bindCursor(cursor, columns, { table, stream: name, unitOf: reader.unitOf });
  const { from, until } = withMargin(range);
  const at = quoteIdentifier(by.from);
  const where = `${at} >= TIMESTAMP '${sqlTime(from)}' AND ${at} < TIMESTAMP '${sqlTime(until)}'`;
  const blocks = reader.blocks(table, { columns, where }, { blockRows: batchRows });
  for (;;) {
    const portion = { file: staging.nextFile(), rows: batchRows, bytes: batchBytes };
    const { rows: written, bytes, broken } = await stage(blocks, portion);
    if (written === 0 && broken === undefined) break;
    const staged = { files: [portion.file], columns, place: table.place, written, broken, maxRejectedShare };
    const data = marks ? withoutMark(stagedRelation(staged)) : stagedRelation(staged);
    yield { data, replaces: "new", bytes, checkpoint: {} };
    await rm(portion.file, { force: true });
  }
  yield* readKeys(reading, bound, {});
}

interface Checking {
  readonly declared: readonly DeclaredColumn[];
  readonly access: DatabaseAccess;
  readonly context: ReadContext;
}

async function checkTable(name: string, options: DatabaseTableOptions, checking: Checking): Promise<void> {
  const { declared, access, context } = checking;
  await using reader = await access.open(context);
  try {
    const table = await reader.describe({ stream: name, schema: access.schema, table: options.table ?? name });
    requireColumns(table, declared, name);
    if (options.cursor !== undefined && options.mode === "append")
      bindCursor(options.cursor, declared, { table, stream: name, unitOf: reader.unitOf });
  } catch (failure) {
    throw isMeshError(failure) && !context.signal.aborted ? failure : reader.explain(failure);
  }
}

/** A table while it is read. */
export interface Reading {
  readonly name: string;
  readonly declared: readonly DeclaredColumn[];
  readonly table: DatabaseTable;
  readonly reader: DatabaseReader;
  readonly staging: Staging;
  readonly context: ReadContext;
  readonly batchRows: number;
  readonly maxRejectedShare: number | undefined;
}

/** One batch, however large: it waits on disk. A table that has not changed since lands nothing. */
async function* readWhole(reading: Reading): AsyncGenerator<Batch, void, void> {
  const { table, declared, staging, context, reader, maxRejectedShare } = reading;
  const hash = createHash("sha256");
  const portion = { file: staging.nextFile(), hash, rows: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
  const blocks = reader.blocks(table, { columns: declared }, { blockRows: Number.POSITIVE_INFINITY });
  const staged = await stage(blocks, portion);
  const content = await keyedDigest(context.engine, declared, hash);
  if (content === context.checkpoint?.content) return;
  const rows: StagedRows = {
    files: [portion.file],
    columns: declared,
    place: table.place,
    written: staged.rows,
    broken: staged.broken,
    maxRejectedShare,
  };
  const data = { ...stagedRelation(rows), seen: seenColumns(table) };
  yield { data, replaces: "all", bytes: staged.bytes, checkpoint: { content } };
}

function seenColumns({ columns }: DatabaseTable): SeenColumn[] {
  return [...columns].map(([name, { type }]) => ({ name, type }));
}

interface ChangeOptions {
  readonly cursor: CursorOptions;
  readonly marks: boolean;
}

async function* readChanges(reading: Reading, { cursor, marks }: ChangeOptions): AsyncGenerator<Batch, void, void> {
  const { name, declared, table, reader, staging, context, batchRows, maxRejectedShare } = reading;
  const bound = bindCursor(cursor, declared, { table, stream: name, unitOf: reader.unitOf });
  await requireCursorValues(reading, bound);
  const before = await startOf(bound, context);
  let last = before;
  const columns = positionFirst(declared, bound);
  const where = before === undefined ? undefined : reader.after(bound, before);
  const skip =
    context.checkpoint === undefined
      ? undefined
      : notReadBefore(bound, declared, { rawTable: qualifiedName("raw", name), before });
  const orderBy = [bound.cursor.from, bound.key.from];
  const selection = { columns, orderBy, ...(where === undefined ? {} : { where }) };
  const blocks = reader.blocks(table, selection, { blockRows: batchRows });
  for (;;) {
    const portion = { file: staging.nextFile(), rows: batchRows, bytes: batchBytes };
    const staged = await stage(blocks, portion);
    if (staged.rows === 0 && staged.broken === undefined) break;
    const files = { files: [portion.file], columns, place: table.place, written: staged.rows, maxRejectedShare };
    const rows = { ...files, broken: staged.broken, ...(skip === undefined ? {} : { where: skip }) };
    last = (await endOf(staged, { bound, files, reading })) ?? last;
    const relation = { ...stagedRelation(rows), seen: seenColumns(table) };
    const data = marks ? withoutMark(relation) : relation;
    yield { data, replaces: "new", bytes: staged.bytes, checkpoint: { ...last } };
    await rm(portion.file, { force: true });
  }
  if (marks && (last ?? context.checkpoint) !== undefined) yield* readKeys(reading, bound, { ...last });
}

/** A checkpoint from before times in the future were passed over may be one: then everything is read again, once. */
async function startOf(bound: BoundCursor, { engine, checkpoint, now }: ReadContext): Promise<Position | undefined> {
  const position = positionOf(checkpoint);
  if (position === undefined || !isTime(bound.cursor.type)) return position;
  return (await isFitting(engine, bound, { position, now })) ? position : undefined;
}

interface Ending {
  readonly bound: BoundCursor;
  readonly files: StagedRows;
  readonly reading: Reading;
}

/** Where the next run goes on; undefined when it goes on where this one began. */
async function endOf({ lastRow }: Staged, { bound, files, reading }: Ending): Promise<Position | undefined> {
  if (lastRow === undefined) return undefined;
  const last = readPosition(lastRow, bound);
  if (reading.maxRejectedShare === undefined && !isTime(bound.cursor.type)) return last;
  const { engine, now } = reading.context;
  return fittingPosition(engine, bound, { ...files, last, now });
}

async function requireCursorValues({ name, table, reader }: Reading, bound: BoundCursor): Promise<void> {
  if (table.columns.get(bound.cursor.from)?.nullable === false) return;
  if (await reader.hasNull(table, bound.cursor.from)) throw refuseNullCursor(bound, { table, stream: name });
}
