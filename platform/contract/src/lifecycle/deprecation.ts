/** That an element is on its way out, as its contract announces it. Instants are epoch ms. */
export interface Deprecation {
  /** When it was announced; absent when the contract does not say. */
  readonly since?: number;
  /** From then on it may be gone; absent while no end is announced. */
  readonly until?: number;
  /** What to use instead: of a product its GraphQL field, of a column another column. */
  readonly replacement?: string;
  /** Why, for readers. */
  readonly reason: string;
  /** When it is switched off for a while, so that those who still use it notice before the end. */
  readonly brownOuts: readonly TimeWindow[];
}

/** From an instant up to, but not including, another one. Epoch ms. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}
