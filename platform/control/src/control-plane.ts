import type { Presence } from "./presence.ts";

/** A value bound to `$1`, `$2`, … JSON is bound as text and cast in the statement: `$3::jsonb`. */
export type ControlValue = null | boolean | number | bigint | string | Date | readonly string[];

/**
 * Runs statements in order on one connection or transaction. How values read is the same on both stores:
 * `int8` (and `count(*)`) as `number` while it is a safe integer, else as `bigint`; `numeric` and `date` as strings;
 * `timestamp` (taken as UTC) and `timestamptz` as `Date`; `json` and `jsonb` parsed.
 */
export interface ControlHandle {
  query<Row extends object>(sql: string, params?: readonly ControlValue[]): Promise<Row[]>;
  /** Runs a script of several statements, without parameters. @returns the rows of all of them, one after another */
  execute(script: string): Promise<object[]>;
}

/** The mesh's memory of itself: runs, snapshots and pointers. The same SQL on PGlite and on a Postgres server. */
export interface ControlPlane extends ControlHandle, AsyncDisposable {
  /** `embedded`: PGlite, this process alone. `server`: Postgres, any number of processes. */
  readonly kind: "embedded" | "server";
  /** Who this process is to others; shown as alive, by an advisory lock, while the control plane is open. */
  readonly workerId: number;
  readonly presence: Presence;
  /**
   * Commits what `work` did, or nothing of it when it throws. Inside, use the handle and only the handle:
   * PGlite has one connection, on which a query beside the handle would wait for its own transaction.
   */
  transaction<Result>(work: (handle: ControlHandle) => Promise<Result>): Promise<Result>;
}

/** What `openControl` needs of a vendor; everything else is built on it. */
export interface ControlStore extends ControlHandle, AsyncDisposable {
  readonly kind: ControlPlane["kind"];
  /** @param answerMs how long a server may take for one statement; as long as for any other when absent */
  transaction<Result>(work: (handle: ControlHandle) => Promise<Result>, answerMs?: number): Promise<Result>;
  /** Holds the advisory lock (`lockClass`, `workerId`) on a connection of its own until disposed. */
  holdPresence(workerId: number, graceMs: number): Promise<Presence>;
}
