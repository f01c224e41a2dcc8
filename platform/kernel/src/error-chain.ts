import { isMeshError, type MeshError } from "./mesh-error.ts";

/**
 * An error and everything it wraps, outermost first: the failure a failing dispose suppressed (`SuppressedError`),
 * the parts of an `AggregateError`, and each one's `cause`. Cycles end the walk.
 */
export function* errorChain(error: unknown, seen: Set<unknown> = new Set()): Generator<unknown, void, void> {
  if (error === undefined || error === null || seen.has(error)) return;
  seen.add(error);
  yield error;
  if (!(error instanceof Error)) return;
  const { suppressed, error: last } = error as Partial<SuppressedError>;
  const parts = error instanceof AggregateError ? error.errors : [];
  for (const inner of [suppressed, last, ...parts, error.cause]) yield* errorChain(inner, seen);
}

/** The expected failure inside whatever was thrown; undefined when it is a bug through and through. */
export function findMeshError(error: unknown): MeshError | undefined {
  return errorChain(error).find(isMeshError);
}
