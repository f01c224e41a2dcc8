import path from "node:path";

/** Where one mesh keeps its state. Everything below `home`; deleting it is a clean start. */
export interface MeshHome {
  readonly home: string;
  readonly keysDir: string;
  /** What the real systems write, or the sample of it. */
  readonly sourcesDir: string;
  readonly warehouseDir: string;
  readonly snapshotsDir: string;
  readonly controlDir: string;
  /** Where processes that do not own the home leave what they counted. */
  readonly usageDir: string;
  /** Who read what, when and why: the segments of the audit trail. */
  readonly auditDir: string;
  /** What the collector has taken in, a folder for each domain. */
  readonly collectorDir: string;
  readonly tmpDir: string;
  writeFile(domain: string): string;
}

/** @param sourcesDir where the sources lie when not in the home itself (`MESH_SOURCES`) */
export function meshHome(home: string, sourcesDir?: string): MeshHome {
  const root = path.resolve(home);
  const warehouseDir = path.join(root, "warehouse");
  return {
    home: root,
    keysDir: path.join(root, "keys"),
    sourcesDir: sourcesDir === undefined ? path.join(root, "sources") : path.resolve(sourcesDir),
    warehouseDir,
    snapshotsDir: path.join(root, "snapshots"),
    controlDir: path.join(root, "control"),
    usageDir: path.join(root, "usage"),
    auditDir: path.join(root, "audit"),
    collectorDir: path.join(root, "collector"),
    tmpDir: path.join(root, "tmp"),
    writeFile: (domain) => path.join(warehouseDir, `${domain}.duckdb`),
  };
}
