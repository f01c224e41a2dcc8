import { isMeshError } from "@thoth/kernel/mesh-error";
import { cloudEventColumns } from "../cloud-events.ts";
import type { Batch, Checkpoint, ReadContext, Stream } from "../connector.ts";
import { readCollected } from "./collected-batches.ts";
import { keepLanded } from "./landed-rows.ts";

export interface CollectedEventsOptions {
  /** Lands in `raw.<name>`. */
  readonly name: string;
  /** ODCS contract of the events, relative to the domain's folder. */
  readonly contract: string;
  /** Events that come as files as well, and land in the same table: a stream of `cloudEventFiles` with the same name. */
  readonly besides?: Stream;
}

/**
 * CloudEvents that the collector has taken in for this domain: those of the types that the contract names. Each lands
 * once, however often it was sent: `(source, id)` names it.
 */
export function collectedEvents({ name, contract, besides }: CollectedEventsOptions): Stream {
  return {
    name,
    columns: cloudEventColumns,
    eventTime: "time",
    intake: { kind: "cloud-events", contract },
    mode: "append",
    keepsHistory: true,
    key: ["source", "id"],
    async *readHistory(context, aside) {
      for await (const batch of besides === undefined ? [] : readBesides(besides, context)) yield batch;
      yield* readCollected({ name, aside, columns: cloudEventColumns, context, checkpoint: undefined });
    },
    async *read(context) {
      let { checkpoint } = context;
      if (checkpoint === undefined) yield* keepLanded({ name, columns: cloudEventColumns }, context);
      for await (const batch of besides === undefined ? [] : readBesides(besides, context)) {
        checkpoint = keepPosition(batch.checkpoint, context.checkpoint);
        yield { ...batch, checkpoint };
      }
      yield* readCollected({ name, columns: cloudEventColumns, context, checkpoint });
    },
  };
}

/** The collector alone may be the source: no file is then nothing missing. */
async function* readBesides(stream: Stream, context: ReadContext): AsyncGenerator<Batch, void, void> {
  try {
    yield* stream.read(context);
  } catch (failure) {
    if (!isMeshError(failure) || failure.code !== "ingest/no-files") throw failure;
  }
}

function keepPosition(files: Checkpoint, before: Checkpoint | undefined): Checkpoint {
  const { collected } = before ?? {};
  return collected === undefined ? files : { ...files, collected };
}
