import type { Profile } from "../servers/profile.ts";
import type { LoadProcess } from "./load-process.ts";
import type { Question } from "./questions.ts";
import type { Subject } from "./subjects.ts";
import type { Target } from "./targets.ts";

/** Where the time of a question went whose target was missed. */
export interface Explanation extends Profile {
  readonly question: string;
  readonly subject: string;
  /** Per request, of all threads. */
  readonly cpuMs: number;
  /** Of that, the thread that runs JavaScript; the rest is the engine's. */
  readonly scriptMs: number;
}

export interface ExplainOptions {
  readonly subjects: readonly Subject[];
  readonly questions: readonly Question[];
  readonly durationMs: number;
}

const maxRequests = 100_000;

/** Asks each missed question again, one request at a time, with a profile. */
export async function explainMissed(load: LoadProcess, targets: readonly Target[], options: ExplainOptions) {
  const explanations: Explanation[] = [];
  for (const target of targets) {
    const subject = options.subjects.find(({ name }) => name === target.subject);
    const question = options.questions.find(({ name }) => name === target.question);
    const known = explanations.some((one) => one.question === target.question && one.subject === target.subject);
    if (target.met !== false || subject === undefined || question === undefined || known) continue;
    explanations.push(await explain(load, { subject, question, durationMs: options.durationMs }));
  }
  return explanations;
}

interface Asked {
  readonly subject: Subject;
  readonly question: Question;
  readonly durationMs: number;
}

async function explain(load: LoadProcess, { subject, question, durationMs }: Asked): Promise<Explanation> {
  const bodies = question.variables.flatMap((variables) => subject.bodyOf(question, variables) ?? []);
  const order = { url: subject.url, bodies, concurrency: 1, durationMs, minRequests: 1, maxRequests };
  // Without a profile first: it costs time of its own.
  await subject.reset();
  const { requests } = await load.run(order);
  const { cpuMs, scriptMs } = await subject.usage();
  const profile = await subject.profile(() => load.run(order));
  return {
    question: question.name,
    subject: subject.name,
    cpuMs: cpuMs / requests,
    scriptMs: scriptMs / requests,
    ...profile,
  };
}
