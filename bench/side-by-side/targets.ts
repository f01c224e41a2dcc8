import { type Cell, concurrencies } from "./measure-cells.ts";

/** What a run must show to be fast enough, and what it showed. */
export interface Target {
  readonly question: string;
  /** Which server of ours it is about. */
  readonly subject: string;
  /** What of it is judged. */
  readonly what: string;
  readonly promise: string;
  readonly measured: string;
  /** Undefined when the run did not measure it. */
  readonly met: boolean | undefined;
}

export interface JudgedRun {
  readonly cells: readonly Cell[];
  /** Servers that are neither ours nor the raw engine. */
  readonly peers: readonly string[];
}

/** A target is judged at one request at a time where it speaks of time, and at both loads where it speaks of throughput. */
export function judgeTargets(run: JudgedRun): Target[] {
  const cold = { subject: "ours-cold", what: "no cache" };
  const warm = { subject: "ours-warm", what: "warm cache" };
  const stall = { subject: "ours-cold", what: "longest stall of the event loop" };
  return [
    againstPeers(run, { ...cold, question: "cross-domain-50" }, 4),
    againstPeers(run, { ...cold, question: "cross-domain-500" }, 4),
    againstPeers(run, { ...cold, question: "cross-domain-5000" }, 4),
    againstPeers(run, { ...warm, question: "cross-domain-50" }, 10),
    againstRaw(run, { ...cold, question: "export" }, { times: 1.5, plusMs: 0 }),
    atMost(run, { ...stall, question: "export" }, { limitMs: 20, value: ({ longestStallMs }) => longestStallMs }),
    againstRaw(run, { ...cold, question: "group-by" }, { times: 1.1, plusMs: 2 }),
    againstRaw(run, { ...cold, question: "group-by-large" }, { times: 1.1, plusMs: 2 }),
    atMost(run, { ...cold, question: "lookup" }, { limitMs: 2, value: ({ p50Ms }) => p50Ms }),
  ];
}

type Subject = Pick<Target, "question" | "subject" | "what">;

type Judgement = Pick<Target, "measured" | "met">;

const notMeasured: Judgement = { measured: "not measured in this run", met: undefined };

function againstPeers({ cells, peers }: JudgedRun, target: Subject, times: number): Target {
  const { question, subject } = target;
  const judgements = concurrencies.flatMap((concurrency) => {
    const own = find(cells, { subject, question, concurrency });
    const best = cells
      .filter((cell) => peers.includes(cell.subject) && cell.question === question && cell.concurrency === concurrency)
      .filter(({ failures }) => failures === 0)
      .reduce<Cell | undefined>((a, b) => (a && a.requestsPerSecond >= b.requestsPerSecond ? a : b), undefined);
    if (own === undefined || best === undefined) return [];
    const ratio = own.requestsPerSecond / best.requestsPerSecond;
    const measured = `${ratio.toFixed(2)}× ${best.subject} (${concurrency} at a time)`;
    return [judged([own], { measured, met: ratio >= times })];
  });
  const together = {
    measured: judgements.map(({ measured }) => measured).join(", "),
    met: judgements.every(({ met }) => met),
  };
  return { ...target, promise: `≥ ${times}× the best peer`, ...(judgements.length === 0 ? notMeasured : together) };
}

function againstRaw({ cells }: JudgedRun, target: Subject, limit: { times: number; plusMs: number }): Target {
  const { times, plusMs } = limit;
  const promise = `≤ ${times}× raw${plusMs === 0 ? "" : ` + ${plusMs} ms`}`;
  const own = find(cells, { ...target, concurrency: 1 });
  const raw = find(cells, { ...target, subject: "raw", concurrency: 1 });
  if (own === undefined || raw === undefined) return { ...target, promise, ...notMeasured };
  const ratio = (own.p50Ms / raw.p50Ms).toFixed(2);
  const measured = `${own.p50Ms.toFixed(2)} ms beside ${raw.p50Ms.toFixed(2)} ms (${ratio}×)`;
  return { ...target, promise, ...judged([own, raw], { measured, met: own.p50Ms <= raw.p50Ms * times + plusMs }) };
}

interface Limit {
  readonly limitMs: number;
  readonly value: (cell: Cell) => number;
}

function atMost({ cells }: JudgedRun, target: Subject, { limitMs, value }: Limit): Target {
  const promise = `≤ ${limitMs} ms`;
  const own = find(cells, { ...target, concurrency: 1 });
  if (own === undefined) return { ...target, promise, ...notMeasured };
  const measured = `${value(own).toFixed(2)} ms`;
  return { ...target, promise, ...judged([own], { measured, met: value(own) <= limitMs }) };
}

/** What failed was fast for nothing. */
function judged(cells: readonly Cell[], judgement: Judgement): Judgement {
  const failed = cells.find(({ failures }) => failures > 0);
  if (failed === undefined) return judgement;
  const { subject, failures, requests, failure } = failed;
  return { measured: `${failures} of ${requests} requests to ${subject} failed: ${failure}`, met: false };
}

function find(cells: readonly Cell[], wanted: Pick<Cell, "subject" | "question" | "concurrency">): Cell | undefined {
  return cells.find(
    ({ subject, question, concurrency }) =>
      subject === wanted.subject && question === wanted.question && concurrency === wanted.concurrency,
  );
}
