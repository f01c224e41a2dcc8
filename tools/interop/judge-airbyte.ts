import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommandLine } from "@thoth/cli/command-line";
import { airbyteSource } from "@thoth/ingest/airbyte";
import type { Stream } from "@thoth/ingest/connector";
import { systemClock } from "@thoth/kernel/clock";
import { openLanding } from "@thoth/testing/landing";
import { tempDir } from "@thoth/testing/temp-dir";
import { installPython, type PythonEnvironment } from "./python-environment.ts";
import { resumeTheirs } from "./resume-airbyte.ts";
import { verdict } from "./verdict.ts";

/** The one place that says which releases are asked. */
const packages = ["airbyte-source-faker==7.2.1"];
const root = fileURLToPath(new URL("../../", import.meta.url));
const script = fileURLToPath(new URL("read_airbyte.py", import.meta.url));

/**
 * The protocol as others speak it: a source of theirs is read by our connector, cut off, resumed and counted; and what our
 * own sources say is read by their models.
 */
export async function judgeAirbyte(): Promise<boolean> {
  console.log(`installing ${packages.join(", ")} into an environment of its own`);
  await using python = await installPython(packages);
  const verdicts = [
    await readTheirs(python),
    await refuseConfig(python),
    await resumeTheirs(python),
    await showOurs(python),
  ];
  return verdicts.every(Boolean);
}

const columns = {
  id: "BIGINT",
  name: "VARCHAR",
  age: "INTEGER",
  city: { type: "VARCHAR", from: "/address/city" },
  who: { type: "VARCHAR", from: "email", pseudonymise: true },
  updated_at: "TIMESTAMP WITH TIME ZONE",
} as const;

function faker(python: PythonEnvironment, config: object, batchRows: number): Stream {
  const streams = { users: { columns, mode: "append", eventTime: "updated_at" } } as const;
  const command = python.program("source-faker");
  const text = JSON.stringify({ seed: 7, always_updated: false, records_per_slice: 50, parallelism: 1, ...config });
  return airbyteSource({ command, config: () => text, batchRows, streams }).streams[0] as Stream;
}

/** This source takes any state as the end, so what can be compared is its count and that the state reaches it again. */
async function readTheirs(python: PythonEnvironment): Promise<boolean> {
  await using landing = await openLanding();
  const first = await landing.land(faker(python, { count: 300 }, 100));
  const again = await landing.land(faker(python, { count: 300 }, 100));
  const [row] = await landing.query(
    "SELECT count(DISTINCT id)::INTEGER AS ids, count(city)::INTEGER AS cities FROM raw.users",
  );
  return verdict(
    "reads all of it, then nothing",
    [first.rowsRead, again.rowsRead, row?.ids, row?.cities],
    [300, 0, 300, 300],
  );
}

async function refuseConfig(python: PythonEnvironment): Promise<boolean> {
  await using landing = await openLanding();
  const refused = await landing.land(faker(python, { count: "many" }, 100)).catch((error: unknown) => error);
  return verdict("a wrong configuration is refused", [(refused as { code?: string }).code], ["ingest/invalid-config"]);
}

/** Every verb of a source of ours, read by the models of their development kit. */
async function showOurs(python: PythonEnvironment): Promise<boolean> {
  await using dir = await tempDir();
  const log = join(dir.path, "exports/ontrack/log/production.log");
  await mkdir(dirname(log), { recursive: true });
  await writeFile(log, 'Started GET "/api/units/12/tasks/inbox" for 10.0.0.1 at 2024-05-01 09:12:33 +1000\n');
  const config = join(dir.path, "config.json");
  await writeFile(config, JSON.stringify({ sources_dir: join(dir.path, "exports") }));
  let lines = "";
  for (const verb of [
    ["spec"],
    ["check", "--config", config],
    ["discover", "--config", config],
    ["read", "--config", config],
  ]) {
    lines += await askOurs(verb, { MESH_HOME: join(dir.path, "home") });
  }
  const { types } = JSON.parse(await python.run([script], lines)) as { types: Record<string, number> };
  const expected = { SPEC: 1, CONNECTION_STATUS: 1, CATALOG: 1, TRACE: 3, RECORD: 1, STATE: 1 };
  return verdict("their models read what our sources say", [sorted(types)], [sorted(expected)]);
}

/** @returns what it printed */
async function askOurs(verb: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  let out = "";
  const code = await runCommandLine(["source", "ontrack-learning/ontrack-log", ...verb], {
    cwd: root,
    env,
    pid: process.pid,
    now: systemClock,
    columns: () => undefined,
    signal: new AbortController().signal,
    input: async () => "",
    out: (text) => {
      out += text;
    },
    err: (text) => console.error(text),
  });
  if (code !== 0) throw new Error(`mesh source ${verb[0]} ended with ${code}: ${out}`);
  return out;
}

function sorted(counts: Record<string, number>): string {
  return Object.entries(counts).sort().join(" ");
}
