import type { Snapshot } from "@thoth/warehouse/snapshot";
import type { PublishFeed } from "../publish-feed.ts";

/** Snapshots of one product that are remembered for those who come back. */
const mostRemembered = 100;

/**
 * What has been published since somebody first listened, so that a reader whose connection broke misses nothing. It
 * listens to the feed from then on.
 */
export class PublishedHistory implements Disposable {
  readonly #feed: Pick<PublishFeed, "follow">;
  readonly #snapshots: () => readonly Snapshot[];
  readonly #known = new Map<string, Snapshot[]>();
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();
  #following: Disposable | undefined;

  constructor(feed: Pick<PublishFeed, "follow">, snapshots: () => readonly Snapshot[]) {
    this.#feed = feed;
    this.#snapshots = snapshots;
  }

  follow(hear: (snapshot: Snapshot) => void): Disposable {
    this.#listen();
    this.#listeners.add(hear);
    return { [Symbol.dispose]: () => void this.#listeners.delete(hear) };
  }

  /**
   * What has been published of a product since a snapshot; of what lies further back than is remembered, the newest.
   * @param id of the last snapshot that is known
   */
  since(product: string, id: string): readonly Snapshot[] {
    this.#listen();
    const known = this.#known.get(product) ?? [];
    const position = known.findLastIndex((snapshot) => snapshot.id === id);
    return position === -1 ? known.slice(-1) : known.slice(position + 1);
  }

  [Symbol.dispose](): void {
    this.#following?.[Symbol.dispose]();
    this.#following = undefined;
  }

  #listen(): void {
    if (this.#following !== undefined) return;
    for (const snapshot of this.#snapshots()) this.#remember(snapshot);
    this.#following = this.#feed.follow((snapshot) => {
      this.#remember(snapshot);
      for (const hear of this.#listeners) hear(snapshot);
    });
  }

  #remember(snapshot: Snapshot): void {
    const id = `${snapshot.domain}/${snapshot.product}`;
    const known = this.#known.get(id) ?? [];
    this.#known.set(id, [...known, snapshot].slice(-mostRemembered));
  }
}
