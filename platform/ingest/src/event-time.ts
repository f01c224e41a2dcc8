import type { Stream, StreamColumn } from "./connector.ts";
import { ingestError } from "./errors.ts";

/**
 * The part of a stream that says which column holds event time; empty when none does.
 * @throws MeshError `ingest/unknown-event-time`
 */
export function eventTimePart(
  stream: string,
  eventTime: string | undefined,
  columns: readonly StreamColumn[],
): Pick<Stream, "eventTime"> {
  if (eventTime === undefined) return {};
  if (columns.some((column) => column.name === eventTime)) return { eventTime };
  throw ingestError["unknown-event-time"]({ stream, column: eventTime });
}
