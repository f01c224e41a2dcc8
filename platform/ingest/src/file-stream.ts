import type { Batch, ReadContext, RelationData, Stream, StreamColumn } from "./connector.ts";
import { filesAddress } from "./dataset-address.ts";
import { eventTimePart } from "./event-time.ts";
import { type FileSet, fileCheckpoint, findFiles, type SourceFile } from "./file-set.ts";
import type { MaxRejectedShare } from "./max-rejected-share.ts";

export interface FileStreamOptions extends MaxRejectedShare {
  /** Lands in `raw.<name>`. */
  readonly name: string;
  /** Glob under the sources folder: `ontrack/db/tasks.csv`, `splashkit/events/**` + `/*.ndjson`. */
  readonly files: string;
  /**
   * `append` (default): each file adds its rows once; a file that changed replaces its own rows.
   * `replace`: the files together are the whole stream, so a file that changed or is gone reloads everything, and rows
   * that are gone from the source are gone here too.
   */
  readonly mode?: "append" | "replace";
  readonly eventTime?: string;
}

/** Describes, for one format, the SELECT over some files. */
export type FileReader = (files: readonly SourceFile[], context: ReadContext) => Promise<RelationData>;

const filesPerBatch = 256;
const bytesPerBatch = 256 * 1024 * 1024;

/** The part that all file formats share: which files, in which portions, with which checkpoint. */
export function fileStream(options: FileStreamOptions, columns: readonly StreamColumn[], read: FileReader): Stream {
  const { name, eventTime } = options;
  return {
    name,
    columns,
    ...eventTimePart(name, eventTime, columns),
    mode: options.mode ?? "append",
    keepsHistory: options.mode !== "replace",
    address: async ({ sources }) => filesAddress(options.files, sources),
    async *read(context) {
      const set = await findFiles(options.files, name, context);
      if (options.mode !== "replace") yield* appendBatches(set, read, context);
      else if (set.changed.length + set.gone.length > 0) yield await wholeBatch(set, read, context);
    },
  };
}

async function wholeBatch(set: FileSet, read: FileReader, context: ReadContext): Promise<Batch> {
  return {
    data: await read(set.all, context),
    replaces: "all",
    bytes: totalBytes(set.all),
    checkpoint: fileCheckpoint(undefined, set.all),
  };
}

async function* appendBatches(set: FileSet, read: FileReader, context: ReadContext): AsyncGenerator<Batch, void, void> {
  let checkpoint = context.checkpoint;
  for (const files of portions(set.changed)) {
    context.signal.throwIfAborted();
    checkpoint = fileCheckpoint(checkpoint, files);
    const known = files.map((file) => file.name).filter((file) => set.known.includes(file));
    yield {
      data: await read(files, context),
      replaces: known.length === 0 ? "new" : { sources: known },
      bytes: totalBytes(files),
      checkpoint,
    };
  }
}

function* portions(files: readonly SourceFile[]): Generator<SourceFile[], void, void> {
  let portion: SourceFile[] = [];
  for (const file of files) {
    if (
      portion.length > 0 &&
      (portion.length >= filesPerBatch || totalBytes(portion) + file.sizeBytes > bytesPerBatch)
    ) {
      yield portion;
      portion = [];
    }
    portion.push(file);
  }
  if (portion.length > 0) yield portion;
}

function totalBytes(files: readonly SourceFile[]): number {
  return files.reduce((sum, file) => sum + file.sizeBytes, 0);
}
