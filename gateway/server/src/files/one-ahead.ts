/** How the results of several pieces of work become the pieces of a body. */
export interface BodyShape<Result> {
  readonly head: Uint8Array;
  readonly pieces: (result: Result) => Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  readonly tail: Uint8Array;
}

/** Work that is begun when it is its turn. */
export type Work<Result> = AsyncGenerator<() => Promise<Result>, void, void>;

/**
 * Does work in order, each piece while the result of the one before is being taken: never more than two are there. The
 * first is done when this resolves. Whoever stops early waits until no work is under way.
 */
export async function oneAhead<Result>(
  work: Work<Result>,
  shape: BodyShape<Result>,
): Promise<AsyncGenerator<Uint8Array, void, void>> {
  const first = await nextResult(work);
  return pieces(work, Promise.resolve(first), shape);
}

interface Done<Result> {
  readonly result: Result;
}

async function nextResult<Result>(work: Work<Result>): Promise<Done<Result> | undefined> {
  const next = await work.next();
  return next.done === true ? undefined : { result: await next.value() };
}

async function* pieces<Result>(
  work: Work<Result>,
  first: Promise<Done<Result> | undefined>,
  { head, pieces: piecesOf, tail }: BodyShape<Result>,
): AsyncGenerator<Uint8Array, void, void> {
  let coming = first;
  try {
    if (head.length > 0) yield head;
    for (let done = await coming; done !== undefined; done = await coming) {
      coming = nextResult(work);
      // It is awaited above or below; until then its failure is nobody's.
      coming.catch(() => undefined);
      yield* piecesOf(done.result);
    }
    if (tail.length > 0) yield tail;
  } finally {
    await coming.catch(() => undefined);
  }
}
