import type { FinishedRun, FinishedRuns } from "@thoth/subgraph/finished-run";
import type { ServerLog } from "@thoth/subgraph/served-graph";

/** Time between two looks, milliseconds. */
const lookEveryMs = 500;

type Hear = (run: FinishedRun) => void;

/** Tells of every run that ends, while somebody listens. */
export class RunFeed {
  readonly #runs: FinishedRuns;
  readonly #log: ServerLog;
  readonly #listeners = new Set<Hear>();
  /** Undefined until the first look that succeeds: what is there then is no news. */
  #told: Set<string> | undefined;
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(runs: FinishedRuns, log: ServerLog) {
    this.#runs = runs;
    this.#log = log;
  }

  /**
   * Resolves when every run that ends from now on will be told of; when the runs cannot be looked at just now, those are
   * told of that end behind the first look that succeeds.
   */
  async follow(hear: Hear): Promise<Disposable> {
    const isFirst = this.#listeners.size === 0;
    this.#listeners.add(hear);
    if (isFirst) {
      this.#told = undefined;
      this.#timer = setInterval(() => void this.#look(), lookEveryMs).unref();
    }
    await this.#look();
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(hear);
        if (this.#listeners.size === 0) clearInterval(this.#timer);
      },
    };
  }

  /** One look at a time: two would tell of the same run. */
  async #look(): Promise<void> {
    this.#looking ??= this.#read().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  async #read(): Promise<void> {
    try {
      const runs = await this.#runs();
      const before = this.#told;
      this.#told = new Set(runs.map(({ runId }) => runId));
      if (before === undefined) return;
      // The first that ended is told first.
      for (const run of runs.toReversed()) if (!before.has(run.runId)) for (const hear of this.#listeners) hear(run);
    } catch (failure) {
      this.#log.error("cannot look at the runs", { error: String(failure) });
    }
  }
}
