import { existsSync } from "node:fs";
import { glob } from "node:fs/promises";
import path from "node:path";
import { type HomeOwner, lockHome } from "@thoth/control/home-lock";
import { openControl } from "@thoth/control/open-control";
import { tableNameOf } from "@thoth/kernel/major-names";
import { type MeshHome, meshHome } from "@thoth/pipeline/mesh-home";
import { readCurrentSnapshots } from "@thoth/warehouse/current-snapshots";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { snapshotFile, verifySnapshot } from "@thoth/warehouse/snapshot-store";
import { verifyDatabase } from "@thoth/warehouse/verify-database";
import { countOf } from "./count-text.ts";
import type { Effects } from "./effects.ts";
import { examineAccess } from "./examine-access.ts";
import { examineAudit } from "./examine-audit.ts";
import type { Settings } from "./settings.ts";
import { examine, type Symptom } from "./symptom.ts";

/** Whether what lies in the home is whole: opens the control plane, every warehouse and every published snapshot. */
export async function* examineHome(
  settings: Settings,
  owner: HomeOwner | undefined,
  effects: Effects,
): AsyncGenerator<Symptom, void, void> {
  const home = meshHome(settings.home, settings.sourcesDir);
  yield examineOwner(home.home, owner);
  yield examineSources(home.sourcesDir, settings.sourcesDir !== undefined);
  if (owner === undefined) yield* examineOwned(home, settings, effects);
  yield await examineAccess(home.home, effects.now);
  yield* examineSnapshots(home.snapshotsDir, effects.signal);
  yield* examineAudit(home.home, { keepsAccess: settings.controlUrl === undefined, signal: effects.signal });
}

function examineOwner(home: string, owner: HomeOwner | undefined): Symptom {
  if (owner === undefined) return { what: "home", state: "good", finding: `${home} is free` };
  const since = new Date(owner.startedAt).toISOString();
  const where = owner.url === undefined ? "" : ` and serves ${owner.url}`;
  return { what: "home", state: "note", finding: `process ${owner.pid} holds it since ${since}${where}` };
}

function examineSources(dir: string, real: boolean): Symptom {
  const what = "sources";
  if (!existsSync(dir))
    return real
      ? { what, state: "bad", finding: `${dir} does not exist`, advice: "Correct MESH_SOURCES." }
      : { what, state: "note", finding: "no sample data yet; mesh up writes it" };
  const isSample = !real && existsSync(path.join(dir, ".sample.json"));
  return { what, state: "good", finding: isSample ? `sample data in ${dir}` : dir };
}

/** What only one process may open; a process that holds the home has it open and would have said. */
async function* examineOwned(home: MeshHome, settings: Settings, { now, pid, signal }: Effects) {
  const { controlUrl } = settings;
  if (controlUrl !== undefined || existsSync(home.controlDir))
    yield await examine("control plane", async () => {
      using _lock = lockHome(home.home, { now: now(), pid });
      await using control = await openControl(
        controlUrl === undefined ? { dataDir: home.controlDir } : { url: controlUrl },
      );
      return { state: "good", finding: control.kind === "embedded" ? home.controlDir : "a Postgres server" };
    });
  for await (const name of glob("*.duckdb", { cwd: home.warehouseDir })) {
    signal.throwIfAborted();
    yield await examine(`warehouse ${path.basename(name, ".duckdb")}`, async () => {
      const tables = await verifyDatabase(path.join(home.warehouseDir, name));
      return { state: "good", finding: countOf(tables, "table") };
    });
  }
}

async function* examineSnapshots(dir: string, signal: AbortSignal): AsyncGenerator<Symptom, void, void> {
  const snapshots: Snapshot[] = [];
  yield await examine("snapshots", async () => {
    snapshots.push(...(await readCurrentSnapshots(dir)));
    if (snapshots.length > 0) return { state: "good", finding: `${countOf(snapshots.length, "product")} published` };
    return { state: "note", finding: "nothing is published", advice: "mesh run, or mesh up" };
  });
  for (const snapshot of snapshots) {
    signal.throwIfAborted();
    const product = `${snapshot.domain}/${snapshot.product}`;
    yield await examine(product, async () => {
      const file = snapshotFile(dir, snapshot.domain, snapshot.product, snapshot.id);
      const rows = await verifySnapshot(file, tableNameOf(snapshot.product, snapshot.contractVersion));
      if (rows === snapshot.rowCount)
        return { state: "good", finding: `${countOf(rows, "row")} in snapshot ${snapshot.id}` };
      const finding = `snapshot ${snapshot.id} holds ${countOf(rows, "row")} instead of ${snapshot.rowCount}`;
      return { state: "bad", finding, advice: `mesh rollback ${product}, or mesh run ${product} --full` };
    });
  }
}
