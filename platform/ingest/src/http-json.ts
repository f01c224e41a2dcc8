import { qualifiedName } from "@thoth/warehouse/sql-text";
import { type ColumnSpecs, type DeclaredColumn, declareColumns } from "./column-spec.ts";
import type { Batch, EventTimeRange, PartReading, ReadContext, Source, Stream } from "./connector.ts";
import { httpAddress } from "./dataset-address.ts";
import { ingestError } from "./errors.ts";
import { eventTimePart } from "./event-time.ts";
import { type HttpList, readPages } from "./http-pages.ts";
import type { Paging } from "./http-paging.ts";
import {
  addressOf,
  type HttpClient,
  type HttpEffects,
  type HttpLimits,
  httpEffects,
  requireOrigin,
} from "./http-request.ts";
import { notLandedYet } from "./landed-version.ts";
import type { MaxRejectedShare } from "./max-rejected-share.ts";
import { withMargin } from "./part-margin.ts";
import { readSecret, type SecretSetting, secretsPart } from "./secret-setting.ts";
import { SeenKeys } from "./seen-keys.ts";
import { createStagedFile, type Portion, type Rows, stagePortions } from "./staged-file.ts";
import { keyedDigest, openStaging, type Staging, stagedRelation } from "./staged-rows.ts";
import { isAhead } from "./time-ahead.ts";

export interface HttpStreamOptions extends MaxRejectedShare {
  /** Below the base URL. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** JSON pointer to the list of items in an answer; the answer itself unless given. */
  readonly items?: string;
  /** `from` is a key of an item or, with a leading slash, a JSON pointer into it. */
  readonly columns: ColumnSpecs;
  readonly paging?: Paging;
  /**
   * Asks only for what changed: the parameter gets the greatest value of the column that has landed and is no time in the
   * future. Items that are as they landed last do not land again. Without it every run reads and replaces everything.
   */
  readonly since?: { readonly parameter: string; readonly column: string; readonly key: string };
  readonly eventTime?: string;
  /**
   * Parameters that ask for the items whose event time lies between two days, so that a part can be loaded again; goes with
   * `since` and `eventTime`. `day`: 2026-01-31; `instant`, unless given: 2026-01-31T00:00:00Z.
   */
  readonly range?: { readonly from: string; readonly until: string; readonly format?: "day" | "instant" };
}

export interface HttpJsonOptions extends Partial<HttpLimits> {
  readonly name?: string;
  readonly description?: string;
  readonly baseUrl: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A secret header: `authorization` with `Bearer ` before the value unless told otherwise. */
  readonly auth?: { readonly value: SecretSetting; readonly header?: string; readonly prefix?: string };
  readonly streams: Readonly<Record<string, HttpStreamOptions>>;
  /** Items that become durable together, a page more or less; 20,000 unless given. */
  readonly batchRows?: number;
  /** 100,000 unless given. */
  readonly maxPages?: number;
  readonly effects?: HttpEffects;
}

/** Lists of a JSON API over HTTP as a source. Pages are fetched one by one, as they are wanted. */
export function httpJson(options: HttpJsonOptions): Source {
  const { name = "http", description = "Lists of a JSON API." } = options;
  const streams = Object.entries(options.streams).map(([stream, list]) => listStream(stream, list, options));
  return { name, kind: "http-json", description, ...secretsPart(options.auth?.value), streams };
}

const defaults = {
  timeoutMs: 30_000,
  attempts: 6,
  longestWaitMs: 300_000,
  maxBodyBytes: 64 * 1024 * 1024,
  batchRows: 20_000,
  maxPages: 100_000,
};

function listStream(name: string, list: HttpStreamOptions, options: HttpJsonOptions): Stream {
  const columns = declareColumns(list.columns);
  const { since } = list;
  for (const column of [since?.column, since?.key]) requireDeclared(name, column, columns);
  return {
    name,
    columns,
    ...eventTimePart(name, list.eventTime, columns),
    mode: since === undefined ? "replace" : "append",
    ...(since === undefined ? {} : { key: [since.key] }),
    ...partsOf(name, list, (context, read) => readList(context, read)),
    address: async () => httpAddress(startAddress(list, options.baseUrl)),
    read: (context) =>
      readList(context, (reading) => (since === undefined ? readWhole(reading) : readChanges(reading, since))),
  };

  async function* readList(context: ReadContext, read: ReadBatches): AsyncGenerator<Batch, void, void> {
    const client = await openClient(options, context);
    await using staging = await openStaging(context.engine, name);
    const start = startAddress(list, options.baseUrl);
    const { batchRows = defaults.batchRows, maxPages = defaults.maxPages } = options;
    const { paging = { kind: "none" }, items: pointer = "", maxRejectedShare } = list;
    const keys = new SeenKeys(columns.map(({ from }) => from));
    const http = { stream: name, client, columns, paging, pointer, maxPages, keys };
    yield* read({ ...http, start, staging, context, batchRows, maxRejectedShare });
  }
}

type ReadBatches = (reading: Reading) => AsyncGenerator<Batch, void, void>;

/** @throws MeshError `ingest/unfit-range` */
function partsOf(
  stream: string,
  { since, eventTime, range }: HttpStreamOptions,
  readList: (context: ReadContext, read: ReadBatches) => AsyncGenerator<Batch, void, void>,
): Pick<Stream, "parts" | "unparted"> {
  if (range === undefined) return { unparted: "comes from an API that is not said to take dates (range)" };
  if (since === undefined || eventTime === undefined) throw ingestError["unfit-range"]({ stream });
  const read: PartReading["read"] = (context, asked) =>
    readList(context, (reading) => readPart(reading, withMargin(asked), range));
  return { parts: { by: eventTime, key: since.key, version: since.column, read } };
}

async function* readPart(
  reading: Reading,
  asked: EventTimeRange,
  { from, until, format = "instant" }: NonNullable<HttpStreamOptions["range"]>,
): AsyncGenerator<Batch, void, void> {
  const { columns, staging, batchRows, maxRejectedShare } = reading;
  const start = new URL(reading.start);
  const text = (at: number) => new Date(at).toISOString().slice(0, format === "day" ? 10 : 19);
  const zone = format === "day" ? "" : "Z";
  start.searchParams.set(from, `${text(asked.from)}${zone}`);
  start.searchParams.set(until, `${text(asked.until)}${zone}`);
  const place = addressOf(start);
  for await (const { file, rows: written, broken, bytes } of stagePortions(
    readPages(reading, start),
    staging,
    batchRows,
  )) {
    const data = stagedRelation({ files: [file], columns, place, written, broken, maxRejectedShare });
    yield { data, replaces: "new", bytes, checkpoint: {} };
  }
}

interface Reading extends HttpList {
  readonly start: URL;
  readonly staging: Staging;
  readonly context: ReadContext;
  readonly batchRows: number;
  readonly maxRejectedShare: number | undefined;
}

function requireDeclared(stream: string, name: string | undefined, columns: readonly DeclaredColumn[]): void {
  if (name === undefined) return;
  const column = columns.find((declared) => declared.name === name);
  if (column === undefined) throw ingestError["unfit-cursor"]({ stream, column: name, problem: "it is not declared" });
  if (!column.pseudonymise) return;
  throw ingestError["unfit-cursor"]({ stream, column: name, problem: "it is pseudonymised" });
}

async function openClient(options: HttpJsonOptions, { signal, env }: ReadContext): Promise<HttpClient> {
  const { auth, baseUrl } = options;
  const form = "https://host/path, without user and password";
  if (!URL.canParse(baseUrl)) throw ingestError["invalid-connection"]({ problem: "is not a URL", form });
  const base = new URL(baseUrl);
  if (!/^https?:$/.test(base.protocol) || base.username !== "" || base.password !== "") {
    throw ingestError["invalid-connection"]({ problem: "is not a plain HTTP address", form });
  }
  const secret =
    auth === undefined
      ? {}
      : { [auth.header ?? "authorization"]: `${auth.prefix ?? "Bearer "}${await readSecret(auth.value, env)}` };
  return {
    origin: base.origin,
    headers: { accept: "application/json", ...options.headers, ...secret },
    limits: { ...defaults, ...options },
    effects: options.effects ?? httpEffects,
    signal,
  };
}

function startAddress({ path, query = {} }: HttpStreamOptions, baseUrl: string): URL {
  const base = new URL(baseUrl);
  const url = new URL(`${base.pathname.replace(/\/$/, "")}/${path.replace(/^\//, "")}`, base);
  requireOrigin(base.origin, url, base);
  for (const [parameter, value] of Object.entries(query)) url.searchParams.set(parameter, value);
  return url;
}

async function* readWhole(reading: Reading): AsyncGenerator<Batch, void, void> {
  const { context, columns, staging, start, maxRejectedShare } = reading;
  await using file = await createStagedFile(staging.nextFile());
  let bytes = 0;
  for await (const page of readPages(reading, start)) {
    await file.write(page);
    bytes += page.bytes;
  }
  const content = await keyedDigest(context.engine, columns, file.hash);
  if (content === context.checkpoint?.content) return;
  const place = addressOf(start);
  const data = stagedRelation({
    files: [file.path],
    columns,
    place,
    written: file.rows,
    broken: file.broken,
    maxRejectedShare,
  });
  yield { data: { ...data, seen: reading.keys.columns }, replaces: "all", bytes, checkpoint: { content } };
}

/**
 * The API may deal its items out in any order, so the value to ask from moves only with the last batch. A load that is
 * cut off asks from the old value again, and the engine leaves out what has landed.
 */
async function* readChanges(
  reading: Reading,
  { parameter, column, key }: NonNullable<HttpStreamOptions["since"]>,
): AsyncGenerator<Batch, void, void> {
  const { stream, columns, start, context, staging, batchRows, maxRejectedShare } = reading;
  const position = columns.findIndex((declared) => declared.name === column);
  const type = columns[position]?.type ?? "VARCHAR";
  const noted = context.checkpoint?.since;
  const leadsOn = (value: string) => !isAhead(value, type, context.now);
  const before = typeof noted === "string" && leadsOn(noted) ? noted : null;
  const where = notLandedYet({ rawTable: qualifiedName("raw", stream), columns, key, version: column });
  let newest = before;
  const asked = new URL(start);
  if (newest !== null) asked.searchParams.set(parameter, newest);
  const batch = (portion: Portion, since: unknown): Batch => {
    const { file, rows: written, broken, bytes } = portion;
    const staged = { files: [file], columns, place: addressOf(start), written, broken, where, maxRejectedShare };
    const data = { ...stagedRelation(staged), seen: reading.keys.columns };
    return { data, replaces: "new", bytes, checkpoint: { since } };
  };
  const watched = watchPages(readPages(reading, asked), (row) => {
    const value = row[position] ?? null;
    if (value !== null && leadsOn(value)) newest = later(newest, value);
  });
  let waiting: Portion | undefined;
  for await (const portion of stagePortions(watched, staging, batchRows)) {
    if (waiting !== undefined) yield batch(waiting, before);
    waiting = portion;
  }
  if (waiting !== undefined) yield batch(waiting, newest);
}

async function* watchPages(pages: AsyncIterable<Rows>, see: (row: readonly (string | null)[]) => void) {
  for await (const page of pages) {
    for (const row of page.rows) see(row);
    yield page;
  }
}

/** Whole numbers by size, times by instant, everything else as text. */
function later(left: string | null, right: string | null): string | null {
  if (left === null || right === null) return left ?? right;
  if (/^-?\d+$/.test(left) && /^-?\d+$/.test(right)) return BigInt(left) >= BigInt(right) ? left : right;
  const difference = Date.parse(left) - Date.parse(right);
  if (Number.isNaN(difference) || difference === 0) return left >= right ? left : right;
  return difference > 0 ? left : right;
}
