/** Whether others can see that this process lives. */
export interface Presence {
  /** How long a worker may be out of sight before others take it for gone, and before it stops its runs itself; ms. */
  readonly graceMs: number;
  /** Tells when the connection that shows this process is lost, when that has lasted too long, and when there is another one. */
  watch(listener: (change: PresenceChange) => void): Disposable;
}

export type PresenceChange = "lost" | "overdue" | "back";

export const defaultGraceMs = 5_000;

/** Of a process that nothing comes between: the embedded store is a part of it. */
export const unbrokenPresence: Presence = {
  graceMs: 0,
  watch: () => ({ [Symbol.dispose]: () => undefined }),
};
