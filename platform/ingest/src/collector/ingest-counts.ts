import type { ProblemCode } from "./cloud-event.ts";

/** How what came in ended: kept, known already, refused for a reason, or turned away. */
export type IngestOutcome =
  | "accepted"
  | "duplicate"
  | "not-kept"
  | "unauthorised"
  | "rate-limited"
  | "unreadable"
  | ProblemCode;

export interface IngestCount {
  /** `<domain>/<stream>`; `unknown` for what belongs to none. */
  readonly stream: string;
  readonly outcome: IngestOutcome;
  readonly count: number;
}

/** Counters since the start; their number is bounded by streams and outcomes. */
export class IngestCounts {
  readonly #counts = new Map<string, Map<IngestOutcome, number>>();

  add(stream: string, outcome: IngestOutcome, count: number): void {
    if (count === 0) return;
    const outcomes = this.#counts.get(stream) ?? new Map<IngestOutcome, number>();
    this.#counts.set(stream, outcomes);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count);
  }

  list(): readonly IngestCount[] {
    return [...this.#counts].flatMap(([stream, outcomes]) =>
      [...outcomes].map(([outcome, count]) => ({ stream, outcome, count })),
    );
  }
}
