/** The world a command acts on; tests pass their own. */
export interface Effects {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly now: () => number;
  /** Columns of the terminal that stderr is, which then shows progress in place; undefined when it is a file or pipe. */
  readonly columns: () => number | undefined;
  /** Aborts when the user asks to stop, and when nobody reads the output any more. */
  readonly signal: AbortSignal;
  /** All of stdin. */
  readonly input: () => Promise<string>;
  out(text: string): void;
  /**
   * Writes to stdout and resolves when whoever reads it has room for more, or has gone.
   * For output that does not fit into memory.
   */
  readonly outSlowly?: (piece: string | Uint8Array) => Promise<void>;
  err(text: string): void;
}
