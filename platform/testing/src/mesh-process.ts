import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { SqlRow } from "@thoth/warehouse/query-engine";

/** One run of a mesh in a process of its own, which may come to its end at a chosen point. */
export interface MeshProcess {
  /** From `writeRepository`. */
  readonly root: string;
  readonly home: string;
  readonly domains: readonly string[];
  /** Epoch ms at which its clock begins. */
  readonly now: number;
  readonly killed?: KillPoint;
  /** Largest file the process may write, KiB: what goes beyond fails as on a full disk. */
  readonly maxFileKiB?: number;
}

/**
 * `call`: at the n-th call of the control plane, before it or after it has been carried out. `ms`: after so long a time of
 * running. `before`: when all is ready and only the pointer has to move.
 */
export type KillPoint =
  | { readonly call: number; readonly when: "before" | "after" }
  | { readonly ms: number }
  | { readonly before: "publish" };

export interface MeshProcessResult {
  readonly signal: NodeJS.Signals | null;
  /** What it found when it opened the home. Undefined when it did not get so far. */
  readonly found: FoundHome | undefined;
  /** Undefined when it did not come to the end. */
  readonly ended: EndedRun | undefined;
  readonly errors: string;
}

export interface FoundHome {
  /** Pipelines of the runs that were open and have been ended as aborted. */
  readonly aborted: readonly string[];
  /** Product id → the rows it serves. */
  readonly products: Readonly<Record<string, readonly SqlRow[]>>;
}

export interface EndedRun {
  /** Job or domain → status. */
  readonly statuses: Readonly<Record<string, string>>;
  readonly messages: readonly string[];
  readonly products: FoundHome["products"];
  /** How many calls of the control plane it took, and how long. */
  readonly calls: number;
  readonly ms: number;
}

/** Where the CLI keeps it too: a process starts in half the time. */
const compileCache = fileURLToPath(new URL("../../../node_modules/.cache/node", import.meta.url));

/** Starts the process and waits for its end. */
export async function runMeshProcess({ maxFileKiB, ...run }: MeshProcess): Promise<MeshProcessResult> {
  const main = fileURLToPath(new URL("mesh-process-main.ts", import.meta.url));
  // It ends before the embedded engine's code is worth optimising.
  const node = [process.execPath, "--conditions=thoth-source", "--liftoff-only", main, JSON.stringify(run)];
  const limit = `trap '' XFSZ; ulimit -f ${maxFileKiB ?? "unlimited"}; exec "$@"`;
  const [file = "", ...args] = maxFileKiB === undefined ? node : ["bash", "-c", limit, "bash", ...node];
  const env = { ...process.env, NODE_COMPILE_CACHE: compileCache };
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], env });
  const ended = new Promise<NodeJS.Signals | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (_, signal) => resolve(signal));
  });
  const [signal, output, errors] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  const [found, end] = output.split("\n").map((line) => (line === "" ? undefined : JSON.parse(line)));
  return { signal, found, ended: end, errors };
}
