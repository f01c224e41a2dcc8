import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import { type ColumnSpecs, type DeclaredColumn, declareColumns } from "./column-spec.ts";
import type { Batch, ReadContext, Source, Stream } from "./connector.ts";
import { ingestError } from "./errors.ts";
import { eventTimePart } from "./event-time.ts";
import { openSession, type PostgresSession } from "./postgres-connection.ts";
import { type CopyBlock, copyOut } from "./postgres-copy.ts";
import {
  afterPosition,
  type BoundCursor,
  bindCursor,
  type CursorOptions,
  notLandedYet,
  positionFirst,
  positionOf,
  readPosition,
  refuseNullCursor,
} from "./postgres-cursor.ts";
import { copyStatement, describeTable, type PostgresTable, requireColumns } from "./postgres-table.ts";
import type { SecretSetting } from "./secret-setting.ts";
import { keyedDigest, openStaging, type StagedRows, type Staging, stagedRelation } from "./staged-rows.ts";

export interface PostgresTableOptions {
  /** The stream's name unless given. */
  readonly table?: string;
  /** `public` unless given. */
  readonly schema?: string;
  /** Nothing else is selected, so the user needs no permission for more. */
  readonly columns: ColumnSpecs;
  /**
   * `append`: each run adds the rows that changed, found by the cursor; a changed row lands again, and `clean/` keeps the newest.
   * `replace`: each run reads the whole table in one piece, so rows that are gone there are gone here.
   */
  readonly mode: "append" | "replace";
  /** Needed for `append`. */
  readonly cursor?: CursorOptions;
  readonly eventTime?: string;
}

export interface PostgresOptions {
  readonly name?: string;
  readonly description?: string;
  /** `postgres://user:password@host:5432/database`. Never shown in errors, logs or checkpoints. */
  readonly connection: SecretSetting;
  /** By the name of the stream. */
  readonly tables: Readonly<Record<string, PostgresTableOptions>>;
  /** Rows that become durable together; 200,000 unless given. */
  readonly batchRows?: number;
  /** Longest statement, ms; an hour unless given. */
  readonly statementTimeoutMs?: number;
}

/**
 * Tables of a Postgres server as a source. Every stream is read in one read-only transaction with `COPY`, so all its
 * rows belong to one moment; the server waits while a batch lands.
 */
export function postgresTables(options: PostgresOptions): Source {
  const { name = "postgres", description = "Tables of a Postgres database.", tables } = options;
  const streams = Object.entries(tables).map(([stream, table]) => tableStream(stream, table, options));
  return { name, kind: "postgres", description, streams };
}

const defaultBatchRows = 200_000;
const batchBytes = 64 * 1024 * 1024;
const defaultStatementTimeoutMs = 3_600_000;

function tableStream(name: string, options: PostgresTableOptions, source: PostgresOptions): Stream {
  const declared = declareColumns(options.columns);
  if (options.mode === "append" && options.cursor === undefined) {
    throw ingestError["unfit-cursor"]({ stream: name, column: "(no cursor)", problem: "mode `append` needs one" });
  }
  return {
    name,
    columns: declared,
    ...eventTimePart(name, options.eventTime, declared),
    async *read(context) {
      const statementTimeoutMs = source.statementTimeoutMs ?? defaultStatementTimeoutMs;
      await using session = await openSession(source.connection, { statementTimeoutMs, signal: context.signal });
      await using staging = await openStaging(context.engine, name);
      try {
        const { schema = "public", table: tableName = name } = options;
        const table = await describeTable(session, { stream: name, schema, table: tableName });
        requireColumns(table, declared, name);
        const batchRows = source.batchRows ?? defaultBatchRows;
        const reading: Reading = { name, declared, table, session, staging, context, batchRows };
        if (options.cursor === undefined || options.mode === "replace") yield* readWhole(reading);
        else yield* readChanges(reading, options.cursor);
      } catch (failure) {
        throw session.explain(failure);
      }
    },
  };
}

interface Reading {
  readonly name: string;
  readonly declared: readonly DeclaredColumn[];
  readonly table: PostgresTable;
  readonly session: PostgresSession;
  readonly staging: Staging;
  readonly context: ReadContext;
  readonly batchRows: number;
}

/** One batch, however large: it waits on disk. A table that has not changed since lands nothing. */
async function* readWhole(reading: Reading): AsyncGenerator<Batch, void, void> {
  const { table, declared, staging, context } = reading;
  const hash = createHash("sha256");
  const portion = { file: staging.nextFile(), hash, rows: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
  const blocks = copyOut(reading.session.client, copyStatement(table, { columns: declared }), {
    blockRows: Number.POSITIVE_INFINITY,
  });
  const staged = await stage(blocks, portion);
  const content = await keyedDigest(context.engine, declared, hash);
  if (content === context.checkpoint?.content) return;
  const rows: StagedRows = { files: [portion.file], columns: declared, place: table.place };
  yield { data: stagedRelation(rows), replaces: "all", bytes: staged.bytes, checkpoint: { content } };
}

async function* readChanges(reading: Reading, options: CursorOptions): AsyncGenerator<Batch, void, void> {
  const { name, declared, table, session, staging, context, batchRows } = reading;
  const bound = bindCursor(options, declared, { table, stream: name });
  await requireCursorValues(reading, bound);
  const before = positionOf(context.checkpoint);
  const columns = positionFirst(declared, bound);
  const where = before === undefined ? undefined : afterPosition(bound, before);
  const skip = before === undefined ? undefined : notLandedYet(bound, qualifiedName("raw", name), before);
  const orderBy = [bound.cursor.from, bound.key.from];
  const statement = copyStatement(table, { columns, orderBy, ...(where === undefined ? {} : { where }) });
  const blocks = copyOut(session.client, statement, { blockRows: batchRows });
  for (;;) {
    const portion = { file: staging.nextFile(), rows: batchRows, bytes: batchBytes };
    const staged = await stage(blocks, portion);
    if (staged.lastRow === undefined) return;
    const rows = { files: [portion.file], columns, place: table.place, ...(skip === undefined ? {} : { where: skip }) };
    const checkpoint = { ...readPosition(staged.lastRow, bound) };
    yield { data: stagedRelation(rows), replaces: "new", bytes: staged.bytes, checkpoint };
    await rm(portion.file, { force: true });
  }
}

async function requireCursorValues({ name, table, session }: Reading, bound: BoundCursor): Promise<void> {
  if (table.columns.get(bound.cursor.from)?.nullable === false) return;
  const from = qualifiedName(table.schema, table.name);
  const nulls = `SELECT 1 FROM ${from} WHERE ${quoteIdentifier(bound.cursor.from)} IS NULL LIMIT 1`;
  const { rowCount } = await session.client.query(nulls);
  if (rowCount !== 0) throw refuseNullCursor(bound, { table, stream: name });
}

interface Portion {
  readonly file: string;
  readonly hash?: Hash;
  /** Where the portion ends, a block more or less. */
  readonly rows: number;
  readonly bytes: number;
}

interface Staged {
  readonly bytes: number;
  /** As the server wrote it; undefined when there was none. */
  readonly lastRow: string | undefined;
}

/** Writes blocks into a file until the portion is full or the table ends; the generator stays open for the next one. */
async function stage(blocks: AsyncGenerator<CopyBlock, void, void>, portion: Portion): Promise<Staged> {
  await using file = await open(portion.file, "wx", 0o600);
  let rows = 0;
  let bytes = 0;
  let last: CopyBlock | undefined;
  while (rows < portion.rows && bytes < portion.bytes) {
    const { value: block } = await blocks.next();
    if (!block) break;
    await writeAll(file, block.bytes);
    portion.hash?.update(block.bytes);
    rows += block.rows;
    bytes += block.bytes.length;
    last = block;
  }
  return { bytes, lastRow: last?.bytes.toString("utf8", last.lastRow) };
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await file.write(bytes, written)).bytesWritten;
  }
}
