import type { AirbyteStream } from "./airbyte-message.ts";
import type { AirbyteReading } from "./airbyte-read.ts";
import { askAirbyte } from "./airbyte-verb.ts";
import type { SeenColumn } from "./connector.ts";
import { ingestError } from "./errors.ts";

export interface StreamChoice {
  readonly mode: "append" | "replace";
  readonly cursorField?: readonly string[];
  readonly primaryKey?: readonly (readonly string[])[];
}

export interface ConfiguredStream {
  readonly catalog: unknown;
  readonly base64: ReadonlySet<string>;
  readonly seen?: readonly SeenColumn[];
}

/**
 * Asks the source what it has and chooses the one stream from it.
 * @returns the configured catalog, the top-level fields whose texts are bytes in base 64, and all fields
 * @throws MeshError `ingest/missing-table`, `ingest/missing-column`, `ingest/unfit-cursor`
 */
export async function configureStream(reading: AirbyteReading, choice: StreamChoice): Promise<ConfiguredStream> {
  const stream = await discoverStream(reading);
  requireFields(stream, reading);
  const incremental = choice.mode === "append";
  if (incremental && !stream.supported_sync_modes.includes("incremental")) {
    const problem = "the source cannot read it incrementally";
    throw ingestError["unfit-cursor"](
      { stream: stream.name, column: "state", problem },
      { at: { path: reading.place } },
    );
  }
  const configured = {
    stream,
    sync_mode: incremental ? "incremental" : "full_refresh",
    destination_sync_mode: incremental ? "append" : "overwrite",
    ...(choice.cursorField === undefined ? {} : { cursor_field: choice.cursorField }),
    ...(choice.primaryKey === undefined ? {} : { primary_key: choice.primaryKey }),
  };
  return { catalog: { streams: [configured] }, base64: base64Fields(stream), ...seenColumns(stream) };
}

async function discoverStream(reading: AirbyteReading): Promise<AirbyteStream> {
  const { remote, place } = reading;
  let found: AirbyteStream | undefined;
  for await (const message of askAirbyte(reading, "discover")) {
    if (message.kind === "catalog") found = message.streams.find((stream) => stream.name === remote);
  }
  if (found !== undefined) return found;
  throw ingestError["missing-table"]({ stream: remote, table: place }, { at: { path: place } });
}

/** Absent for a schema without properties, which says nothing about them. */
function seenColumns({ json_schema: schema }: AirbyteStream): Pick<ConfiguredStream, "seen"> {
  const fields = Object.entries((schema.properties ?? {}) as Record<string, { type?: unknown } | null>);
  const seen = fields.map(([name, field]): SeenColumn => {
    return field?.type === undefined ? { name } : { name, type: [field.type].flat().join(" ") };
  });
  return seen.length === 0 ? {} : { seen };
}

/** @source JSON Schema, `contentEncoding` */
function base64Fields({ json_schema: schema }: AirbyteStream): ReadonlySet<string> {
  const fields = Object.entries((schema.properties ?? {}) as Record<string, { contentEncoding?: unknown } | null>);
  return new Set(fields.filter(([, field]) => field?.contentEncoding === "base64").map(([name]) => name));
}

/** A schema without properties says nothing about them. */
function requireFields(stream: AirbyteStream, { columns, place }: AirbyteReading): void {
  const found = Object.keys((stream.json_schema.properties ?? {}) as object);
  const missing = columns.find((column) => !column.optional && !found.includes(topKey(column.from)));
  if (missing === undefined || found.length === 0) return;
  const at = { path: `${place}.${missing.from}` };
  throw ingestError["missing-column"]({ column: missing.from, stream: stream.name, found }, { at });
}

function topKey(path: string): string {
  if (!path.startsWith("/")) return path;
  return (path.split("/")[1] ?? "").replaceAll("~1", "/").replaceAll("~0", "~");
}
