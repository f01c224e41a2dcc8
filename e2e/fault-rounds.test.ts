import { once } from "node:events";
import { watch } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { keptSnapshots } from "@thoth/pipeline/mesh";
import { type Random, seededRandom } from "@thoth/testing/random";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ServingMesh, serveMesh, start } from "./mesh-process.ts";
import { loansProject, type SmallProject } from "./small-project.ts";

/**
 * A real `mesh run`, killed at random moments while another process reads. Each edition of the source says in every row
 * which one it is, so half an edition, or two at once, cannot go unnoticed.
 */
const rounds = Number(process.env.MESH_FAULT_ROUNDS ?? 10);
/** Many rounds converge after each one; few of them now and then, so that crashes come on top of crashes as well. */
const convergeEvery = rounds >= 50 ? 1 : 5;
const seed = process.env.MESH_FAULT_SEED ?? "fault rounds";

let project: SmallProject;
const env = { MESH_SOURCES: "exports" };

beforeAll(async () => {
  project = await loansProject();
  await mkdir(join(project.root, "exports/entries"), { recursive: true });
  await project.write("domains/library-loans/sources/records.ts", sourceCode);
  await project.write("domains/library-loans/clean/records.sql", cleanSql);
});
afterAll(() => project?.[Symbol.asyncDispose]());

const sourceCode = `import { csvFiles } from "@thoth/ingest/csv-files";
import { defineSource } from "@thoth/ingest/define-source";

const columns = { id: "BIGINT", edition: "INTEGER" };

export const records = defineSource({
  name: "library-loans-export",
  kind: "files",
  description: "For tests.",
  streams: [
    csvFiles({ name: "records", files: "records.csv", mode: "replace", columns }),
    csvFiles({ name: "entries", files: "entries/*.csv", columns }),
  ],
});
`;

const cleanSql = `select id, 'record' as category, edition::double as amount, timestamptz '2026-01-01' as changed_at from raw.records
union all
select 1000000 + id, 'entry', edition, timestamptz '2026-01-01' from raw.entries
`;

const recordsOf = (edition: number) => 15_000 + edition;
const entriesOf = (edition: number) => 500 * edition;

/** A whole table that is replaced, and one more file of another that grows. */
async function bring(edition: number): Promise<void> {
  const lines = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => `${from + index + 1},${edition}\n`).join("");
  const folder = join(project.root, "exports");
  await writeFile(join(folder, "records.csv"), `id,edition\n${lines(0, recordsOf(edition))}`);
  const entries = `id,edition\n${lines(entriesOf(edition - 1), entriesOf(edition))}`;
  await writeFile(join(folder, `entries/${String(edition).padStart(4, "0")}.csv`), entries);
}

const question = `{ loansAggregate(groupBy: [CATEGORY], orderBy: [{ group: { category: ASC } }]) {
  group { category } count min { id amount } max { id amount } sum { id amount } } }`;

/** @returns the one edition that an answer shows; fails when it shows anything else */
async function editionShown(gateway: ServingMesh): Promise<number> {
  const { data, errors } = await gateway.ask(question);
  expect(errors).toBeUndefined();
  const edition = Number(data.loansAggregate[1].max.amount);
  expect(data.loansAggregate).toEqual(wholeEdition(edition));
  return edition;
}

/** What an undisturbed run of all editions up to this one shows. */
function wholeEdition(edition: number) {
  const [records, entries] = [recordsOf(edition), entriesOf(edition)];
  const sumTo = (last: number) => (last * (last + 1)) / 2;
  return [
    {
      group: { category: "entry" },
      count: entries,
      min: { id: 1_000_001, amount: 1 },
      max: { id: 1_000_000 + entries, amount: edition },
      sum: { id: 1_000_000 * entries + sumTo(entries), amount: 500 * sumTo(edition) },
    },
    {
      group: { category: "record" },
      count: records,
      min: { id: 1, amount: edition },
      max: { id: records, amount: edition },
      sum: { id: sumTo(records), amount: records * edition },
    },
  ];
}

/** A run as it shows from outside: it takes the home, tells of each job, ends. */
interface Watched {
  readonly child: ReturnType<typeof start>;
  /** When it took the home, and when it told of its first job, its second … */
  readonly events: readonly Promise<number>[];
  readonly ended: Promise<readonly [code: number | null, signal: NodeJS.Signals | null]>;
  said(): string;
}

const jobs = 4;

/** Before it takes the home a process only loads its code, which takes as long as the machine is busy. */
async function watchRun(): Promise<Watched> {
  const told = Array.from({ length: jobs }, () => Promise.withResolvers<number>());
  const taken = await watchHome();
  const child = start(["run"], { cwd: project.root, env });
  let said = "";
  child.stdout.resume();
  child.stderr.on("data", (text) => {
    said += String(text);
    const lines = said.split("\n").filter((line) => line.startsWith("[")).length;
    for (const { resolve } of told.slice(0, lines)) resolve(performance.now());
  });
  const ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  void ended.then(taken.forget);
  return { child, events: [taken.at, ...told.map(({ promise }) => promise)], ended, said: () => said };
}

/** From when it is returned, so that no run is too fast for it. */
async function watchHome(): Promise<{ readonly at: Promise<number>; forget(): void }> {
  const folder = join(project.root, "var/lock");
  await mkdir(folder, { recursive: true });
  const { promise: at, resolve } = Promise.withResolvers<number>();
  const watcher = watch(folder, () => resolve(performance.now()));
  return { at, forget: () => watcher.close() };
}

/** @returns how long each part of an undisturbed run takes, ms: until its first job has ended, its second, …, itself */
async function measureRun(): Promise<readonly number[]> {
  const { events, ended, said } = await watchRun();
  expect((await ended)[0], said()).toBe(0);
  const times = [...(await Promise.all(events)), performance.now()];
  return times.slice(1).map((time, index) => time - (times[index] ?? time));
}

interface KillTime {
  readonly part: number;
  /** After the part has begun. */
  readonly afterMs: number;
}

/** @returns how many jobs the run had told of when it was killed; undefined when it had ended by itself */
async function killedRun({ part, afterMs }: KillTime): Promise<number | undefined> {
  const { child, events, ended, said } = await watchRun();
  await Promise.race([events[part]?.then(() => wait(afterMs)), ended]);
  child.kill("SIGKILL");
  const [code, signal] = await ended;
  if (code === null) expect(signal).toBe("SIGKILL");
  else expect(code, said()).toBe(0);
  return signal === null
    ? undefined
    : said()
        .split("\n")
        .filter((line) => line.startsWith("[")).length;
}

/** Between two questions of the reader, so that the run has some of the machine, too. */
const pauseMs = 10;

/** Reads until it is told to stop, and more than once a round however slow that is; editions only ever go up. */
async function readOn(gateway: ServingMesh, until: AbortSignal): Promise<number> {
  let [answers, newest] = [0, 0];
  while (!until.aborted || answers <= rounds) {
    const edition = await editionShown(gateway);
    expect(edition).toBeGreaterThanOrEqual(newest);
    newest = edition;
    answers += 1;
    await wait(pauseMs);
  }
  return answers;
}

/** What lies in the home besides snapshots, the insides of databases and what the gateway writes of its readers. */
async function filesBeside(): Promise<string[]> {
  const names = await readdir(join(project.root, "var"), { recursive: true });
  const own = names.filter(
    (name) => !/^(control|snapshots|usage|audit|keys\/audit\.key)(\/|$)/.test(name) && !name.endsWith(".wal"),
  );
  return own.map((name) => name.replace(/^lock\/\d+$/, "lock/<n>")).sort();
}

async function snapshots(): Promise<string[]> {
  return readdir(join(project.root, "var/snapshots/library-loans/loans"));
}

test(`a run that is killed loses and doubles nothing, and nobody sees half of it (${rounds} rounds)`, {
  timeout: rounds * 40_000 + 600_000,
}, async () => {
  await bring(1);
  await measureRun();
  await bring(2);
  const parts = await measureRun();
  await using gateway = await serveMesh(["serve", "gateway"], { cwd: project.root });
  await editionShown(gateway);
  const files = await filesBeside();
  const done = new AbortController();
  const reading = readOn(gateway, done.signal);
  // What the reader sees wrong ends the rounds at once.
  const failed = reading.then(() => undefined);
  const random: Random = seededRandom(seed);
  const killedAt: number[] = [];
  let edition = 2;
  try {
    for (let round = 1; round <= rounds; round++) {
      await bring(++edition);
      // Each part as often as the others, however short it is; then anywhere in it.
      const part = round % parts.length;
      const killed = await Promise.race([killedRun({ part, afterMs: random.next() * (parts[part] ?? 0) }), failed]);
      if (killed !== undefined) killedAt.push(killed);
      if (round % convergeEvery === 0 || round === rounds) await converge(gateway, edition, files);
    }
  } finally {
    done.abort();
  }
  expect(await reading).toBeGreaterThan(rounds);
  await expectTerminalRuns(killedAt.length);
  if (rounds >= 50) console.log(summary(killedAt));
});

async function converge(gateway: ServingMesh, edition: number, files: readonly string[]): Promise<void> {
  const { code, err } = await project.mesh(["run"], env);
  expect(code, err).toBe(0);
  await expect.poll(() => editionShown(gateway), { interval: 20 }).toBe(edition);
  expect(await filesBeside()).toEqual(files);
  expect((await snapshots()).length).toBeLessThanOrEqual(keptSnapshots + 1);
}

async function expectTerminalRuns(killed: number): Promise<void> {
  const { out } = await project.mesh(["runs", "--json", "--limit", "10000"]);
  const runs = JSON.parse(out) as { status: string; completed_at: string | null; failure_class: string | null }[];
  expect(runs.filter(({ completed_at: at }) => at === null)).toEqual([]);
  expect(new Set(runs.map(({ status }) => status))).toEqual(new Set(["success", "aborted"]));
  expect(runs.filter(({ status }) => status === "aborted").length).toBeGreaterThan(Math.min(killed / 10, 3));
}

/** How often a run was killed after so many jobs. */
function summary(killedAt: readonly number[]): string {
  const counts = Array.from({ length: jobs + 1 }, (_, done) => killedAt.filter((one) => one === done).length);
  return `${killedAt.length} killed; after 0 to ${jobs} jobs: ${counts.join(", ")}`;
}
