import { setTimeout as wait } from "node:timers/promises";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import type { SnapshotSource } from "./followed-snapshots.ts";
import type { SecuredSqlLog } from "./shown-products.ts";

export interface FollowOptions {
  readonly snapshots: SnapshotSource;
  /** @returns whether all of it is shown; if not, it is given again after a while */
  readonly show: (state: readonly Snapshot[]) => Promise<boolean>;
  readonly log: SecuredSqlLog;
  /** Before what has failed is tried again, milliseconds; twice as long each time, up to thirty times. */
  readonly retryMs?: number;
}

/** Shows what comes until it is disposed. */
export interface Following extends AsyncDisposable {
  /** Why what is published now is not heard of; undefined while it is. */
  problem(): string | undefined;
}

type Next = IteratorResult<readonly Snapshot[]>;

const longestRetries = 30;

/** Shows what is current, and in the background whatever comes after it. Throws when there is nothing to begin with. */
export async function followStates(options: FollowOptions): Promise<Following> {
  const { snapshots, show } = options;
  const controller = new AbortController();
  const { signal } = controller;
  const states = snapshots(signal)[Symbol.asyncIterator]();
  const first = await states.next();
  if (first.done === true) return { problem: () => undefined, [Symbol.asyncDispose]: async () => controller.abort() };
  const follower = new Follower(options, signal);
  const isShown = await show(first.value);
  const following = follower.follow(states, isShown ? undefined : first.value);
  return {
    problem: () => follower.problem,
    [Symbol.asyncDispose]: async () => {
      controller.abort();
      await following;
    },
  };
}

class Follower {
  problem: string | undefined;
  readonly #options: FollowOptions;
  readonly #signal: AbortSignal;
  #failures = 0;

  constructor(options: FollowOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Whatever fails is said and tried again: nobody would notice that older data are served. @param missing not shown yet */
  async follow(first: AsyncIterator<readonly Snapshot[]>, missing: readonly Snapshot[] | undefined): Promise<void> {
    let states = first;
    let unshown = missing;
    while (!this.#signal.aborted) {
      try {
        if (await this.#showAll(states, unshown)) return;
      } catch (error) {
        if (this.#signal.aborted) return;
        this.problem = error instanceof Error ? error.message : String(error);
        this.#options.log.error("what is published now is not shown to SQL yet", { reason: this.problem });
        await this.#pause();
        states = this.#options.snapshots(this.#signal)[Symbol.asyncIterator]();
        unshown = undefined;
      }
    }
  }

  /** @returns true when there will be no more */
  async #showAll(states: AsyncIterator<readonly Snapshot[]>, missing: readonly Snapshot[] | undefined) {
    let unshown = missing;
    let next: Promise<Next | undefined> = states.next();
    for (;;) {
      const came: Next | undefined = await (unshown === undefined ? next : Promise.race([next, this.#pause()]));
      if (came?.done === true) return true;
      if (came !== undefined) next = states.next();
      const state: readonly Snapshot[] = came?.value ?? unshown ?? [];
      const isShown = await this.#options.show(state);
      this.problem = undefined;
      if (isShown) this.#failures = 0;
      unshown = isShown ? undefined : state;
    }
  }

  async #pause(): Promise<undefined> {
    const { retryMs = 1_000 } = this.#options;
    const ms = retryMs * Math.min(2 ** this.#failures, longestRetries);
    this.#failures += 1;
    await wait(ms, undefined, { signal: this.#signal, ref: false }).catch(() => undefined);
    return undefined;
  }
}
