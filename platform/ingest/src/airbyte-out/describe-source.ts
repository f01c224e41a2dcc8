import type { WriteSide } from "@thoth/warehouse/write-side";
import type { Source, Stream } from "../connector.ts";
import { isIncremental } from "./source-input.ts";
import { describeWireColumns } from "./wire-column.ts";

/** What the source takes: where its files lie, and its secrets. Both may come from the environment instead. */
export function describeConfiguration(source: Source): object {
  const secrets = (source.secrets ?? []).map((name) => [
    name,
    {
      type: "string",
      title: name,
      airbyte_secret: true,
      description: `Taken from the environment variable ${name} unless given.`,
    },
  ]);
  return {
    protocol_version: "0.18.0",
    supportsIncremental: source.streams.some(isIncremental),
    connectionSpecification: {
      $schema: "http://json-schema.org/draft-07/schema#",
      title: source.name,
      description: source.description,
      type: "object",
      additionalProperties: true,
      properties: {
        sources_dir: {
          type: "string",
          title: "Folder of the exports",
          description: "MESH_SOURCES, or the mesh's own folder of sources, unless given.",
        },
        ...Object.fromEntries(secrets),
      },
    },
  };
}

export async function describeCatalog(source: Source, engine: WriteSide): Promise<object[]> {
  const streams: object[] = [];
  for (const stream of source.streams) streams.push(await describeStream(stream, engine));
  return streams;
}

async function describeStream(stream: Stream, engine: WriteSide): Promise<object> {
  const columns = await describeWireColumns(engine, stream);
  const incremental = isIncremental(stream);
  return {
    name: stream.name,
    json_schema: {
      $schema: "http://json-schema.org/draft-07/schema#",
      type: "object",
      properties: Object.fromEntries(columns.map(({ name, schema }) => [name, schema])),
    },
    supported_sync_modes: incremental ? ["full_refresh", "incremental"] : ["full_refresh"],
    source_defined_cursor: true,
    default_cursor_field: [],
    is_resumable: incremental,
    ...(stream.key === undefined ? {} : { source_defined_primary_key: stream.key.map((column) => [column]) }),
  };
}
