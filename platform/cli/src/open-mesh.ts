import { openPseudonymKey } from "@thoth/access/signing-key";
import { abortAbandoned } from "@thoth/control/abandoned-runs";
import { openDomainLocks } from "@thoth/control/domain-locks";
import { type HomeLock, lockHome } from "@thoth/control/home-lock";
import { type ControlPlane, openControl } from "@thoth/control/open-control";
import { openRunLedger } from "@thoth/control/run-ledger";
import { openRunLog } from "@thoth/control/run-log";
import { untilServed } from "@thoth/control/server-away";
import { openSnapshotPointers } from "@thoth/control/snapshot-pointers";
import { advisoryLock } from "@thoth/control/worker-presence";
import { findMeshError } from "@thoth/kernel/error-chain";
import { formatMeshError } from "@thoth/kernel/mesh-error";
import { servableSnapshots, showsWithdrawn } from "@thoth/pipeline/consent-states";
import type { Domain } from "@thoth/pipeline/domain";
import type { Mesh } from "@thoth/pipeline/mesh";
import { meshHome } from "@thoth/pipeline/mesh-home";
import { describeRun } from "@thoth/pipeline/open-lineage/describe-run";
import { type OpenLineage, openLineage } from "@thoth/pipeline/open-lineage/open-lineage";
import { writeCurrentSnapshots } from "@thoth/warehouse/current-snapshots";
import { SerialQueue } from "@thoth/warehouse/serial-queue";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { removeUnfinished } from "@thoth/warehouse/snapshot-store";
import type { Effects } from "./effects.ts";
import { loadDomains, loadDomainsFor, requireInputs } from "./load-domains.ts";
import type { Settings } from "./settings.ts";

/** A mesh that this process owns. */
export interface OpenMesh extends Mesh, AsyncDisposable {
  readonly lock: HomeLock;
  /** Adds a reader that is told of every publish before the run goes on. */
  follow(reader: (snapshot: Snapshot) => Promise<void>): void;
}

export interface OpenMeshOptions {
  /** Several processes on one home, which a control plane on a Postgres server allows: the locks of domains are enough. */
  readonly beside?: boolean;
  /** The domain that is meant, where it is one: of the others those that cannot be loaded are left out. */
  readonly only?: string;
}

/**
 * Takes the home for this process, opens its control plane and loads all domains. Runs that a dead process left
 * behind end as aborted.
 * @throws MeshError `control/home-in-use` and whatever the parts report
 */
export async function openMesh(settings: Settings, effects: Effects, options: OpenMeshOptions = {}): Promise<OpenMesh> {
  await using opening = new AsyncDisposableStack();
  const home = meshHome(settings.home, settings.sourcesDir);
  const shared = options.beside === true && settings.controlUrl !== undefined;
  const lock = opening.use(shared ? noLock(home.home) : lockHome(home.home, { now: effects.now(), pid: effects.pid }));
  const domains =
    options.only === undefined ? await loadDomains(settings) : await loadAround(options.only, settings, effects);
  const pseudonymKey = await openPseudonymKey(home.home);
  const location = settings.controlUrl === undefined ? { dataDir: home.controlDir } : { url: settings.controlUrl };
  const control = opening.use(await openControl(location, { graceMs: settings.worker.graceMs }));
  const ledger = openRunLedger(control, effects.now);
  const pointers = openSnapshotPointers(control, effects.now);
  const events = openLineageOf(settings, effects);
  if (events !== undefined) opening.use(events);
  const left = "the process that ran it ended without finishing it";
  for (const run of await abortAbandoned(control, ledger, left))
    events?.send(async () => describeRun(run, { ...settings.openLineage, domains, lineage: new Map() }));
  // What somebody else is writing looks unfinished, too.
  if ((await openDomainLocks(control, effects.now).held()).length === 0) await removeUnfinished(home.snapshotsDir);
  const write = async () => writeCurrentSnapshots(home.snapshotsDir, await servableSnapshots({ domains, pointers }));
  // Where the connection breaks meanwhile, another process may write at the same time: what is written last is read anew.
  const project = () => untilServed(() => exclusively(control, write), effects.signal);
  await project();
  const readers: ((snapshot: Snapshot) => Promise<void>)[] = [];
  // Two domains may publish at the same moment.
  const publishing = new SerialQueue();
  const onPublish = (snapshot: Snapshot) =>
    publishing.run(async () => {
      await project();
      if (await showsWithdrawn({ domains, pointers }, snapshot)) return;
      for (const reader of readers) await reader(snapshot);
    });
  const resources = opening.move();
  return {
    root: settings.root,
    home,
    domains,
    control,
    ledger,
    pointers,
    log: openRunLog(control, effects.now),
    clock: effects.now,
    pseudonymKey,
    memoryMb: settings.runMemoryMb,
    lock,
    onPublish,
    ...(events !== undefined && { openLineage: events }),
    follow: (reader) => readers.push(reader),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function loadAround(wanted: string, settings: Settings, effects: Effects): Promise<Domain[]> {
  const loaded = await loadDomainsFor(wanted, settings);
  requireInputs(wanted, loaded);
  for (const { name, failure } of loaded.unsound) {
    const expected = findMeshError(failure);
    effects.err(
      `left out ${name}, which cannot be loaded:\n${expected ? formatMeshError(expected) : String(failure)}\n\n`,
    );
  }
  return loaded.domains;
}

function openLineageOf({ openLineage: options }: Settings, effects: Effects): OpenLineage | undefined {
  return openLineage(options, { onTrouble: (message) => effects.err(`${message}.\n`) });
}

/** Among processes: without it a slower one could put an older list in the place of a newer one. */
async function exclusively(control: ControlPlane, work: () => Promise<void>): Promise<void> {
  if (control.kind === "embedded") return work();
  await control.transaction(async (handle) => {
    await handle.query("select pg_advisory_xact_lock($1::int, 0)", [advisoryLock.projection]);
    await work();
  });
}

function noLock(home: string): HomeLock {
  return { home, announce: () => undefined, [Symbol.dispose]: () => undefined };
}
