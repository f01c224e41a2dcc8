import { join } from "node:path";
import { startPostgres } from "@thoth/testing/postgres";
import type { SmallMesh } from "@thoth/testing/small-mesh";
import { snapshotFile } from "@thoth/warehouse/snapshot-store";
import type { Usage } from "../servers/probe.ts";
import { type ServerProcess, startServer } from "../servers/server-process.ts";
import type { OursConfig, OursMode } from "./ours-server.ts";
import { PostgresProcesses } from "./postgres-processes.ts";
import type { Question, Variables } from "./questions.ts";
import type { TableFile, WorldSize } from "./world.ts";

/** One server of the comparison. */
export interface Subject {
  readonly name: string;
  readonly title: string;
  readonly kind: "ours" | "peer" | "raw";
  readonly url: string;
  /** It gives answers again; to be measured so, it must have given all of them once. */
  readonly remembers: boolean;
  /** @returns undefined when this server cannot answer the question */
  bodyOf(question: Question, variables: Variables): string | undefined;
  /** From now on usage counts from zero. */
  reset(): Promise<void>;
  /** Of all processes that work for this server. */
  usage(): Promise<Usage>;
  profile: ServerProcess["profile"];
}

export interface SubjectParts {
  readonly mesh: SmallMesh;
  readonly size: WorldSize;
  /** Whether a server takes part, by its name. */
  readonly takesPart: (name: string) => boolean;
  /** What is started is stopped with it. */
  readonly stack: AsyncDisposableStack;
}

interface Description {
  readonly name: string;
  readonly title: string;
  readonly kind: Subject["kind"];
  readonly start: (context: Context) => Promise<Started>;
}

interface Started {
  readonly server: ServerProcess;
  /** What works for it in other processes. */
  readonly helpers?: readonly Pick<ServerProcess, "reset" | "usage">[];
}

interface Context extends SubjectParts {
  readonly tables: readonly TableFile[];
  /** Started once, for whoever asks first. */
  readonly subgraphs: () => Promise<Readonly<Record<string, ServerProcess>>>;
}

export const subjectDescriptions: readonly Description[] = [
  { name: "ours-cold", title: "ours, no cache", kind: "ours", start: (context) => startOurs(context, "cold") },
  { name: "ours-warm", title: "ours, warm cache", kind: "ours", start: (context) => startOurs(context, "warm") },
  { name: "ours-stitched", title: "ours, plans off", kind: "ours", start: (context) => startOurs(context, "stitched") },
  { name: "yoga", title: "Yoga, one schema", kind: "peer", start: (context) => startPeer(context, "yoga", {}) },
  { name: "apollo", title: "Apollo Gateway", kind: "peer", start: (context) => startFederated(context, "apollo", {}) },
  {
    name: "hive-stitching",
    title: "Hive Gateway, stitching",
    kind: "peer",
    start: (context) => startFederated(context, "hive", { planner: "stitching" }),
  },
  {
    name: "hive-router",
    title: "Hive Gateway, router planner",
    kind: "peer",
    start: (context) => startFederated(context, "hive", { planner: "router" }),
  },
  { name: "postgraphile", title: "PostGraphile on Postgres", kind: "peer", start: startPostgraphile },
  { name: "raw", title: "raw DuckDB over node:http", kind: "raw", start: (context) => startPeer(context, "raw", {}) },
];

export async function startSubjects(parts: SubjectParts): Promise<Subject[]> {
  const tables = tableFiles(parts.mesh);
  let subgraphs: Promise<Readonly<Record<string, ServerProcess>>> | undefined;
  const context: Context = {
    ...parts,
    tables,
    subgraphs: () => {
      subgraphs ??= startSubgraphs(parts, tables);
      return subgraphs;
    },
  };
  const subjects: Subject[] = [];
  for (const { name, title, kind, start } of subjectDescriptions) {
    if (!parts.takesPart(name)) continue;
    const { server, helpers = [] } = await start(context);
    const processes = [server, ...helpers];
    subjects.push({
      name,
      title,
      kind,
      url: server.url,
      remembers: name === "ours-warm",
      bodyOf: bodyWriter(name),
      reset: async () => void (await Promise.all(processes.map((one) => one.reset()))),
      profile: server.profile,
      usage: async () => addUsage(await Promise.all(processes.map((one) => one.usage()))),
    });
  }
  return subjects;
}

function bodyWriter(name: string): Subject["bodyOf"] {
  if (name === "raw") return ({ raw }, variables) => JSON.stringify({ question: raw, variables });
  const textOf = (question: Question) => (name === "postgraphile" ? question.postgraphile : question.query);
  return (question, variables) => {
    const query = textOf(question);
    return query === undefined ? undefined : JSON.stringify({ query, variables });
  };
}

function addUsage(usages: readonly Usage[]): Usage {
  const add = (value: (usage: Usage) => number) => usages.reduce((sum, usage) => sum + value(usage), 0);
  return {
    cpuMs: add(({ cpuMs }) => cpuMs),
    scriptMs: add(({ scriptMs }) => scriptMs),
    peakMemoryBytes: add(({ peakMemoryBytes }) => peakMemoryBytes),
    memoryBytes: add(({ memoryBytes }) => memoryBytes),
    longestStallMs: Math.max(...usages.map(({ longestStallMs }) => longestStallMs)),
  };
}

function tableFiles({ readSide, snapshotDir, model }: SmallMesh): TableFile[] {
  return readSide.attached().map(({ id, domain, product }) => ({
    name: model(`${domain}/${product}`).tableName,
    file: snapshotFile(snapshotDir, domain, product, id),
  }));
}

async function startOurs({ mesh, size, stack }: Context, mode: OursMode): Promise<Started> {
  const { snapshotDir, readSide } = mesh;
  const config: OursConfig = { mode, size, snapshotDir, snapshots: readSide.attached() };
  return { server: stack.use(await startServer(join(import.meta.dirname, "ours-server.ts"), config)) };
}

async function startPeer({ tables, stack }: Context, program: string, config: object): Promise<Started> {
  return { server: stack.use(await startServer(peerProgram(program), { tables, ...config })) };
}

async function startFederated(context: Context, program: string, config: object): Promise<Started> {
  const subgraphs = await context.subgraphs();
  const urls = Object.fromEntries(Object.entries(subgraphs).map(([domain, { url }]) => [domain, url]));
  const { server } = await startPeer(context, program, { subgraphs: urls, ...config });
  return { server, helpers: Object.values(subgraphs) };
}

async function startSubgraphs({ mesh, stack }: SubjectParts, tables: readonly TableFile[]) {
  const started: Record<string, ServerProcess> = {};
  for (const { domain } of mesh.subgraphs) {
    const config = { domain, tables: tables.filter(({ file }) => file.includes(`/${domain}/`)) };
    started[domain] = stack.use(await startServer(peerProgram("subgraph"), config));
  }
  return started;
}

async function startPostgraphile(context: Context): Promise<Started> {
  const postgres = context.stack.use(await startPostgres());
  const connectionString = await postgres.createDatabase("world");
  const { server } = await startPeer(context, "postgraphile", { connectionString });
  const postmaster = Number(await server.ask("postmaster"));
  return { server, helpers: [new PostgresProcesses(postmaster)] };
}

function peerProgram(name: string): string {
  return join(import.meta.dirname, "../peers/src", `${name}.ts`);
}
