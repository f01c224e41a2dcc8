/** How many statements are remembered. */
const mostStatements = 2_000;

/** Weight of the newest time in the mean. */
const newest = 0.3;

/** Values that the engine reads and writes in a millisecond, roughly: what is assumed of a statement that never ran. */
const valuesPerMs = 50_000;

/** How long statements took, so that one can be placed before it runs. */
export class StatementTimes {
  readonly #meanMs = new Map<string, number>();

  /** @param effort values that the statement reads and makes, when somebody has estimated it */
  expectedMs(sql: string, effort = 0): number {
    return this.#meanMs.get(sql) ?? Math.max(1, effort / valuesPerMs);
  }

  record(sql: string, tookMs: number): void {
    const before = this.#meanMs.get(sql);
    this.#meanMs.delete(sql);
    this.#meanMs.set(sql, before === undefined ? tookMs : before + newest * (tookMs - before));
    const [oldest] = this.#meanMs.keys();
    if (this.#meanMs.size > mostStatements && oldest !== undefined) this.#meanMs.delete(oldest);
  }
}
