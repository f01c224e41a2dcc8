/** What is made to hold one state, and how to take it away again. */
export interface ShownState<Shown> {
  readonly shown: Shown;
  close(): Promise<void>;
}

/** A state that is held. */
export interface HeldState<Shown> extends ShownState<Shown> {
  readonly key: string;
  readonly product: string;
}

interface Kept<Shown> {
  readonly state: HeldState<Shown>;
  users: number;
}

/**
 * States of products that somebody holds, each made once, however many hold it; and some that nobody holds any more, because
 * the next one is asked for at once. One call at a time.
 */
export class HeldStates<Shown> {
  /** What was used last is at the end. */
  readonly #byKey = new Map<string, Kept<Shown>>();
  readonly #mostIdle: number;

  constructor(mostIdle: number) {
    this.#mostIdle = mostIdle;
  }

  async use(key: string, product: string, make: () => Promise<ShownState<Shown>>): Promise<HeldState<Shown>> {
    const known = this.#byKey.get(key);
    const kept = known ?? { state: { ...(await make()), key, product }, users: 0 };
    kept.users += 1;
    this.#byKey.delete(key);
    this.#byKey.set(key, kept);
    return kept.state;
  }

  async leave({ key }: HeldState<Shown>): Promise<void> {
    const kept = this.#byKey.get(key);
    if (kept === undefined) return;
    kept.users -= 1;
    await this.#close(this.#idle().slice(0, -this.#mostIdle || undefined));
  }

  /** @param product of all products when absent */
  async closeIdle(product?: string): Promise<void> {
    await this.#close(this.#idle().filter(({ state }) => product === undefined || state.product === product));
  }

  /** The one left alone for longest first. */
  #idle(): Kept<Shown>[] {
    return [...this.#byKey.values()].filter(({ users }) => users === 0);
  }

  async #close(idle: readonly Kept<Shown>[]): Promise<void> {
    for (const { state } of idle) {
      this.#byKey.delete(state.key);
      await state.close();
    }
  }
}
