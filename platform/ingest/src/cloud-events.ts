import { declareColumns } from "./column-spec.ts";
import type { Stream, StreamColumn } from "./connector.ts";
import type { FileStreamOptions } from "./file-stream.ts";
import { ndjsonFiles } from "./json-files.ts";

/**
 * Files with one CloudEvent a line, JSON event format. `(source, id)` names an event: a file delivered twice
 * lands twice, and `clean/` keeps one of each.
 * @source CloudEvents 1.0.2, JSON event format; extensions dataclassification, sequence, recordedtime
 */
export function cloudEventFiles(options: Omit<FileStreamOptions, "eventTime">): Stream {
  return ndjsonFiles({ ...options, eventTime: "time", columns: cloudEventTypes });
}

/** What lands of an event, wherever it comes from. */
const cloudEventTypes = {
  id: "VARCHAR",
  source: "VARCHAR",
  specversion: "VARCHAR",
  type: "VARCHAR",
  subject: "VARCHAR",
  time: "TIMESTAMP WITH TIME ZONE",
  dataclassification: "VARCHAR",
  sequence: "VARCHAR",
  recordedtime: "TIMESTAMP WITH TIME ZONE",
  data: "JSON",
} as const;

export const cloudEventColumns: readonly StreamColumn[] = declareColumns(cloudEventTypes);
