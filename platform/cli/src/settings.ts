import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { findMeshError } from "@thoth/kernel/error-chain";
import type { OpenLineageOptions } from "@thoth/pipeline/open-lineage/open-lineage";
import { placeOfCode } from "./code-place.ts";
import { type Environment, numberFrom, remotesFrom, textFrom, timeFrom, urlFrom } from "./environment.ts";
import { cliError } from "./errors.ts";
import type { MeshConfig, Servers } from "./mesh-config.ts";

/** The configuration after environment variables have been applied. */
export interface Settings {
  /** Absolute folder of mesh.config.ts; relative paths in variables start there. */
  readonly root: string;
  /** Absolute. */
  readonly home: string;
  /** Where the real exports lie; undefined means that sample data is written into the home. */
  readonly sourcesDir: string | undefined;
  /** A Postgres server for the control plane; undefined means the embedded one. */
  readonly controlUrl: string | undefined;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Memory for answers that are given again, bytes; the gateway's own default when undefined. */
  readonly cacheBytes: number | undefined;
  readonly domains: string;
  readonly remotes: Readonly<Record<string, string>>;
  readonly sample: SampleSettings;
  readonly worker: WorkerTuning;
  /** Without a file and a URL nobody is told. */
  readonly openLineage: Pick<OpenLineageOptions, "namespace" | "file" | "url" | "apiKey">;
  readonly servers: () => Promise<Servers>;
}

export interface WorkerTuning {
  /** Domains at work at a time in one worker. */
  readonly concurrency: number;
  /** Before the second attempt of a run that failed, milliseconds. */
  readonly firstDelayMs: number;
  /** Between two looks for work, milliseconds. */
  readonly lookEveryMs: number;
}

export interface SampleSettings {
  readonly seed: number;
  readonly scale: number;
  /** Epoch ms; the present when undefined. */
  readonly asOf: number | undefined;
}

/**
 * Finds `mesh.config.ts` in the folder or above it.
 * @throws MeshError `cli/no-config`, `cli/config-code`, `cli/usage` for a variable that cannot be read
 */
export async function loadSettings(cwd: string, env: Environment): Promise<Settings> {
  const file = findConfig(cwd);
  const root = path.dirname(file);
  const config = await importConfig(file, root);
  const sourcesDir = textFrom(env, "MESH_SOURCES");
  const home = path.resolve(root, textFrom(env, "MESH_HOME") ?? "var");
  return {
    root,
    home,
    sourcesDir: sourcesDir === undefined ? undefined : path.resolve(root, sourcesDir),
    controlUrl: textFrom(env, "MESH_CONTROL_URL"),
    host: textFrom(env, "MESH_HOST") ?? config.host ?? "127.0.0.1",
    port: numberFrom(env, "MESH_PORT", { min: 0, max: 65_535, whole: true }) ?? config.port ?? 4000,
    cacheBytes: mebibytesFrom(env, "MESH_CACHE_MB"),
    domains: config.domains,
    remotes: { ...config.remotes, ...remotesFrom(env) },
    sample: {
      seed: numberFrom(env, "MESH_SAMPLE_SEED", { min: 0, max: 2 ** 32, whole: true }) ?? config.sample?.seed ?? 1,
      scale: numberFrom(env, "MESH_SAMPLE_SCALE", { min: 0.001, max: 10 }) ?? config.sample?.scale ?? 0.1,
      asOf: timeFrom(env, "MESH_SAMPLE_AS_OF"),
    },
    worker: workerFrom(env),
    openLineage: openLineageFrom(config, env, home),
    servers: config.servers,
  };
}

function workerFrom(env: Environment): WorkerTuning {
  const seconds = (name: string, fallback: number) =>
    (numberFrom(env, name, { min: 0.5, max: 3600 }) ?? fallback) * 1000;
  return {
    concurrency: numberFrom(env, "MESH_WORKER_DOMAINS", { min: 1, max: 64, whole: true }) ?? 2,
    firstDelayMs: seconds("MESH_RETRY_SECONDS", 30),
    lookEveryMs: seconds("MESH_WORKER_POLL_SECONDS", 5),
  };
}

function mebibytesFrom(env: Environment, name: string): number | undefined {
  const megabytes = numberFrom(env, name, { min: 0, max: 65_536 });
  return megabytes === undefined ? undefined : megabytes * 1024 * 1024;
}

function openLineageFrom({ openLineage }: MeshConfig, env: Environment, home: string): Settings["openLineage"] {
  const file = textFrom(env, "MESH_OPENLINEAGE_FILE") ?? openLineage?.file;
  return {
    namespace: textFrom(env, "MESH_OPENLINEAGE_NAMESPACE") ?? openLineage?.namespace ?? "thoth-mesh",
    file: file === undefined ? undefined : path.resolve(home, file),
    url: urlFrom(env, "MESH_OPENLINEAGE_URL") ?? openLineage?.url,
    apiKey: textFrom(env, "MESH_OPENLINEAGE_API_KEY"),
  };
}

function findConfig(cwd: string): string {
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    const file = path.join(folder, "mesh.config.ts");
    if (existsSync(file)) return file;
    if (folder === path.dirname(folder)) throw cliError["no-config"]({ from: cwd });
  }
}

async function importConfig(file: string, root: string): Promise<MeshConfig> {
  const shown = path.relative(root, file);
  try {
    const { default: config } = (await import(pathToFileURL(file).href)) as { default?: Partial<MeshConfig> };
    const { domains, servers } = config ?? {};
    if (typeof domains === "string" && typeof servers === "function") return { ...config, domains, servers };
  } catch (cause) {
    if (findMeshError(cause) !== undefined) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw cliError["config-code"]({ file: shown, reason }, { at: placeOfCode(cause, root) ?? { file: shown }, cause });
  }
  const reason = "it does not say `domains` and `servers`";
  throw cliError["config-code"]({ file: shown, reason }, { at: { file: shown } });
}
