import { setTimeout as wait } from "node:timers/promises";
import { isMeshError } from "@thoth/kernel/mesh-error";
import type { Batch, ReadContext } from "./connector.ts";

export interface RetryLimits {
  readonly retries: number;
  /** Before the first retry, ms; it doubles. */
  readonly retryDelayMs: number;
}

/**
 * Takes up a read again after a failure that the source calls transient, from the last checkpoint that has landed.
 * Whatever else goes wrong is told at once.
 */
export async function* retryTransient(
  context: ReadContext,
  { retries, retryDelayMs }: RetryLimits,
  read: (context: ReadContext) => AsyncIterable<Batch>,
): AsyncGenerator<Batch, void, void> {
  let { checkpoint } = context;
  for (let failures = 0; ; ) {
    try {
      for await (const batch of read({ ...context, checkpoint })) {
        yield batch;
        if (batch.checkpoint !== checkpoint) failures = 0;
        checkpoint = batch.checkpoint;
      }
      return;
    } catch (failure) {
      if (!isTransient(failure) || failures >= retries) throw failure;
      await wait(retryDelayMs * 2 ** failures, undefined, { signal: context.signal });
      failures += 1;
    }
  }
}

function isTransient(failure: unknown): boolean {
  return isMeshError(failure) && failure.code === "ingest/source-unreachable";
}
