import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openLanding } from "@thoth/testing/landing";
import { tempDir } from "@thoth/testing/temp-dir";
import { quoteLiteral } from "@thoth/warehouse/sql-text";
import { benchJoined } from "./merge-joined.ts";
import type { MergeAnswer, MergeTask } from "./merge-process.ts";

/**
 * A large table of which one row in a hundred has changed: a run of the pipeline, which keeps history in raw, cleans,
 * audits and publishes a new snapshot, beside a MERGE of the same rows in place, after which there is only the new state.
 * Then the same run over a tenth of the rows, for its memory, and a table that joins another one.
 */
export async function benchMerge(args: readonly string[]): Promise<void> {
  const rows = args.includes("--quick") ? 200_000 : 10_000_000;
  const large = await mergeTable(rows, ["merge", "delete and insert", "pipeline"]);
  const [plain, ours] = [large.get("merge"), large.get("pipeline")];
  if (plain === undefined || ours === undefined) return;
  if (ours.digest !== plain.digest) throw new Error("the pipeline and the MERGE do not end with the same rows");
  console.log(`the run takes ${(ours.ms / plain.ms).toFixed(1)}× the MERGE; both end with the same rows`);
  const small = (await mergeTable(rows / 10, ["pipeline"])).get("pipeline");
  if (small === undefined) return;
  const times = (ours.maxRssKb / small.maxRssKb).toFixed(1);
  console.log(`ten times the rows take ${times}× the memory, the first load included`);
  await benchJoined(rows / 5);
}

/** Each way in a folder and a process of its own. */
async function mergeTable(rows: number, ways: readonly MergeTask["how"][]) {
  await using dir = await tempDir();
  const files = { base: join(dir.path, "base.parquet"), changes: join(dir.path, "changes.parquet") };
  await writeFiles(files, rows);
  const answers = new Map<MergeTask["how"], MergeAnswer>();
  for (const how of ways) {
    const folder = join(dir.path, how.replaceAll(" ", "-"));
    await mkdir(folder);
    const answer = await inProcess({ how, folder, rows, ...files });
    answers.set(how, answer);
    console.log(describe(how, answer, rows));
  }
  return answers;
}

/** Half of the changes are new rows, half are later versions of old ones. */
async function writeFiles({ base, changes }: { base: string; changes: string }, rows: number): Promise<void> {
  await using landing = await openLanding();
  const columns = (id: string, version: number) =>
    `${id} AS id, 'status ' || ${id} % 12 AS status, (${id} % 1000)::DOUBLE + ${version} AS amount,
  TIMESTAMPTZ '2026-01-01 00:00:00Z' + INTERVAL 1 SECOND * (${id} % 86400) + INTERVAL 1 DAY * ${version} AS changed_at`;
  const changed = rows / 200;
  await landing.engine.run(
    `COPY (SELECT ${columns("range", 0)} FROM range(${rows})) TO ${quoteLiteral(base)} (FORMAT parquet)`,
  );
  await landing.engine.run(`COPY (SELECT ${columns("(range * 200)", 1)} FROM range(${changed})
UNION ALL SELECT ${columns(`(${rows} + range)`, 1)} FROM range(${changed})) TO ${quoteLiteral(changes)} (FORMAT parquet)`);
}

/** In a process of its own, so that its memory is told apart. */
async function inProcess(task: MergeTask): Promise<MergeAnswer> {
  const main = fileURLToPath(new URL("merge-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=thoth-source", main, JSON.stringify(task)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += String(chunk);
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`${task.how} ended with ${code}`);
  return JSON.parse(text) as MergeAnswer;
}

function describe(how: string, { ms, maxRssKb, steps }: MergeAnswer, rows: number): string {
  const speed = Math.round((rows / ms) * 1000).toLocaleString("en");
  const parts = Object.entries(steps).map(([step, stepMs]) => `${step} ${Math.round(stepMs)} ms`);
  const told = parts.length === 0 ? "" : ` (${parts.join(", ")})`;
  return `${how}, ${rows.toLocaleString("en")} rows: ${Math.round(ms)} ms${told}, ${speed} rows/s of the whole table, peak memory ${Math.round(maxRssKb / 1024)} MiB`;
}
