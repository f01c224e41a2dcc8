/** How the results of several pieces of work become the pieces of a body. */
export interface BodyShape<Result> {
  readonly head: Uint8Array;
  readonly pieces: (result: Result) => Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  readonly tail: Uint8Array;
}

/**
 * Does work in order, each piece while the result of the one before is being taken: never more than two are there. The
 * first is done when this resolves. Whoever stops early waits until no work is under way.
 */
export async function oneAhead<Result>(
  work: readonly (() => Promise<Result>)[],
  shape: BodyShape<Result>,
): Promise<AsyncGenerator<Uint8Array, void, void>> {
  const first = await work[0]?.();
  return pieces(work, first === undefined ? undefined : Promise.resolve(first), shape);
}

async function* pieces<Result>(
  work: readonly (() => Promise<Result>)[],
  first: Promise<Result> | undefined,
  { head, pieces: piecesOf, tail }: BodyShape<Result>,
): AsyncGenerator<Uint8Array, void, void> {
  let coming = first;
  try {
    if (head.length > 0) yield head;
    for (let done = 1; coming !== undefined; done += 1) {
      const result: Result = await coming;
      coming = work[done]?.();
      // It is awaited above or below; until then its failure is nobody's.
      coming?.catch(() => undefined);
      yield* piecesOf(result);
    }
    if (tail.length > 0) yield tail;
  } finally {
    await coming?.catch(() => undefined);
  }
}
