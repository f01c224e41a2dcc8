import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ControlLocation, type ControlPlane, openControl } from "@thoth/control/open-control";
import type { Run } from "@thoth/control/run";
import { openRunLedger } from "@thoth/control/run-ledger";
import { openSnapshotPointers } from "@thoth/control/snapshot-pointers";
import { tableNameOf } from "@thoth/kernel/major-names";
import { snakeCase } from "@thoth/kernel/names";
import type { Domain } from "@thoth/pipeline/domain";
import { loadDomain } from "@thoth/pipeline/load-domain";
import type { Mesh } from "@thoth/pipeline/mesh";
import { meshHome } from "@thoth/pipeline/mesh-home";
import { type RunOptions, runMesh } from "@thoth/pipeline/run-mesh";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import { openReadSide } from "@thoth/warehouse/read-side";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { seedControlStore } from "./control-store.ts";
import { tempDir } from "./temp-dir.ts";
import { domainFiles, publishedFiles, type TestDomain } from "./test-domain.ts";

/** A mesh in a folder of its own: real domains, real pipelines, a real control plane; only the clock is the test's. */
export interface TestMesh extends AsyncDisposable {
  /** Everything the mesh has lies below: `repository-<n>`, `home`. */
  readonly dir: string;
  /** As it is now: `define` puts another one in its place. */
  readonly mesh: Mesh;
  /** Puts other domains in the place of the ones before; home and history stay. */
  define(domains: readonly TestDomain[]): Promise<void>;
  /** Writes a file of the sources, or removes it when the content is undefined. */
  source(name: string, content: string | undefined): Promise<void>;
  /** Lets time pass, ms. Each reading of the clock is a millisecond later than the one before in any case. */
  advance(ms: number): void;
  /** @returns the rows of the ledger by `<domain>/<pipeline>`: `shop/clean/sales`, `shop/domain` */
  run(options?: TestRunOptions): Promise<Map<string, Run>>;
  /** What a product serves: `shop/takings`; rows in the order of their columns. */
  rows(product: string): Promise<SqlRow[]>;
  currentOf(product: string): Promise<Snapshot | undefined>;
}

export type TestRunOptions = Partial<Pick<RunOptions, "only" | "full" | "signal" | "onProgress" | "onWait">>;

export interface TestMeshOptions {
  /** Epoch ms at the beginning; 2026-06-01 unless given. */
  readonly now?: number;
  /** Of an empty database on a Postgres server for the control plane; an embedded one when absent. */
  readonly controlUrl?: string | undefined;
  /** How long a process may be out of that server's sight, ms; as usual when absent. */
  readonly graceMs?: number | undefined;
  /** Told of every publish, as the readers in a serving process are. */
  readonly onPublish?: (snapshot: Snapshot) => Promise<void>;
}

/** `await using world = await openTestMesh([{ name: "shop", … }])` */
export async function openTestMesh(domains: readonly TestDomain[], options: TestMeshOptions = {}): Promise<TestMesh> {
  await using stack = new AsyncDisposableStack();
  const { path: dir } = stack.use(await tempDir("thoth-mesh-"));
  const { graceMs } = options;
  const control = stack.use(await openControl(await controlOf(dir, options), graceMs === undefined ? {} : { graceMs }));
  const world = new OpenTestMesh(dir, control, options, stack.move());
  await world.define(domains);
  return world;
}

async function controlOf(dir: string, { controlUrl }: TestMeshOptions): Promise<ControlLocation> {
  if (controlUrl !== undefined) return { url: controlUrl };
  const dataDir = join(dir, "home/control");
  await seedControlStore(dataDir);
  return { dataDir };
}

/** Writes domains as a repository that packages of the workspace can be imported from. @returns its root */
export async function writeRepository(root: string, domains: readonly TestDomain[]): Promise<string> {
  await mkdir(root, { recursive: true });
  await symlink(workspacePackages, join(root, "node_modules"), "dir");
  for (const domain of domains) {
    for (const [name, content] of Object.entries(domainFiles(domain))) {
      await write(join(root, "domains", domain.name, name), content);
    }
    for (const [name, content] of Object.entries(publishedFiles(domain))) await write(join(root, name), content);
  }
  return root;
}

export interface MeshParts {
  readonly root: string;
  readonly home: string;
  readonly control: ControlPlane;
  readonly clock: () => number;
  /** Names of their folders. */
  readonly domains: readonly string[];
  readonly onPublish?: Mesh["onPublish"] | undefined;
  readonly onAudit?: Mesh["onAudit"];
}

export async function meshOf({ root, home, control, clock, domains, onPublish, onAudit }: MeshParts): Promise<Mesh> {
  const files = domains.map((name) => join(root, "domains", name, "domain.ts"));
  return {
    root,
    home: meshHome(home),
    domains: await Promise.all(files.map((file): Promise<Domain> => loadDomain(file, root))),
    control,
    ledger: openRunLedger(control, clock),
    pointers: openSnapshotPointers(control, clock),
    clock,
    pseudonymKey: "a key for tests",
    onPublish: onPublish ?? (async () => undefined),
    ...(onAudit && { onAudit }),
  };
}

const workspacePackages = join(import.meta.dirname, "../../../node_modules");

class OpenTestMesh implements TestMesh {
  readonly dir: string;
  readonly #control: ControlPlane;
  readonly #options: TestMeshOptions;
  readonly #resources: AsyncDisposableStack;
  readonly #signal = new AbortController().signal;
  #mesh: Mesh | undefined;
  #repositories = 0;
  #now: number;

  constructor(dir: string, control: ControlPlane, options: TestMeshOptions, resources: AsyncDisposableStack) {
    this.dir = dir;
    this.#control = control;
    this.#options = options;
    this.#resources = resources;
    this.#now = options.now ?? Date.UTC(2026, 5, 1);
  }

  get mesh(): Mesh {
    if (this.#mesh === undefined) throw new Error("no domains have been defined");
    return this.#mesh;
  }

  /** In a new folder each time: Node keeps a module that it has imported. */
  async define(domains: readonly TestDomain[]): Promise<void> {
    const root = await writeRepository(join(this.dir, `repository-${++this.#repositories}`), domains);
    this.#mesh = await meshOf({
      root,
      home: join(this.dir, "home"),
      control: this.#control,
      clock: () => this.#now++,
      domains: domains.map((domain) => domain.name),
      onPublish: this.#options.onPublish,
    });
  }

  async source(name: string, content: string | undefined): Promise<void> {
    const file = join(this.mesh.home.sourcesDir, name);
    await (content === undefined ? rm(file) : write(file, content));
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  async run(options: TestRunOptions = {}): Promise<Map<string, Run>> {
    const runs = await runMesh(this.mesh, { trigger: "manual", signal: this.#signal, ...options });
    return new Map(runs.map((run) => [`${run.domain}/${run.pipeline}`, run]));
  }

  async rows(product: string): Promise<SqlRow[]> {
    const current = await this.currentOf(product);
    if (current === undefined) throw new Error(`nothing of ${product} has been published`);
    return readSnapshot(this.mesh.home.snapshotsDir, current);
  }

  async currentOf(product: string): Promise<Snapshot | undefined> {
    const [domain = "", name = ""] = product.split("/");
    return this.mesh.pointers.currentOf(domain, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

/** The rows of one snapshot as readers see them, in the order of their columns. */
export async function readSnapshot(snapshotDir: string, snapshot: Snapshot): Promise<SqlRow[]> {
  const catalog = snakeCase(snapshot.domain);
  await using side = await openReadSide({ snapshotDir, catalogs: [catalog], connections: 1 });
  await side.attach(snapshot);
  return side.query(
    `select * from ${catalog}.product.${tableNameOf(snapshot.product, snapshot.contractVersion)} order by all`,
  );
}

async function write(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}
