import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { requireEqualPayloads } from "./equal-payloads.ts";
import { type Explanation, explainMissed } from "./explain-missed.ts";
import { installPeers } from "./install-peers.ts";
import { startLoad } from "./load-process.ts";
import { type MeasureOptions, measureCells } from "./measure-cells.ts";
import { type Question, worldQuestions } from "./questions.ts";
import { replaceBlock } from "./readme-block.ts";
import { formatReport, type Report, readmeBlock } from "./report.ts";
import { type Subject, startSubjects, subjectDescriptions } from "./subjects.ts";
import { judgeTargets } from "./targets.ts";
import { fullSize, openWorld, quickSize } from "./world.ts";

const pace = {
  full: { rounds: 3, warmUpMs: 1_000, durationMs: 1_500, profileMs: 3_000 },
  quick: { rounds: 1, warmUpMs: 20, durationMs: 80, profileMs: 300 },
} satisfies Record<string, Omit<MeasureOptions, "onRound"> & { readonly profileMs: number }>;

/** Ours beside other servers on the same data, in one run. */
export async function benchPeers(root: string, args: readonly string[]): Promise<void> {
  const { quick, readme, json, only } = parseOptions(args);
  const log = (line: string) => void process.stderr.write(`${line}\n`);
  const size = quick ? quickSize : fullSize;
  const chosen = choose(only, worldQuestions(size));
  await installPeers(log);
  await using stack = new AsyncDisposableStack();
  log("publishing the data");
  const mesh = stack.use(await openWorld(size));
  log("starting the servers");
  const subjects = await startSubjects({ mesh, size, takesPart: chosen.takesPart, stack });
  log("comparing their answers");
  await requireEqualPayloads(subjects, chosen.questions);
  using load = startLoad();
  const options = quick ? pace.quick : pace.full;
  const onRound = (round: number) => log(round === 0 ? "warming up" : `round ${round} of ${options.rounds}`);
  const cells = await measureCells(load, { subjects, questions: chosen.questions }, { ...options, onRound });
  const peers = subjects.filter(({ kind }) => kind === "peer").map(({ name }) => name);
  const targets = judgeTargets({ cells, peers });
  const { questions } = chosen;
  const explained = await explainMissed(load, targets, { subjects, questions, durationMs: options.profileMs });
  const report = describeRun({ quick, size, subjects, questions, cells, targets, explained });
  console.log(formatReport(report));
  if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
  if (readme) await writeReadme(join(root, "README.md"), readmeBlock(report));
}

function parseOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      readme: { type: "boolean", default: false },
      json: { type: "string" },
      only: { type: "string", multiple: true, default: [] },
    },
  });
  return { ...values, only: values.only.flatMap((words) => words.split(",")) };
}

/** Words name servers, questions, or the beginning of either: `--only ours,raw,export`. */
function choose(only: readonly string[], questions: readonly Question[]) {
  const matches = (name: string) => only.some((word) => name.startsWith(word));
  const names = [...subjectDescriptions, ...questions].map(({ name }) => name);
  const unknown = only.find((word) => !names.some((name) => name.startsWith(word)));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: there is ${names.join(", ")}`);
  const anySubject = subjectDescriptions.some(({ name }) => matches(name));
  const anyQuestion = questions.some(({ name }) => matches(name));
  return {
    takesPart: (name: string) => !anySubject || matches(name),
    questions: questions.filter(({ name }) => !anyQuestion || matches(name)),
  };
}

interface MeasuredRun extends Pick<Report, "quick" | "size" | "cells" | "targets"> {
  readonly subjects: readonly Subject[];
  readonly questions: readonly Question[];
  readonly explained: readonly Explanation[];
}

function describeRun({ subjects, questions, ...run }: MeasuredRun): Report {
  return {
    machine: {
      cores: availableParallelism(),
      processor: cpus()[0]?.model.trim() ?? "unknown processor",
      system: `${process.platform} ${process.arch}`,
      node: process.versions.node,
    },
    subjects: subjects.map(({ name, title }) => ({ name, title })),
    questions: questions.map(({ name, title }) => ({ name, title })),
    ...run,
  };
}

async function writeReadme(file: string, block: string): Promise<void> {
  await writeFile(file, replaceBlock(await readFile(file, "utf8"), block));
}
