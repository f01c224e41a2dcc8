import { appendFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { type EventSink, UndeliveredEvent } from "./event-sink.ts";

/** Adds one line an event to a file (NDJSON). @param file absolute */
export function fileSink(file: string): EventSink {
  return {
    name: file,
    async deliver(event) {
      try {
        await mkdir(path.dirname(file), { recursive: true });
        await appendFile(file, `${event}\n`);
      } catch (cause) {
        throw new UndeliveredEvent(cause instanceof Error ? cause.message : String(cause), {
          worthRetrying: true,
          cause,
        });
      }
    },
  };
}
