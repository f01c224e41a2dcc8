/** Does one thing, says how it went and how long it took. */
export type Step = <T>(what: string, work: () => Promise<T>) => Promise<T>;

class StepFailed extends Error {}

/**
 * Runs a test made of steps, a line each, to its end or to the first step that fails. What the test opened is closed.
 * @returns exit code: 1 when a step failed
 */
export async function reportSteps(test: (step: Step) => Promise<void>): Promise<0 | 1> {
  const startedAt = performance.now();
  const step: Step = async (what, work) => {
    const begun = performance.now();
    try {
      const result = await work();
      console.log(`ok    ${what} (${seconds(begun)})`);
      return result;
    } catch (cause) {
      console.log(`FAIL  ${what} (${seconds(begun)})\n${cause instanceof Error ? cause.message : cause}`);
      throw new StepFailed(what, { cause });
    }
  };
  try {
    await test(step);
  } catch (failure) {
    if (!(failure instanceof StepFailed)) throw failure;
    return 1;
  }
  console.log(`the templates make a domain that works (${seconds(startedAt)} in all)`);
  return 0;
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
