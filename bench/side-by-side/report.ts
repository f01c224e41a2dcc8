import type { Explanation } from "./explain-missed.ts";
import type { Cell } from "./measure-cells.ts";
import type { Target } from "./targets.ts";
import type { WorldSize } from "./world.ts";

/** All that one run found; what `--json` writes. */
export interface Report {
  readonly machine: {
    readonly cores: number;
    readonly processor: string;
    readonly system: string;
    readonly node: string;
  };
  readonly quick: boolean;
  readonly size: WorldSize;
  readonly subjects: readonly { readonly name: string; readonly title: string }[];
  readonly questions: readonly { readonly name: string; readonly title: string }[];
  readonly cells: readonly Cell[];
  readonly targets: readonly Target[];
  /** Of what was missed. */
  readonly explained: readonly Explanation[];
}

/** For a terminal: one table a question, then the targets. */
export function formatReport(report: Report): string {
  const { subjects, questions, cells, targets, explained } = report;
  const blocks = questions.map(({ name, title }) => {
    const rows = subjects.flatMap((subject) => {
      const own = cells.filter((cell) => cell.subject === subject.name && cell.question === name);
      return own.length === 0 ? [] : [[subject.title, ...own.flatMap(throughput), ...spent(own)]];
    });
    return `${name}: ${title}\n${formatTable([header, ...rows])}`;
  });
  const verdicts = targets.map((target) => [verdict(target), `${target.question}, ${target.what}`, ...judged(target)]);
  const profiles = explained.map((one) => `  ${one.question}, ${one.subject}: ${explainText(one)}`);
  return [
    headline(report),
    ...blocks,
    `targets\n${formatTable(verdicts)}`,
    ...(profiles.length === 0 ? [] : [`where the time of a missed target goes\n${profiles.join("\n")}`]),
  ].join("\n\n");
}

const header = [
  "server",
  ...[1, 8].flatMap((concurrency) => [`req/s (${concurrency})`, "p50 ms", "p99 ms"]),
  "CPU ms/req",
  "peak MB",
  "stall ms",
  "KB",
];

function throughput({ requestsPerSecond, p50Ms, p99Ms }: Cell): string[] {
  return [formatNumber(requestsPerSecond), formatNumber(p50Ms), formatNumber(p99Ms)];
}

/** At the higher load, where it matters; stalls at either. */
function spent(cells: readonly Cell[]): string[] {
  const { cpuMsPerRequest, bytes } = cells.at(-1) as Cell;
  const memory = Math.max(...cells.map(({ peakMemoryBytes }) => peakMemoryBytes));
  const stall = Math.max(...cells.map(({ longestStallMs }) => longestStallMs));
  const failures = cells.reduce((sum, cell) => sum + cell.failures, 0);
  const failed =
    failures === 0 ? [] : [`${failures} failed: ${cells.find(({ failure }) => failure)?.failure?.slice(0, 100)}`];
  return [cpuMsPerRequest, memory / 1e6, stall, bytes / 1000].map(formatNumber).concat(failed);
}

/** For README.md: requests per second at the higher load, the targets, and where the time of a missed one goes. */
export function readmeBlock(report: Report): string {
  const { subjects, questions, cells, targets, explained } = report;
  const titleOf = (question: string) => questions.find(({ name }) => name === question)?.title ?? question;
  const rows = questions.map(({ name, title }) => [
    title,
    ...subjects.map((subject) => speed(cells, subject.name, name)),
  ]);
  const verdicts = targets.map((target) => {
    return [`${titleOf(target.question)}, ${target.what}`, ...judged(target), verdict(target)];
  });
  return [
    headline(report),
    "",
    ...markdownTable(["requests/s, 8 at a time", ...subjects.map(({ title }) => title)], { rows, align: "---:" }),
    "",
    ...markdownTable(["target", "promise", "measured", ""], { rows: verdicts, align: "---" }),
    ...(explained.length === 0 ? [] : ["", "Where the time of what was missed goes:", ""]),
    ...explained.map((one) => `- ${titleOf(one.question)} (${one.subject}): ${explainText(one)}`),
  ].join("\n");
}

function speed(cells: readonly Cell[], subject: string, question: string): string {
  const cell = cells.filter((one) => one.subject === subject && one.question === question).at(-1);
  if (cell === undefined) return "–";
  return cell.failures > 0 ? "failed" : formatNumber(cell.requestsPerSecond);
}

function explainText({ cpuMs, scriptMs, idleShare, functions }: Explanation): string {
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const cpu = `${formatNumber(cpuMs)} ms of CPU a request, ${percent(1 - scriptMs / cpuMs)} of it in the engine's threads`;
  const busiest = functions.map(({ name, share }) => `${name} ${percent(share)}`);
  return `${cpu}; the JavaScript thread: idle ${[percent(idleShare), ...busiest].join(", ")}`;
}

function headline({ machine, size, quick }: Report): string {
  const rows = `${size.users.toLocaleString("en")} users, ${size.events.toLocaleString("en")} and ${size.largeEvents.toLocaleString("en")} events`;
  const mode = quick ? "Quick run, for smoke only. " : "";
  return `${mode}${machine.cores} cores (${machine.processor}), ${machine.system}, Node ${machine.node}; ${rows}; every server a process of its own, answers checked equal, medians of interleaved rounds.`;
}

function judged({ promise, measured }: Target): string[] {
  return [promise, measured];
}

function verdict({ met }: Target): string {
  return met === undefined ? "–" : met ? "met" : "missed";
}

function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(value >= 10 ? 3 : 2);
}

function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(cell.length, all[i] ?? 0)), []);
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)));
  return rows.map((row) => `  ${line(row).join("  ")}`).join("\n");
}

interface TableRows {
  readonly rows: readonly (readonly string[])[];
  /** Of all columns but the first. */
  readonly align: string;
}

function markdownTable(head: readonly string[], { rows, align }: TableRows): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? "---" : align))), ...rows.map(line)];
}
