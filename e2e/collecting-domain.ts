import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { collectedEvents } from "@thoth/ingest/collector/collected-events";
import { collectedSignals } from "@thoth/ingest/collector/collected-signals";
import type { CollectedDomain } from "@thoth/ingest/collector/intake";
import { listSegments } from "@thoth/ingest/collector/segment-folder";
import { repository } from "./mesh-process.ts";

/** Lands what is collected for `collectingDomain`. */
export const pings = collectedEvents({ name: "pings", contract: "pings.odcs.yaml" });

/** The same for what OpenTelemetry logs. */
export const logs = collectedSignals({ name: "logs", signal: "logs" });

/** A domain that takes pings, the sessions of a demo and logs; `writePings` writes its contract. */
export function collectingDomain(root: string): CollectedDomain {
  return {
    name: "test-domain",
    dir: root,
    sources: [{ name: "pings", kind: "cloud-events", description: "", streams: [pings, logs] }],
  };
}

export async function writePings(root: string): Promise<void> {
  await mkdir(root, { recursive: true });
  await writeFile(join(root, "pings.odcs.yaml"), contract);
}

const contract = `
apiVersion: v3.2.0
kind: DataContract
id: 5b6f1a49-6b1b-4e55-8a0e-8a1b36f4f3c1
name: pings
version: 1.0.0
status: active
schema:
  - name: ping
    logicalType: object
    properties:
      - name: type
        logicalType: string
        required: true
        enum: [{ value: ping }, { value: demo.session.started }, { value: demo.session.usage }, { value: demo.session.ended }]
      - name: data
        logicalType: object
        classification: internal
        properties:
          - { name: n, logicalType: integer }
          - { name: session_id, logicalType: string }
          - name: counts
            logicalType: map
            map: { key: { logicalType: string }, value: { logicalType: integer } }
`;

/** What the collector has made durable for the domain, as landing would read it. */
export async function readCollectedEvents(dir: string): Promise<CollectedEvent[]> {
  const segments = await listSegments(join(dir, "test-domain/pings"));
  const texts = await Promise.all(segments.map(({ path }) => readFile(path, "utf8")));
  return texts.flatMap((text) => text.split("\n").slice(0, -1)).map((line) => JSON.parse(line) as CollectedEvent);
}

export interface CollectedEvent {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly data: { readonly counts?: Readonly<Record<string, number>> };
}

export interface CollectingProcess extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  kill(signal: NodeJS.Signals): Promise<void>;
}

export interface CollectingOptions {
  readonly root: string;
  readonly dir: string;
  readonly segmentBytes?: number;
  /** Largest file the process may write, KiB: what goes beyond fails as on a full disk. */
  readonly maxFileKiB?: number;
}

/** Starts a process that lands what is collected; killing it is up to the caller. */
export function startLanding(place: { readonly file: string; readonly collectedDir: string }): ChildProcess {
  const main = join(repository, "e2e/landing-main.ts");
  return spawn(process.execPath, ["--conditions=thoth-source", main, JSON.stringify(place)], {
    env: { ...process.env, NODE_COMPILE_CACHE: join(repository, "node_modules/.cache/node") },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** Starts the collector's process and waits until it answers. */
export async function startCollecting({ maxFileKiB, ...options }: CollectingOptions): Promise<CollectingProcess> {
  const main = join(repository, "e2e/collecting-main.ts");
  const node = [process.execPath, "--conditions=thoth-source", main, JSON.stringify(options)];
  const limit = `trap '' XFSZ; ulimit -f ${maxFileKiB ?? "unlimited"}; exec "$@"`;
  const [file = "", ...args] = maxFileKiB === undefined ? node : ["bash", "-c", limit, "bash", ...node];
  const env = { ...process.env, NODE_COMPILE_CACHE: join(repository, "node_modules/.cache/node") };
  const child = spawn(file, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const [first] = (await Promise.race([once(child.stdout, "data"), ended])) as [unknown];
  if (!(first instanceof Buffer)) throw new Error(`the collector ended with ${String(first)} before it listened`);
  return { url: String(first).trim(), pid: child.pid ?? 0, ...ending(child, ended) };
}

function ending(child: ChildProcess, ended: Promise<unknown>): Omit<CollectingProcess, "url" | "pid"> {
  const kill = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  return { kill, [Symbol.asyncDispose]: () => kill("SIGKILL") };
}
