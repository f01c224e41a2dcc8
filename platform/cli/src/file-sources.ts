import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { openMaskKey } from "@thoth/access/signing-key";
import { processStart } from "@thoth/control/process-identity";
import type { Domain } from "@thoth/pipeline/domain";
import type { MeshHome } from "@thoth/pipeline/mesh-home";
import { servedTables } from "@thoth/pipeline/previous-major";
import type { FileSources } from "@thoth/subgraph/served-files";
import type { AttachOptions, ReadSide } from "@thoth/warehouse/read-side";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import type { Effects } from "./effects.ts";
import type { Settings } from "./settings.ts";

export interface FileParts {
  readonly settings: Settings;
  readonly effects: Effects;
  readonly home: MeshHome;
  readonly domains: readonly Domain[];
  readonly readSide: ReadSide;
  /** Absent in a process without the control plane: it serves what is current. */
  readonly kept?: FileSources["kept"];
}

const defaultLimitBytes = 2 * 1024 * 1024 * 1024;

/** What the files of products are made from. Disposing removes those that were made. */
export async function openFileSources(parts: FileParts): Promise<FileSources & AsyncDisposable> {
  const { settings, effects, home, domains, readSide, kept } = parts;
  const dir = await ownFolder(path.join(home.home, "exports"), effects.pid);
  const open = async () => {
    const { openExportEngine } = await import("@thoth/warehouse/export-engine");
    const maskKey = await openMaskKey(home.home);
    return openExportEngine({ snapshotDir: home.snapshotsDir, exportDir: dir, maskKey });
  };
  return {
    states: readSide,
    ...(kept !== undefined && { kept }),
    shownAs: (snapshot) => shownAs(snapshot, domains),
    exports: { open, dir, limitBytes: settings.exportBytes ?? defaultLimitBytes },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}

function shownAs(snapshot: Snapshot, domains: readonly Domain[]): AttachOptions {
  const domain = domains.find(({ name }) => name === snapshot.domain);
  const loaded = domain?.loadedProducts.find(({ name }) => name === snapshot.product);
  return loaded === undefined ? {} : servedTables(loaded, snapshot);
}

/** Several processes may serve one home. What one left behind that runs no more is removed. */
async function ownFolder(dir: string, pid: number): Promise<string> {
  await mkdir(dir, { recursive: true });
  for (const name of await readdir(dir)) {
    const [, owner, identity] = /^(\d+)-([0-9a-f]{8})-/.exec(name) ?? [];
    if (owner === undefined || identityOf(Number(owner)) !== identity)
      await rm(path.join(dir, name), { recursive: true, force: true });
  }
  return mkdtemp(path.join(dir, `${pid}-${identityOf(pid)}-`));
}

/** Another one for a later process with the same pid; undefined when none runs. */
function identityOf(pid: number): string | undefined {
  const start = processStart(pid);
  return start && createHash("sha256").update(start).digest("hex").slice(0, 8);
}
