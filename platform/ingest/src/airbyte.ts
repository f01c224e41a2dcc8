import { configureStream } from "./airbyte-catalog.ts";
import { type AirbyteReading, readChanges, readWhole } from "./airbyte-read.ts";
import { retryTransient } from "./airbyte-retry.ts";
import { Said } from "./airbyte-said.ts";
import { checkConfig } from "./airbyte-spec.ts";
import { checkConnection } from "./airbyte-verb.ts";
import { type ColumnSpecs, declareColumns } from "./column-spec.ts";
import type { Batch, Source, Stream } from "./connector.ts";
import { eventTimePart } from "./event-time.ts";
import type { MaxRejectedShare } from "./max-rejected-share.ts";
import { readSecret, type SecretSetting, secretsPart } from "./secret-setting.ts";
import { SeenKeys } from "./seen-keys.ts";
import { openStaging } from "./staged-rows.ts";

export interface AirbyteStreamOptions extends MaxRejectedShare {
  /** The source's own name of it; the stream's name unless given. */
  readonly stream?: string;
  /** `from` is a key of a record or, with a leading slash, a JSON pointer into it. */
  readonly columns: ColumnSpecs;
  /** `append` reads incrementally from the source's last state; `replace` reads everything every time. */
  readonly mode: "append" | "replace";
  /** For sources that let the reader choose. */
  readonly cursorField?: readonly string[];
  readonly primaryKey?: readonly (readonly string[])[];
  readonly eventTime?: string;
}

export interface AirbyteOptions {
  readonly name?: string;
  readonly description?: string;
  /** An executable that speaks the protocol; a relative path counts from the root of the repository. */
  readonly command: string;
  readonly args?: readonly string[];
  /** The source's configuration as JSON text. It reaches the process in a file that only its owner can read. */
  readonly config: SecretSetting;
  /** Environment variables that the process may see besides `PATH`, `HOME`, `LANG` and `TZ`. */
  readonly env?: readonly string[];
  readonly streams: Readonly<Record<string, AirbyteStreamOptions>>;
  /** Records that become durable together at least, where the source's states allow; 20,000 unless given. */
  readonly batchRows?: number;
  /** Longest silence, ms; an hour unless given. */
  readonly silenceMs?: number;
  /** Gets output that is no record. The last lines, without the values of `config`, are in the log of a run that fails. */
  readonly onLog?: (line: string) => void;
  /** How often a read that the source calls a transient failure is taken up again from its last state; twice unless given. */
  readonly retries?: number;
  /** Wait before the first retry, ms; it doubles. A second unless given. */
  readonly retryDelayMs?: number;
}

/**
 * A local executable that speaks the Airbyte protocol as a source. Every stream is read by a process of its own. A
 * state is kept with the rows before it, in one transaction, and only when the source's count of them is ours.
 */
export function airbyteSource(options: AirbyteOptions): Source {
  const { name = "airbyte", description = "A source that speaks the Airbyte protocol." } = options;
  const streams = Object.entries(options.streams).map(([stream, own]) => airbyteStream(stream, own, options));
  return { name, kind: "airbyte", description, ...secretsPart(options.config), streams };
}

const defaultBatchRows = 20_000;
const defaultSilenceMs = 3_600_000;
const defaultRetries = 2;
const defaultRetryDelayMs = 1000;
const passedVariables = ["PATH", "HOME", "LANG", "TZ"];

function airbyteStream(name: string, own: AirbyteStreamOptions, options: AirbyteOptions): Stream {
  const columns = declareColumns(own.columns);
  return {
    name,
    columns,
    ...eventTimePart(name, own.eventTime, columns),
    mode: own.mode,
    ...(own.primaryKey === undefined ? {} : { key: own.primaryKey.map((path) => path.join(".")) }),
    async check(context) {
      await using staging = await openStaging(context.engine, name);
      const reading = await describeReading(name, { own, options, columns, staging, context });
      await checkConfig(reading);
      await checkConnection(reading);
      await configureStream(reading, own);
    },
    async *read(context) {
      await using staging = await openStaging(context.engine, name);
      const reading = await describeReading(name, { own, options, columns, staging, context });
      try {
        yield* readStream(reading, { own, options });
      } catch (failure) {
        if (!context.signal.aborted) for (const line of reading.said.lines) await context.log?.("warning", line);
        throw failure;
      }
    },
  };
}

async function* readStream(
  reading: AirbyteReading,
  { own, options }: Pick<ReadingParts, "own" | "options">,
): AsyncGenerator<Batch, void, void> {
  const { context } = reading;
  if (context.checkpoint === undefined) {
    await checkConfig(reading);
    await checkConnection(reading);
  }
  const { catalog, ...known } = await configureStream(reading, own);
  const { retries = defaultRetries, retryDelayMs = defaultRetryDelayMs } = options;
  yield* retryTransient(context, { retries, retryDelayMs }, (again) =>
    own.mode === "replace"
      ? readWhole({ ...reading, ...known, context: again }, catalog)
      : readChanges({ ...reading, ...known, context: again }, catalog),
  );
}

interface ReadingParts extends Pick<AirbyteReading, "columns" | "staging" | "context"> {
  readonly own: AirbyteStreamOptions;
  readonly options: AirbyteOptions;
}

async function describeReading(name: string, parts: ReadingParts): Promise<AirbyteReading> {
  const { own, options, columns, staging, context } = parts;
  const { command, args = [], silenceMs = defaultSilenceMs, onLog = () => undefined } = options;
  const { root: cwd, signal } = context;
  const remote = own.stream ?? name;
  const config = await readSecret(options.config, context.env);
  return {
    process: { command, args, cwd, env: environment(options.env ?? []), silenceMs, onLog, signal },
    config,
    said: new Said(config),
    remote,
    place: `${command} ${remote}`,
    columns,
    staging,
    context,
    batchRows: options.batchRows ?? defaultBatchRows,
    maxRejectedShare: own.maxRejectedShare,
    keys: new SeenKeys(columns.map(({ from }) => from)),
  };
}

/** The mesh's own secrets are none of the source's business. */
function environment(more: readonly string[]): Record<string, string> {
  const names = [...passedVariables, ...more];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
