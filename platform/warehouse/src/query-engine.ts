/** A value bound to `$1`, `$2`, … Arrays bind as lists: `unnest($1)`. */
export type SqlValue = null | boolean | number | bigint | string | readonly SqlValue[];

/** Column name → JavaScript value: BIGINT and HUGEINT as `bigint`, DATE and TIMESTAMP as ISO strings, DECIMAL as string, lists as arrays. */
export type SqlRow = Record<string, unknown>;

export interface QueryOptions {
  /** Aborting interrupts the statement in the engine. */
  readonly signal?: AbortSignal | undefined;
  /** How many values the statement will read and make, about; where statements wait, it says which wait for which. */
  readonly effort?: number | undefined;
  /** True for a statement that will not be asked again: nothing of it is kept. */
  readonly once?: boolean | undefined;
}

/** What a port needs of the read side. The write side and a remote engine satisfy it too. */
export interface QueryEngine {
  /** Runs one statement. Identifiers come from contracts; values are always bound. */
  query(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<SqlRow[]>;
}

/** An engine that serves readers: what it writes for them goes to the socket as it is. */
export interface ServingEngine extends QueryEngine {
  /**
   * Counts the changes of what is served, and is odd while one is under way. Statements between which it stayed the same
   * even number have read the same data.
   */
  readonly epoch: number;
  /** Runs one statement of one column of type BLOB. @returns one piece per row, in their order; an empty one for null */
  bytes(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<readonly Uint8Array[]>;
}
