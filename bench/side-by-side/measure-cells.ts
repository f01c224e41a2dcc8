import type { LoadProcess } from "./load-process.ts";
import type { Question } from "./questions.ts";
import type { Subject } from "./subjects.ts";

/** One server, one question, so many requests at a time: medians of the rounds. */
export interface Cell {
  readonly subject: string;
  readonly question: string;
  readonly concurrency: number;
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMsPerRequest: number;
  /** Highest and longest of all rounds. */
  readonly peakMemoryBytes: number;
  readonly longestStallMs: number;
  readonly bytes: number;
  readonly failures: number;
  readonly failure: string | undefined;
}

export interface MeasureOptions {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
  readonly onRound: (round: number) => void;
}

export const concurrencies = [1, 8] as const;

const maxRequests = 200_000;

/** Rounds go over all servers for each question, so that whatever else the machine does falls on all alike. */
export async function measureCells(
  load: LoadProcess,
  { subjects, questions }: { readonly subjects: readonly Subject[]; readonly questions: readonly Question[] },
  options: MeasureOptions,
): Promise<Cell[]> {
  const rounds = new Map<string, Cell[]>();
  for (let round = 0; round <= options.rounds; round++) {
    options.onRound(round);
    for (const question of questions) {
      // One at a time warms up as well, without the wait that eight large answers mean.
      for (const concurrency of round === 0 ? concurrencies.slice(0, 1) : concurrencies) {
        for (const subject of subjects) {
          const bodies = question.variables.flatMap((variables) => subject.bodyOf(question, variables) ?? []);
          if (bodies.length === 0) continue;
          const durationMs = round === 0 ? options.warmUpMs : options.durationMs;
          const minRequests = round === 0 && subject.remembers ? bodies.length : 1;
          const order = { subject, question, bodies, concurrency, durationMs, minRequests };
          const cell = await measureCell(load, order);
          const key = `${subject.name} ${question.name} ${concurrency}`;
          if (round > 0) rounds.set(key, [...(rounds.get(key) ?? []), cell]);
        }
      }
    }
  }
  return [...rounds.values()].map(medianCell);
}

interface CellOrder {
  readonly subject: Subject;
  readonly question: Question;
  readonly bodies: readonly string[];
  readonly concurrency: number;
  readonly durationMs: number;
  readonly minRequests: number;
}

async function measureCell(load: LoadProcess, order: CellOrder): Promise<Cell> {
  const { subject, question, bodies, concurrency, durationMs, minRequests } = order;
  await subject.reset();
  const result = await load.run({ url: subject.url, bodies, concurrency, durationMs, minRequests, maxRequests });
  const { cpuMs, peakMemoryBytes, longestStallMs } = await subject.usage();
  const { requests, elapsedMs, p50Ms, p99Ms, bytes, failures, failure } = result;
  return {
    subject: subject.name,
    question: question.name,
    concurrency,
    requests,
    requestsPerSecond: (requests / elapsedMs) * 1000,
    p50Ms,
    p99Ms,
    cpuMsPerRequest: cpuMs / requests,
    peakMemoryBytes,
    longestStallMs,
    bytes,
    failures,
    failure,
  };
}

function medianCell(cells: readonly Cell[]): Cell {
  const middle = (value: (cell: Cell) => number) => median(cells.map(value));
  const most = (value: (cell: Cell) => number) => Math.max(...cells.map(value));
  const sum = (value: (cell: Cell) => number) => cells.reduce((total, cell) => total + value(cell), 0);
  return {
    ...(cells[0] as Cell),
    requests: sum(({ requests }) => requests),
    requestsPerSecond: middle(({ requestsPerSecond }) => requestsPerSecond),
    p50Ms: middle(({ p50Ms }) => p50Ms),
    p99Ms: middle(({ p99Ms }) => p99Ms),
    cpuMsPerRequest: middle(({ cpuMsPerRequest }) => cpuMsPerRequest),
    peakMemoryBytes: most(({ peakMemoryBytes }) => peakMemoryBytes),
    longestStallMs: most(({ longestStallMs }) => longestStallMs),
    failures: sum(({ failures }) => failures),
    failure: cells.find(({ failure }) => failure !== undefined)?.failure,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
