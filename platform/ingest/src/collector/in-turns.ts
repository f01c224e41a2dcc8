/** Does all of a work, and lets others have a turn whenever it yields: one who computes for long keeps everybody waiting. */
export async function inTurns<Result>(work: Generator<void, Result, void>): Promise<Result> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    await new Promise(setImmediate);
  }
}
