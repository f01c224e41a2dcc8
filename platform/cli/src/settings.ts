import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type IssuerSettings, parseIssuers } from "@thoth/access/issuers/issuer-settings";
import { findMeshError } from "@thoth/kernel/error-chain";
import type { OpenLineageOptions } from "@thoth/pipeline/open-lineage/open-lineage";
import { placeOfCode } from "./code-place.ts";
import {
  type Environment,
  folderNameFrom,
  jsonFrom,
  numberFrom,
  remotesFrom,
  textFrom,
  timeFrom,
  urlFrom,
} from "./environment.ts";
import { cliError } from "./errors.ts";
import type { MeshConfig, Servers } from "./mesh-config.ts";
import { type PortSettings, portSettingsFrom } from "./port-settings.ts";
import { type SqlSettings, sqlSettingsFrom } from "./sql-settings.ts";

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
  /** Undefined when SQL is not served. */
  readonly sql: SqlSettings | undefined;
  /** Memory for answers that are given again, bytes; the gateway's own default when undefined. */
  readonly cacheBytes: number | undefined;
  /** Disk for files that are made to be read in parts, bytes; a default when undefined. */
  readonly exportBytes: number | undefined;
  /** What the engine of one domain may hold in memory while it cleans and publishes, MiB; a default when undefined. */
  readonly runMemoryMb: number | undefined;
  /** Who may ask the GraphQL port how. */
  readonly graphql: PortSettings;
  readonly domains: string;
  readonly remotes: Readonly<Record<string, string>>;
  readonly sample: SampleSettings;
  readonly worker: WorkerTuning;
  readonly audit: AuditSettings;
  /** Without a file and a URL nobody is told. */
  readonly openLineage: Pick<OpenLineageOptions, "namespace" | "sources" | "file" | "url" | "apiKey">;
  /** Whose tokens are accepted beside the mesh's own. */
  readonly issuers: readonly IssuerSettings[];
  readonly servers: () => Promise<Servers>;
}

export interface AuditSettings {
  /** Whole days for which the audit trail is kept. */
  readonly keptDays: number;
  /** Absolute folder that older segments move to; deleted when undefined. */
  readonly archive: string | undefined;
}

export interface WorkerTuning {
  /** Domains at work at a time in one worker. */
  readonly concurrency: number;
  /** Before the second attempt of a run that failed, milliseconds. */
  readonly firstDelayMs: number;
  /** Between two looks for work, milliseconds. */
  readonly lookEveryMs: number;
  /** How long a process may be out of the control plane's sight before it is taken for gone, milliseconds. */
  readonly graceMs: number;
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
  const port = numberFrom(env, "MESH_PORT", { min: 0, max: 65_535, whole: true }) ?? config.port ?? 4000;
  return {
    root,
    home,
    sourcesDir: sourcesDir === undefined ? undefined : path.resolve(root, sourcesDir),
    controlUrl: textFrom(env, "MESH_CONTROL_URL"),
    host: textFrom(env, "MESH_HOST") ?? config.host ?? "127.0.0.1",
    port,
    sql: sqlSettingsFrom(env, { configured: config.sqlPort, httpPort: port, root }),
    cacheBytes: mebibytesFrom(env, "MESH_CACHE_MB"),
    exportBytes: mebibytesFrom(env, "MESH_EXPORTS_MB"),
    runMemoryMb: numberFrom(env, "MESH_RUN_MEMORY_MB", { min: 128, max: 1_048_576, whole: true }),
    graphql: portSettingsFrom(config.graphql ?? {}, env, root),
    domains: config.domains,
    remotes: { ...config.remotes, ...remotesFrom(env) },
    sample: {
      seed: numberFrom(env, "MESH_SAMPLE_SEED", { min: 0, max: 2 ** 32, whole: true }) ?? config.sample?.seed ?? 1,
      scale: numberFrom(env, "MESH_SAMPLE_SCALE", { min: 0.001, max: 10 }) ?? config.sample?.scale ?? 0.1,
      asOf: timeFrom(env, "MESH_SAMPLE_AS_OF"),
    },
    worker: workerFrom(env),
    audit: auditFrom(env, root),
    openLineage: openLineageFrom(config, env, home),
    issuers: issuersFrom(config, env),
    servers: config.servers,
  };
}

function auditFrom(env: Environment, root: string): AuditSettings {
  const archive = textFrom(env, "MESH_AUDIT_ARCHIVE");
  return {
    keptDays: numberFrom(env, "MESH_AUDIT_DAYS", { min: 2, max: 36_500, whole: true }) ?? 730,
    archive: archive === undefined ? undefined : path.resolve(root, archive),
  };
}

function workerFrom(env: Environment): WorkerTuning {
  const seconds = (name: string, fallback: number) =>
    (numberFrom(env, name, { min: 0.5, max: 3600 }) ?? fallback) * 1000;
  return {
    concurrency: numberFrom(env, "MESH_WORKER_DOMAINS", { min: 1, max: 64, whole: true }) ?? 2,
    firstDelayMs: seconds("MESH_RETRY_SECONDS", 30),
    lookEveryMs: seconds("MESH_WORKER_POLL_SECONDS", 5),
    graceMs: seconds("MESH_WORKER_GRACE_SECONDS", 5),
  };
}

function mebibytesFrom(env: Environment, name: string): number | undefined {
  const megabytes = numberFrom(env, name, { min: 0, max: 65_536 });
  return megabytes === undefined ? undefined : megabytes * 1024 * 1024;
}

/** In the variable as JSON: what it says takes the place of what the file says. */
function issuersFrom({ issuers = [] }: MeshConfig, env: Environment): readonly IssuerSettings[] {
  const value = jsonFrom(env, "MESH_ISSUERS");
  return value === undefined ? parseIssuers(issuers, "mesh.config.ts") : parseIssuers(value, "MESH_ISSUERS");
}

function openLineageFrom({ openLineage }: MeshConfig, env: Environment, home: string): Settings["openLineage"] {
  const file = textFrom(env, "MESH_OPENLINEAGE_FILE") ?? openLineage?.file;
  const sources = folderNameFrom(textFrom(env, "MESH_OPENLINEAGE_SOURCES"), "MESH_OPENLINEAGE_SOURCES");
  return {
    sources: sources ?? folderNameFrom(openLineage?.sources, "openLineage.sources in mesh.config.ts"),
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
