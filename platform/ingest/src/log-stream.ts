import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isMeshError, MeshError } from "@thoth/kernel/mesh-error";
import type { Batch, ReadContext, RelationData, Stream, StreamColumn } from "./connector.ts";
import { filesAddress } from "./dataset-address.ts";
import { eventTimePart } from "./event-time.ts";
import { findFiles, type SourceFile } from "./file-set.ts";
import type { FileStreamOptions } from "./file-stream.ts";
import { type LogFile, openLog } from "./log-file.ts";
import { openLogMarks } from "./log-position.ts";
import { LogPositions } from "./log-positions.ts";
import { openStaging, type Staging } from "./staged-rows.ts";

export interface LogOptions extends Pick<FileStreamOptions, "name" | "files"> {
  readonly eventTime?: string;
  /** How much of logs lands together at most; 256 MiB unless given. */
  readonly bytesPerBatch?: number;
}

/** Describes the SELECT over some files of whole lines. */
export type LogReader = (files: readonly SourceFile[]) => RelationData;

const filesPerBatch = 256;
const defaultBytesPerBatch = 256 * 1024 * 1024;
/** A longer one is refused, bytes. */
export const longestLine = 4 * 1024 * 1024;

/**
 * Files that only grow, until rotation gives their name to another one. What has landed stays, whatever becomes of its file;
 * a log that grew is read on from where it ended, under whichever name.
 */
export function logStream(options: LogOptions, columns: readonly StreamColumn[], read: LogReader): Stream {
  const { name, eventTime, files, bytesPerBatch = defaultBytesPerBatch } = options;
  return {
    name,
    columns,
    ...eventTimePart(name, eventTime, columns),
    mode: "append",
    unparted: "is a log, of which the source may hold the newest lines only",
    address: async ({ sources }) => filesAddress(files, sources),
    async check(context) {
      await findFiles(files, name, context);
    },
    async *read(context) {
      const { all } = await findFiles(files, name, context);
      const positions = new LogPositions(context.checkpoint, await openLogMarks(context.engine));
      const changed = all.filter((file) => !positions.isAsBefore(file, context.now));
      await using staging = await openStaging(context.engine, name);
      await leaveOthers(positions, { all, changed, staging, now: context.now });
      yield* readOn(changed, { positions, staging, read, context, bytesPerBatch });
    },
  };
}

interface FoundLogs {
  readonly all: readonly SourceFile[];
  /** Those of which more may have to be read. */
  readonly changed: readonly SourceFile[];
  readonly staging: Staging;
  /** Epoch ms. */
  readonly now: number;
}

/** Before any log is placed: the one that it was may lie behind a name that comes later. */
async function leaveOthers(positions: LogPositions, { all, changed, staging, now }: FoundLogs): Promise<void> {
  const there = new Set(all.map(({ name }) => name));
  positions.leave(positions.names.filter((name) => !there.has(name)));
  const known = new Set(positions.names);
  for (const file of changed.filter(({ name }) => known.has(name))) {
    await using log = await openLog(file, { unpacked: () => staging.nextFile(), now });
    if (!(await positions.isSame(log))) positions.leave([file.name]);
  }
}

interface Reading {
  readonly positions: LogPositions;
  readonly staging: Staging;
  readonly read: LogReader;
  readonly context: ReadContext;
  readonly bytesPerBatch: number;
}

async function* readOn(changed: readonly SourceFile[], reading: Reading): AsyncGenerator<Batch, void, void> {
  const { positions, staging, context, bytesPerBatch } = reading;
  let portion = new Portion(staging.nextFile(), bytesPerBatch);
  for (const file of changed) {
    await using log = await openLog(file, { unpacked: () => staging.nextFile(), now: context.now });
    const start = await positions.startOf(log);
    if (start.again) portion.again.push(file.name);
    let { offset } = start;
    for (;;) {
      context.signal.throwIfAborted();
      offset = await portion.take(log, offset);
      await positions.note(log, offset, { toItsEnd: !portion.isFull });
      if (!portion.isFull) break;
      yield* landed(portion, reading);
      portion = new Portion(staging.nextFile(), bytesPerBatch);
    }
  }
  if (changed.length > 0) yield* landed(portion, reading);
}

async function* landed(portion: Portion, { positions, read }: Reading): AsyncGenerator<Batch, void, void> {
  const { files, again, bytes } = portion;
  const data = files.length > 0 ? placed(read(files), portion) : ({ kind: "rows", source: "", rows: [] } as const);
  yield { data, replaces: again.length === 0 ? "new" : { sources: again }, bytes, checkpoint: positions.checkpoint };
  await rm(portion.folder, { recursive: true, force: true });
}

/** Failures name the log itself, and a line where the line of what is staged is that of the log. */
function placed(data: RelationData, portion: Portion): RelationData {
  const explain = (failure: unknown) => {
    const explained = data.explain(failure);
    if (!isMeshError(explained)) return explained;
    const source = portion.sourceOf(explained.at?.file);
    if (source === undefined) return explained;
    const at = { file: source.path, ...(source.from === 0 && explained.at?.line && { line: explained.at.line }) };
    return new MeshError(explained.code, { message: explained.message, hint: explained.hint }, { at });
  };
  return { ...data, explain };
}

/** What lands together, staged under the names of its files. */
class Portion {
  readonly folder: string;
  /** Staged. */
  readonly files: SourceFile[] = [];
  readonly again: string[] = [];
  readonly #sources = new Map<string, { readonly path: string; readonly from: number }>();

  readonly #mostBytes: number;

  constructor(folder: string, mostBytes: number) {
    this.folder = folder;
    this.#mostBytes = mostBytes;
  }

  get bytes(): number {
    return this.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  get isFull(): boolean {
    return this.files.length >= filesPerBatch || this.bytes > this.#mostBytes - longestLine;
  }

  /** Stages the whole lines of a log from an offset on, as far as there is room. @returns the offset behind them */
  async take(log: LogFile, from: number): Promise<number> {
    const { file } = log;
    const path = this.#pathOf(file.name);
    const until = await log.copyLines(path, from, this.#mostBytes - this.bytes);
    if (until === from) return from;
    this.files.push({ ...file, path, sizeBytes: until - from });
    this.#sources.set(path, { path: file.path, from });
    return until;
  }

  sourceOf(staged: string | undefined): { readonly path: string; readonly from: number } | undefined {
    return staged === undefined ? undefined : this.#sources.get(staged);
  }

  /** As long as the name, of which `_source` is made, and within the folder. */
  #pathOf(name: string): string {
    return join(
      this.folder,
      name.replaceAll(/(?<=^|\/)\.\.?(?=\/|$)/g, (dots) => "_".repeat(dots.length)),
    );
  }
}
