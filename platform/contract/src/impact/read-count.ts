/** Operations of one hour that read the same columns of one product, by one consumer for one purpose. */
export interface ReadCount {
  /** Start of the hour in UTC, epoch ms. */
  readonly hour: number;
  /** `ontrack-learning/units` */
  readonly product: string;
  /** Version of the contract that was served. */
  readonly version: string;
  /** In alphabetical order. Empty: the product itself, such as its number of rows. */
  readonly columns: readonly string[];
  /** Name of the principal, as it was verified; nobody counts under a name that they merely say. */
  readonly consumer: string;
  /** The consumer's own domain, when its token says so. */
  readonly domain: string | undefined;
  readonly purpose: string | undefined;
  /** Undefined in counts of earlier versions. */
  readonly kind?: ConsumerKind | undefined;
  /** The way by which it was read: `graphql`, `sql`, `files`, `stream`, `cli`. Undefined in counts of earlier versions. */
  readonly port?: string | undefined;
  readonly reads: number;
}

/** Who a consumer is, as its credential says. */
export type ConsumerKind = "anonymous" | "person" | "service";

/** Counts that are saved whole or not at all. A batch that has been saved already is not counted again. */
export interface UsageBatch {
  /** Who counted; every process has an id of its own. */
  readonly writer: string;
  /** Counts up with every batch of a writer. */
  readonly sequence: number;
  readonly counts: readonly ReadCount[];
}

/** Where those who count bring their counts. */
export interface UsageSink {
  /** Rejects when the batch could not be saved; it is brought again then, unchanged. */
  save(batch: UsageBatch): Promise<void>;
  /** Given a way to have everything saved that was counted so far. */
  follow?(flush: () => Promise<void>): void;
}

/** Name of those who read without a token. */
export const anonymousConsumer = "anonymous";

/** Stands for all those that are not kept apart, because there are too many of them in one hour. */
export const manyConsumers = "(many)";
