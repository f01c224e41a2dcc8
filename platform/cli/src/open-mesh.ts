import { openPseudonymKey } from "@thoth/access/signing-key";
import { type HomeLock, lockHome } from "@thoth/control/home-lock";
import { openControl } from "@thoth/control/open-control";
import { openRunLedger } from "@thoth/control/run-ledger";
import { openSnapshotPointers } from "@thoth/control/snapshot-pointers";
import type { Mesh } from "@thoth/pipeline/mesh";
import { meshHome } from "@thoth/pipeline/mesh-home";
import { describeRun } from "@thoth/pipeline/open-lineage/describe-run";
import { type OpenLineage, openLineage } from "@thoth/pipeline/open-lineage/open-lineage";
import { writeCurrentSnapshots } from "@thoth/warehouse/current-snapshots";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { removeUnfinished } from "@thoth/warehouse/snapshot-store";
import type { Effects } from "./effects.ts";
import { loadDomains } from "./load-domains.ts";
import type { Settings } from "./settings.ts";

/** A mesh that this process owns. */
export interface OpenMesh extends Mesh, AsyncDisposable {
  readonly lock: HomeLock;
  /** Adds a reader that is told of every publish before the run goes on. */
  follow(reader: (snapshot: Snapshot) => Promise<void>): void;
}

/**
 * Takes the home for this process, opens its control plane and loads all domains. Runs that a dead process left
 * behind end as aborted.
 * @throws MeshError `control/home-in-use` and whatever the parts report
 */
export async function openMesh(settings: Settings, effects: Effects): Promise<OpenMesh> {
  await using opening = new AsyncDisposableStack();
  const home = meshHome(settings.home, settings.sourcesDir);
  const lock = opening.use(lockHome(home.home, { now: effects.now(), pid: effects.pid }));
  const domains = await loadDomains(settings);
  const pseudonymKey = await openPseudonymKey(home.home);
  const location = settings.controlUrl === undefined ? { dataDir: home.controlDir } : { url: settings.controlUrl };
  const control = opening.use(await openControl(location));
  const ledger = openRunLedger(control, effects.now);
  const pointers = openSnapshotPointers(control, effects.now);
  const events = openLineageOf(settings, effects);
  if (events !== undefined) opening.use(events);
  for (const run of await ledger.abortOrphans("the process that ran it ended without finishing it"))
    events?.send(async () => describeRun(run, { ...settings.openLineage, domains, lineage: new Map() }));
  await removeUnfinished(home.snapshotsDir);
  const project = async () => writeCurrentSnapshots(home.snapshotsDir, await pointers.current());
  await project();
  const readers: ((snapshot: Snapshot) => Promise<void>)[] = [];
  const onPublish = async (snapshot: Snapshot) => {
    await project();
    for (const reader of readers) await reader(snapshot);
  };
  const resources = opening.move();
  return {
    root: settings.root,
    home,
    domains,
    control,
    ledger,
    pointers,
    clock: effects.now,
    pseudonymKey,
    lock,
    onPublish,
    ...(events !== undefined && { openLineage: events }),
    follow: (reader) => readers.push(reader),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function openLineageOf({ openLineage: options }: Settings, effects: Effects): OpenLineage | undefined {
  return openLineage(options, { onTrouble: (message) => effects.err(`${message}.\n`) });
}
