/** Where events go. */
export interface EventSink {
  /** For messages: a file, or an address without anything secret. */
  readonly name: string;
  /**
   * @param event one JSON document
   * @throws UndeliveredEvent
   */
  deliver(event: string, signal: AbortSignal): Promise<void>;
}

/** Why an event did not arrive. */
export class UndeliveredEvent extends Error {
  /** Whether it may arrive the next time. */
  readonly worthRetrying: boolean;

  constructor(reason: string, options: { readonly worthRetrying: boolean; readonly cause?: unknown }) {
    super(reason, { cause: options.cause });
    this.worthRetrying = options.worthRetrying;
  }
}
