import type { MemoryTrend } from "./memory-trend.ts";

export interface SoakReport {
  readonly minutes: number;
  /** Requests a second that the server answers when it is always busy. */
  readonly capacity: number;
  /** Requests a second that were asked. */
  readonly load: number;
  readonly answered: number;
  /** Turned away with 503 and Retry-After. */
  readonly shed: number;
  /** Clients that went away before their answer came. */
  readonly killed: number;
  readonly failed: number;
  /** Their kinds, the most frequent first: how often, and the first in words. */
  readonly failures: readonly string[];
  readonly publishes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly memory: MemoryTrend | undefined;
  readonly longestStallMs: number;
}

/** Growth that is no leak: a share of what is held, and what an allocator may keep for itself. */
const growthShare = 0.15;
const growthBytes = 64 * 1024 * 1024;

/** Least share of the questions that is answered: who turns everybody away makes no mistakes either. */
const answeredShare = 0.1;

/** @returns what must not have been, in words; empty when all is well */
export function judgeSoak({ failed, failures, answered, shed, publishes, killed, memory }: SoakReport): string[] {
  const problems: string[] = [];
  if (failed > 0) problems.push(`${failed} answers were wrong; ${failures.join("; ")}`);
  if (answered <= (answered + shed) * answeredShare) problems.push(`${shed} were shed and only ${answered} answered`);
  if (publishes === 0) problems.push("nothing was published meanwhile");
  if (killed === 0) problems.push("no client went away before its answer");
  if (memory === undefined) problems.push("it was too short to tell whether memory grows");
  else if (memory.growthBytes > memory.medianBytes * growthShare + growthBytes)
    problems.push(`memory grew by ${megabytes(memory.growthBytes)} after the warm-up`);
  return problems;
}

export function formatSoak(report: SoakReport): string {
  const { minutes, capacity, load, answered, shed, killed, failed, publishes, p50Ms, p99Ms, memory } = report;
  const growth = memory === undefined ? "–" : megabytes(memory.growthBytes);
  const held = memory === undefined ? "–" : megabytes(memory.medianBytes);
  const problems = judgeSoak(report);
  return [
    `soak of ${minutes} minutes at ${Math.round(load)} of ${Math.round(capacity)} requests/s, ${publishes} publishes`,
    `  ${answered} answered (p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms), ${shed} shed, ${killed} clients went away, ${failed} wrong`,
    `  memory ${held}, growth after the warm-up ${growth}; longest stall ${report.longestStallMs.toFixed(0)} ms`,
    ...(problems.length === 0 ? ["  all well"] : problems.map((problem) => `  ${problem}`)),
  ].join("\n");
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
