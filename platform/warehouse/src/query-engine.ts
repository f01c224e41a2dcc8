/** A value bound to `$1`, `$2`, … Arrays bind as lists: `unnest($1)`. */
export type SqlValue = null | boolean | number | bigint | string | readonly SqlValue[];

/** Column name → JavaScript value: BIGINT and HUGEINT as `bigint`, DATE and TIMESTAMP as ISO strings, DECIMAL as string, lists as arrays. */
export type SqlRow = Record<string, unknown>;

export interface QueryOptions {
  /** Aborting interrupts the statement in the engine. */
  readonly signal?: AbortSignal;
}

/** What a port needs of the read side. The write side and a remote engine satisfy it too. */
export interface QueryEngine {
  /** Runs one statement. Identifiers come from contracts; values are always bound. */
  query(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<SqlRow[]>;
}
