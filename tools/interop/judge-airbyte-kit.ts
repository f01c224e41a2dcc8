import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { airbyteSource } from "@thoth/ingest/airbyte";
import type { Stream } from "@thoth/ingest/connector";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { type Landing, openLanding } from "@thoth/testing/landing";
import { tempDir } from "@thoth/testing/temp-dir";
import { InteropError } from "./interop-error.ts";
import { runProgram } from "./run-program.ts";
import { verdict } from "./verdict.ts";

/** The kit for sources in JavaScript, and what it wants beside it. */
const packages = ["faros-airbyte-cdk@0.23.19", "commander@15.1.0", "faros-js-client@0.9.0", "lodash@4.18.1"];
const source = fileURLToPath(new URL("kit-source.cjs", import.meta.url));
const users = 2000;
const token = "hush-hush-1234";

/** A source built with the kit: read whole and by changes, cut off and resumed, and failing, which it does with exit code 0. */
export async function judgeAirbyteKit(): Promise<boolean> {
  console.log(`installing ${packages.join(", ")} into a folder of their own`);
  await using folder = await tempDir("thoth-interop-");
  await install(folder.path);
  const script = join(folder.path, "source.cjs");
  await copyFile(source, script);
  const verdicts = [await readChanges(script), await cutOff(script), await tellFailure(script)];
  return verdicts.every(Boolean);
}

async function install(folder: string): Promise<void> {
  try {
    await runProgram(["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, ...packages], { folder });
  } catch (cause) {
    throw new InteropError(
      `${packages.join(", ")} cannot be installed: ${(cause as Error).message}`,
      "This check needs an npm registry. Nothing else here does.",
    );
  }
}

function declared(script: string, config: object, mode: "append" | "replace" = "append"): Stream {
  return airbyteSource({
    command: process.execPath,
    args: [script],
    config: () => JSON.stringify({ token, ...config }),
    batchRows: 100,
    streams: { users: { columns: { id: "BIGINT", name: "VARCHAR" }, mode } },
  }).streams[0] as Stream;
}

async function idsOf(landing: Landing): Promise<unknown[]> {
  const [row] = await landing.query("SELECT count(*)::INTEGER AS n, count(DISTINCT id)::INTEGER AS ids FROM raw.users");
  return [row?.n, row?.ids];
}

async function readChanges(script: string): Promise<boolean> {
  await using landing = await openLanding();
  const counts: number[] = [];
  for (const until of [users, users + 5, users + 5]) {
    counts.push((await landing.land(declared(script, { until }))).rowsRead);
  }
  const whole = await landing.land(declared(script, { until: users }, "replace"), { full: true });
  return verdict("reads all of it, then what is new, then nothing", [...counts, whole.rowsRead], [users, 5, 0, users]);
}

async function cutOff(script: string): Promise<boolean> {
  await using landing = await openLanding();
  const stop = new AbortController();
  const stream = declared(script, { until: users });
  const stopped: Stream = {
    ...stream,
    async *read(context) {
      for await (const batch of stream.read(context)) {
        yield batch;
        stop.abort();
      }
    },
  };
  await landing.land(stopped, { signal: stop.signal }).catch(() => undefined);
  const [durable] = await idsOf(landing);
  const resumed = await landing.land(stream);
  const some = Number(durable) > 0 && Number(durable) < users;
  const found = [some, Number(durable) + resumed.rowsRead, ...(await idsOf(landing))];
  return verdict("is cut off, goes on from its state, loses nothing", found, [true, users, users, users]);
}

/** The failure itself is in what the source logged, and so in the log of the run. */
async function tellFailure(script: string): Promise<boolean> {
  await using landing = await openLanding();
  const lines: string[] = [];
  const log = async (_level: string, line: string) => void lines.push(line);
  const stream = declared(script, { until: users, failAt: 777 });
  const telling: Stream = { ...stream, read: (context) => stream.read({ ...context, log }) };
  const failure = await landing.land(telling).catch((error: unknown) => error);
  const told = [
    isMeshError(failure) && failure.code,
    lines.some((line) => line.includes("user 777 cannot be read with ***")),
  ];
  const [durable] = await idsOf(landing);
  await landing.land(declared(script, { until: users }));
  const found = [...told, durable, ...(await idsOf(landing))];
  const expected = ["ingest/source-failed", true, 776, users, users];
  return verdict("its failure is told, and what came before it stays", found, expected);
}
