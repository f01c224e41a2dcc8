import type { ReadContext, Source, Stream } from "../connector.ts";

/**
 * Looks whether every stream of a source can be read now, and changes nothing.
 * @throws MeshError of the first stream that cannot
 */
export async function checkSource(source: Source, context: ReadContext): Promise<void> {
  for (const stream of source.streams) {
    context.signal.throwIfAborted();
    await (stream.check?.(context) ?? readFirst(stream, context));
  }
}

/** Asking for the first batch finds files and looks at their headers; what is in them is read when it lands. */
async function readFirst(stream: Stream, context: ReadContext): Promise<void> {
  for await (const _batch of stream.read(context)) return;
}
