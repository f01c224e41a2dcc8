import { type MemorySample, memoryTrend } from "./memory-trend.ts";
import type { Asked } from "./soak-clients.ts";
import type { SoakReport } from "./soak-report.ts";

type Summary = Pick<SoakReport, "answered" | "shed" | "killed" | "failed" | "failures" | "p50Ms" | "p99Ms" | "memory">;

/** Kinds of failure that a report tells of. */
const toldFailures = 5;

/** Counts what became of every question. */
export class SoakTally {
  readonly #counts = { answered: 0, shed: 0, killed: 0, failed: 0 };
  readonly #failures = new Map<string, { readonly reason: string; times: number }>();
  readonly #times: number[] = [];
  readonly #memory: MemorySample[] = [];

  count({ verdict, tookMs }: Asked): void {
    this.#counts[verdict.kind] += 1;
    if (verdict.kind === "failed") this.#remember(verdict.reason);
    if (verdict.kind === "answered") this.#times.push(tookMs);
  }

  sample(sample: MemorySample): void {
    this.#memory.push(sample);
  }

  summary(): Summary {
    const sorted = [...this.#times].sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
    const failures = [...this.#failures.values()].sort((a, b) => b.times - a.times).slice(0, toldFailures);
    return {
      ...this.#counts,
      failures: failures.map(({ reason, times }) => `${times}× ${reason}`),
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      memory: memoryTrend(this.#memory),
    };
  }

  /** Reasons that differ in their numbers are one kind. */
  #remember(reason: string): void {
    const kind = reason.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+/g, "…").slice(0, 200);
    const known = this.#failures.get(kind);
    if (known === undefined) this.#failures.set(kind, { reason, times: 1 });
    else known.times += 1;
  }
}
