import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import type { HomeOwner } from "@thoth/control/home-lock";
import type { Settings } from "./settings.ts";
import type { Symptom } from "./symptom.ts";

const lowDiskBytes = 1024 ** 3;

/** Whether this machine offers what a mesh needs. */
export async function* examineMachine(
  settings: Settings,
  owner: HomeOwner | undefined,
): AsyncGenerator<Symptom, void, void> {
  yield { what: "node", state: "good", finding: process.version };
  yield await examineDisk(settings.home);
  yield await examinePort(settings, owner);
}

async function examineDisk(home: string): Promise<Symptom> {
  const { bavail, bsize } = await statfs(nearestFolder(home));
  const free = bavail * bsize;
  const finding = `${(free / 1024 ** 3).toFixed(1)} GiB free for ${home}`;
  if (free >= lowDiskBytes) return { what: "disk", state: "good", finding };
  return { what: "disk", state: "bad", finding, advice: "Make room, or set MESH_HOME to a folder on a larger disk." };
}

/** The home itself, or where it would be created. */
function nearestFolder(folder: string): string {
  return existsSync(folder) ? folder : nearestFolder(path.dirname(folder));
}

async function examinePort({ host, port }: Settings, owner: HomeOwner | undefined): Promise<Symptom> {
  const what = "port";
  if (port === 0) return { what, state: "good", finding: "any free one is taken" };
  const code = await tryPort(host, port);
  if (code === undefined) return { what, state: "good", finding: `${host}:${port} is free` };
  if (owner?.url !== undefined && new URL(owner.url).port === String(port))
    return { what, state: "good", finding: `this mesh is at ${owner.url}` };
  const finding = `${host}:${port} cannot be used (${code})`;
  return { what, state: "bad", finding, advice: "Set MESH_PORT to another port, or MESH_HOST to another address." };
}

function tryPort(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    probe.listen(port, host, () => probe.close(() => resolve(undefined)));
  });
}
