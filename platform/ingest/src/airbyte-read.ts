import type { AirbyteMessage } from "./airbyte-message.ts";
import { type AirbyteAsking, askAirbyte } from "./airbyte-verb.ts";
import type { DeclaredColumn } from "./column-spec.ts";
import type { Batch, ReadContext, SeenColumn } from "./connector.ts";
import { ingestError } from "./errors.ts";
import { findValue, jsonField } from "./exact-json.ts";
import type { SeenKeys } from "./seen-keys.ts";
import { createStagedFile, isBroken, type StagedFile } from "./staged-file.ts";
import { type BrokenRows, isBytes, keyedDigest, stagedRelation } from "./staged-rows.ts";

export interface AirbyteReading extends AirbyteAsking {
  /** Name of the stream at the source. */
  readonly remote: string;
  readonly columns: readonly DeclaredColumn[];
  readonly context: ReadContext;
  readonly batchRows: number;
  readonly maxRejectedShare?: number | undefined;
  /** Fields whose texts are bytes in base 64; elsewhere bytes are hexadecimal. */
  readonly base64?: ReadonlySet<string>;
  /** Gets the keys of all records. */
  readonly keys: SeenKeys;
  /** All fields of the stream, as the source's catalog has them. */
  readonly seen?: readonly SeenColumn[];
}

/** The whole stream as one batch; nothing when it has not changed. */
export async function* readWhole(reading: AirbyteReading, catalog: unknown): AsyncGenerator<Batch, void, void> {
  const { columns, context, staging, place, maxRejectedShare } = reading;
  const records = new Records(reading, await createStagedFile(staging.nextFile()));
  const ending = new StreamEnding(reading);
  try {
    for await (const message of askAirbyte(reading, "read", { catalog })) {
      ending.take(message);
      await records.take(message);
    }
    ending.requireComplete();
  } finally {
    await records.close();
  }
  const content = await keyedDigest(context.engine, columns, records.file.hash);
  if (content === context.checkpoint?.content) return;
  const { path, rows: written, broken } = records.file;
  const data = stagedRelation({ files: [path], columns, place, written, broken, maxRejectedShare });
  yield {
    data: { ...data, seen: seenIn(reading) },
    replaces: "all",
    bytes: records.file.bytes,
    checkpoint: { content },
  };
}

/** Rows up to one state of the source. */
interface Section {
  readonly file: StagedFile;
  readonly state: string;
}

/**
 * Batches end where the source tells a state. When it fails, the rows before its last state land before the failure is
 * told, and those after it do not: the source sends them again.
 */
export async function* readChanges(reading: AirbyteReading, catalog: unknown): AsyncGenerator<Batch, void, void> {
  const { context, batchRows } = reading;
  const before = typeof context.checkpoint?.state === "string" ? context.checkpoint.state : undefined;
  const sections = readSections(reading, { catalog, state: before });
  let held: Section[] = [];
  let failure: unknown;
  try {
    for (let next = await sections.next(); !next.done; next = await sections.next().catch(failed)) {
      held.push(next.value);
      if (rowsOf(held) < batchRows) continue;
      yield batchOf(held, reading);
      held = [];
    }
  } finally {
    await sections.return();
  }
  context.signal.throwIfAborted();
  if (rowsOf(held) > 0 || (held.length > 0 && held.at(-1)?.state !== before)) yield batchOf(held, reading);
  if (failure !== undefined) throw failure;

  function failed(error: unknown): IteratorReturnResult<void> {
    failure = error;
    return { done: true, value: undefined };
  }
}

async function* readSections(
  reading: AirbyteReading,
  input: { readonly catalog: unknown; readonly state: string | undefined },
): AsyncGenerator<Section, void, void> {
  const open = async () => new Records(reading, await createStagedFile(reading.staging.nextFile()));
  let records = await open();
  let state = input.state;
  const ending = new StreamEnding(reading);
  try {
    for await (const message of askAirbyte(reading, "read", input)) {
      ending.take(message);
      await records.take(message);
      if (message.kind !== "state" || (message.stream ?? reading.remote) !== reading.remote) continue;
      records.requireCount(message.state.recordCount);
      state = JSON.stringify(message.state.message);
      await records.close();
      yield { file: records.file, state };
      records = await open();
    }
    ending.requireComplete();
  } finally {
    await records.close();
  }
  if (records.file.rows === 0 && records.file.broken === undefined) return;
  if (state === undefined) throw incomplete(reading, "it sent records and no state; use mode `replace`");
  yield { file: records.file, state };
}

function rowsOf(sections: readonly Section[]): number {
  return sections.reduce((sum, { file }) => sum + file.rows + (file.broken?.rows ?? 0), 0);
}

function brokenOf(sections: readonly Section[]): BrokenRows | undefined {
  const all = sections.flatMap(({ file }) => file.broken ?? []);
  if (all.length === 0) return undefined;
  return { files: all.flatMap(({ files }) => files), rows: all.reduce((sum, { rows }) => sum + rows, 0) };
}

/** What the catalog promises, and what records have besides. */
function seenIn({ seen = [], keys }: AirbyteReading): SeenColumn[] {
  return [...seen, ...keys.columns.filter(({ name }) => !seen.some((field) => field.name === name))];
}

function batchOf(sections: readonly Section[], reading: AirbyteReading): Batch {
  const { columns, place, maxRejectedShare } = reading;
  const relation = stagedRelation({
    files: sections.map(({ file }) => file.path),
    columns,
    place,
    written: sections.reduce((sum, { file }) => sum + file.rows, 0),
    broken: brokenOf(sections),
    maxRejectedShare,
  });
  const bytes = sections.reduce((sum, { file }) => sum + file.bytes, 0);
  return {
    data: { ...relation, seen: seenIn(reading) },
    replaces: "new",
    bytes,
    checkpoint: { state: sections.at(-1)?.state },
  };
}

function incomplete({ place, said }: AirbyteReading, reason: string): Error {
  return ingestError["source-incomplete"]({ source: place, reason: `${reason}${said.end}` }, { at: { path: place } });
}

/**
 * Whether a stream was sent to its end. A source that tells how its streams stand says so at the end of each; one that
 * never does, as those of `faros-airbyte-cdk`, has nothing but the code with which it exits.
 */
class StreamEnding {
  readonly #reading: AirbyteReading;
  #tells = false;
  #complete = false;

  constructor(reading: AirbyteReading) {
    this.#reading = reading;
  }

  take(message: AirbyteMessage): void {
    if (message.kind !== "status") return;
    this.#tells = true;
    if (message.stream === this.#reading.remote) this.#complete = message.status === "COMPLETE";
  }

  /** @throws MeshError `ingest/source-incomplete` */
  requireComplete(): void {
    if (this.#tells && !this.#complete) throw incomplete(this.#reading, "it ended without the status COMPLETE");
  }
}

const rowsPerWrite = 1000;

/** Records of one stream on their way into a file. */
class Records {
  readonly file: StagedFile;
  readonly #reading: AirbyteReading;
  #waiting: (string | null)[][] = [];
  #broken: (string | null)[][] = [];
  #count = 0;

  constructor(reading: AirbyteReading, file: StagedFile) {
    this.#reading = reading;
    this.file = file;
  }

  async take(message: AirbyteMessage): Promise<void> {
    const { remote, columns, keys, place } = this.#reading;
    if (message.kind !== "record" || message.stream !== remote) return;
    this.#count++;
    keys.add(message.data, place);
    const row = columns.map((column) => this.#field(column, message.data));
    (message.isUtf8 || !isBroken(row) ? this.#waiting : this.#broken).push(row);
    if (this.#waiting.length + this.#broken.length >= rowsPerWrite) await this.#write();
  }

  async close(): Promise<void> {
    await this.#write();
    await this.file[Symbol.asyncDispose]();
  }

  /** @throws MeshError `ingest/source-count`: rows were lost or doubled on the way */
  requireCount(told: number | undefined): void {
    if (told === undefined || told === this.#count) return;
    const { place } = this.#reading;
    throw ingestError["source-count"]({ source: place, counted: this.#count, told }, { at: { path: place } });
  }

  #field(column: DeclaredColumn, data: unknown): string | null {
    const text = jsonField(findValue(data, column.from), column);
    if (text === null || !isBytes(column) || this.#reading.base64?.has(column.from) !== true) return text;
    return Buffer.from(text, "base64").toString("hex");
  }

  async #write(): Promise<void> {
    const [rows, broken] = [this.#waiting, this.#broken];
    [this.#waiting, this.#broken] = [[], []];
    await this.file.write({ rows, broken });
  }
}
