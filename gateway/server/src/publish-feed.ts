import type { Snapshot } from "@thoth/warehouse/snapshot";
import { ServedVersions } from "./served-versions.ts";

/** Time between two looks, milliseconds. */
const lookEveryMs = 100;

type Hear = (snapshot: Snapshot) => void;

/**
 * Tells of every product whose snapshot becomes another one. Snapshots come into this process in several ways (from a
 * run of its own, from a file that another process has written, by a rollback), and all of them end in the list of what
 * is served; so that is what is looked at, and only while somebody listens.
 */
export class PublishFeed {
  readonly #snapshots: () => readonly Snapshot[];
  readonly #listeners = new Set<Hear>();
  #known: ReadonlyMap<string, string> = new Map();
  #timer: NodeJS.Timeout | undefined;

  constructor(snapshots: () => readonly Snapshot[]) {
    this.#snapshots = snapshots;
  }

  follow(hear: Hear): Disposable {
    if (this.#listeners.size === 0) this.#begin();
    this.#listeners.add(hear);
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(hear);
        if (this.#listeners.size === 0) clearInterval(this.#timer);
      },
    };
  }

  #begin(): void {
    this.#known = new ServedVersions(this.#snapshots).all();
    this.#timer = setInterval(() => this.#look(), lookEveryMs).unref();
  }

  #look(): void {
    const known = this.#known;
    this.#known = new ServedVersions(this.#snapshots).all();
    for (const snapshot of this.#snapshots()) {
      if (known.get(`${snapshot.domain}/${snapshot.product}`) === snapshot.id) continue;
      for (const hear of this.#listeners) hear(snapshot);
    }
  }
}
