import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { qualifiedName } from "@thoth/warehouse/sql-text";
import { type ColumnSpecs, type DeclaredColumn, declareColumns } from "./column-spec.ts";
import type { Batch, ReadContext, RelationData, SeenColumn, Stream } from "./connector.ts";
import type { BlockLimits, RowBlock } from "./database-block.ts";
import {
  type BoundCursor,
  bindCursor,
  type CursorOptions,
  type CursorUnit,
  notLandedYet,
  type Position,
  positionFirst,
  positionOf,
  readPosition,
  refuseNullCursor,
} from "./database-cursor.ts";
import { type DatabaseTable, requireColumns, type Selection, type TableName } from "./database-table.ts";
import { ingestError } from "./errors.ts";
import { eventTimePart } from "./event-time.ts";
import { deletedAt } from "./mark-deleted.ts";
import { keyedDigest, openStaging, type StagedRows, type Staging, stagedRelation } from "./staged-rows.ts";

/** How one table of a database server is read. */
export interface DatabaseTableOptions {
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
    check: (context) => checkTable(name, options, { declared, access, context }),
    async *read(context) {
      await using reader = await access.open(context);
      await using staging = await openStaging(context.engine, name);
      try {
        const table = await reader.describe({ stream: name, schema: access.schema, table: options.table ?? name });
        requireColumns(table, declared, name);
        const batchRows = access.batchRows ?? defaultBatchRows;
        const reading: Reading = { name, declared, table, reader, staging, context, batchRows };
        if (options.cursor === undefined || options.mode === "replace") yield* readWhole(reading);
        else yield* readChanges(reading, { cursor: options.cursor, marks });
      } catch (failure) {
        throw isMeshError(failure) && !context.signal.aborted ? failure : reader.explain(failure);
      }
    },
  };
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

interface Reading {
  readonly name: string;
  readonly declared: readonly DeclaredColumn[];
  readonly table: DatabaseTable;
  readonly reader: DatabaseReader;
  readonly staging: Staging;
  readonly context: ReadContext;
  readonly batchRows: number;
}

/** One batch, however large: it waits on disk. A table that has not changed since lands nothing. */
async function* readWhole(reading: Reading): AsyncGenerator<Batch, void, void> {
  const { table, declared, staging, context, reader } = reading;
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
  const { name, declared, table, reader, staging, context, batchRows } = reading;
  const bound = bindCursor(cursor, declared, { table, stream: name, unitOf: reader.unitOf });
  await requireCursorValues(reading, bound);
  const before = positionOf(context.checkpoint);
  let last = before;
  const columns = positionFirst(declared, bound);
  const where = before === undefined ? undefined : reader.after(bound, before);
  const skip = before === undefined ? undefined : notLandedYet(bound, qualifiedName("raw", name), before);
  const orderBy = [bound.cursor.from, bound.key.from];
  const selection = { columns, orderBy, ...(where === undefined ? {} : { where }) };
  const blocks = reader.blocks(table, selection, { blockRows: batchRows });
  for (;;) {
    const portion = { file: staging.nextFile(), rows: batchRows, bytes: batchBytes };
    const staged = await stage(blocks, portion);
    if (staged.lastRow === undefined) break;
    const files = { files: [portion.file], columns, place: table.place, written: staged.rows };
    const rows = { ...files, ...(skip === undefined ? {} : { where: skip }) };
    last = readPosition(staged.lastRow, bound);
    const relation = { ...stagedRelation(rows), seen: seenColumns(table) };
    const data = marks ? withoutMark(relation) : relation;
    yield { data, replaces: "new", bytes: staged.bytes, checkpoint: { ...last } };
    await rm(portion.file, { force: true });
  }
  if (marks && last !== undefined) yield await readKeys(reading, bound, last);
}

function withoutMark(data: RelationData): RelationData {
  return { ...data, sql: `SELECT *, NULL::${deletedAt.type} AS ${deletedAt.name} FROM (${data.sql})` };
}

/** No row, but what is missing: the keys of all rows, compared when the batch lands. */
async function readKeys(reading: Reading, { key }: BoundCursor, last: Position): Promise<Batch> {
  const { name, table, reader, staging } = reading;
  const portion = { file: staging.nextFile(), rows: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
  const blocks = reader.blocks(table, { columns: [key] }, { blockRows: Number.POSITIVE_INFINITY });
  const { bytes, rows: written } = await stage(blocks, portion);
  const keys = stagedRelation({ files: [portion.file], columns: [key], place: table.place, written });
  const data = { ...keys, handed: { rows: 0 }, sql: `SELECT * FROM ${qualifiedName("raw", name)} LIMIT 0` };
  return { data, replaces: "new", bytes, checkpoint: { ...last }, present: { column: key.name, keys } };
}

async function requireCursorValues({ name, table, reader }: Reading, bound: BoundCursor): Promise<void> {
  if (table.columns.get(bound.cursor.from)?.nullable === false) return;
  if (await reader.hasNull(table, bound.cursor.from)) throw refuseNullCursor(bound, { table, stream: name });
}

interface Portion {
  readonly file: string;
  readonly hash?: Hash;
  /** Where the portion ends, a block more or less. */
  readonly rows: number;
  readonly bytes: number;
}

interface Staged {
  readonly rows: number;
  readonly bytes: number;
  /** As the server wrote it; undefined when there was none. */
  readonly lastRow: string | undefined;
}

/** Writes blocks into a file until the portion is full or the table ends; the generator stays open for the next one. */
async function stage(blocks: AsyncGenerator<RowBlock, void, void>, portion: Portion): Promise<Staged> {
  await using file = await open(portion.file, "wx", 0o600);
  let rows = 0;
  let bytes = 0;
  let last: RowBlock | undefined;
  while (rows < portion.rows && bytes < portion.bytes) {
    const { value: block } = await blocks.next();
    if (!block) break;
    await writeAll(file, block.bytes);
    portion.hash?.update(block.bytes);
    rows += block.rows;
    bytes += block.bytes.length;
    last = block;
  }
  return { rows, bytes, lastRow: last?.bytes.toString("utf8", last.lastRow) };
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await file.write(bytes, written)).bytesWritten;
  }
}
