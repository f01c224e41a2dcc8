import { readFile } from "node:fs/promises";
import type { Checkpoint, Source, Stream, Variables } from "../connector.ts";
import { ingestError } from "../errors.ts";

/** What `--config` says. */
export interface SourceConfig {
  /** JSON text, for hiding its values. */
  readonly text: string;
  /** Absolute or relative to the working directory; undefined leaves it as the mesh has it. */
  readonly sourcesDir: string | undefined;
  /** Secrets by the name of their variable. */
  readonly secrets: Variables;
}

/** One stream to be read, and from where on. */
export interface ChosenStream {
  readonly stream: Stream;
  /** Undefined: from the beginning. */
  readonly checkpoint: Checkpoint | undefined;
}

/** @throws MeshError `ingest/invalid-config` */
export async function readConfig(file: string | undefined, source: Source): Promise<SourceConfig> {
  if (file === undefined) return { text: "{}", sourcesDir: undefined, secrets: {} };
  const { text, value } = await readJson(file, (problem) => refuseConfig(source, file, problem));
  if (!isObject(value)) throw refuseConfig(source, file, "it is not a JSON object");
  const { sources_dir: sourcesDir } = value;
  const names = source.secrets ?? [];
  const wrong = ["sources_dir", ...names].find((name) => name in value && typeof value[name] !== "string");
  if (wrong !== undefined) throw refuseConfig(source, file, `${wrong} must be string`);
  const secrets = names.flatMap((name) => (typeof value[name] === "string" ? [[name, value[name]] as const] : []));
  return {
    text,
    sourcesDir: typeof sourcesDir === "string" ? sourcesDir : undefined,
    secrets: Object.fromEntries(secrets),
  };
}

/**
 * The streams of a configured catalog in its order; all streams when there is no catalog.
 * @param files of `--catalog` and `--state`
 * @throws MeshError `ingest/invalid-catalog`
 */
export async function chooseStreams(
  source: Source,
  files: { readonly catalog: string | undefined; readonly state: string | undefined },
): Promise<ChosenStream[]> {
  const states = await readStates(files.state);
  const wanted = await readCatalog(files.catalog, source);
  return wanted.map(({ stream, incremental }) => ({
    stream,
    checkpoint: incremental ? states.get(stream.name) : undefined,
  }));
}

async function readCatalog(file: string | undefined, source: Source) {
  const streams = new Map(source.streams.map((stream) => [stream.name, stream]));
  if (file === undefined) return source.streams.map((stream) => ({ stream, incremental: isIncremental(stream) }));
  const refuse = (problem: string) => ingestError["invalid-catalog"]({ file, problem }, { at: { file } });
  const { value } = await readJson(file, refuse);
  const entries = isObject(value) && Array.isArray(value.streams) ? value.streams : undefined;
  if (entries === undefined) throw refuse("it has no list `streams`");
  return entries.map((entry: unknown, index) => {
    const { stream: described, sync_mode: mode } = isObject(entry) ? entry : {};
    const name = isObject(described) ? described.name : undefined;
    const stream = streams.get(String(name));
    if (stream === undefined)
      throw refuse(`streams[${index}] is ${String(name)}; there is ${[...streams.keys()].join(", ")}`);
    const incremental = mode === "incremental";
    if (incremental && !isIncremental(stream)) throw refuse(`${stream.name} can only be read as full_refresh`);
    return { stream, incremental };
  });
}

export function isIncremental({ mode }: Stream): boolean {
  return mode !== "replace";
}

/** @source Airbyte protocol: an array of the last state messages; the messages around them are taken too */
async function readStates(file: string | undefined): Promise<ReadonlyMap<string, Checkpoint>> {
  if (file === undefined) return new Map();
  const refuse = (problem: string) => ingestError["invalid-catalog"]({ file, problem }, { at: { file } });
  const { value } = await readJson(file, refuse);
  const list = Array.isArray(value) ? value : [value];
  return new Map(list.flatMap((entry) => statesOf(entry, refuse)));
}

function statesOf(entry: unknown, refuse: (problem: string) => Error): [string, Checkpoint][] {
  const state = isObject(entry) && isObject(entry.state) ? entry.state : entry;
  if (!isObject(state)) throw refuse("a state is not a JSON object");
  if (Object.keys(state).length === 0) return [];
  const { stream } = state;
  const { stream_descriptor: descriptor, stream_state: checkpoint } = isObject(stream) ? stream : {};
  if (!isObject(descriptor)) throw refuse("a state is not of the type STREAM");
  return isObject(checkpoint) ? [[String(descriptor.name), checkpoint]] : [];
}

async function readJson(file: string, refuse: (problem: string) => Error): Promise<{ text: string; value: unknown }> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw refuse(`it cannot be read (${(cause as NodeJS.ErrnoException).code ?? "unknown"})`);
  }
  try {
    return { text, value: JSON.parse(text) };
  } catch {
    // The parser's own message quotes what it read.
    throw refuse("it is not JSON");
  }
}

function refuseConfig(source: Source, file: string, problem: string): Error {
  return ingestError["invalid-config"]({ source: source.name, problems: [problem] }, { at: { file } });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
