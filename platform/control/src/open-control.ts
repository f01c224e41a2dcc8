import type { ControlPlane, ControlStore } from "./control-plane.ts";
import { migrate } from "./migrations.ts";
import { defaultGraceMs } from "./presence.ts";
import { newWorkerId } from "./worker-presence.ts";

export type { ControlHandle, ControlPlane, ControlValue } from "./control-plane.ts";

/** `dataDir`: an embedded store in that folder, created when missing. `url`: a Postgres server. */
export type ControlLocation = { readonly dataDir: string } | { readonly url: string };

export interface ControlOptions {
  /** How long this process may be out of sight before it is taken for gone, milliseconds. */
  readonly graceMs?: number;
}

/**
 * Opens the control plane and brings its tables up to date. Only the vendor that is asked for is loaded.
 * @throws MeshError `control/corrupt-store`, `control/store-not-created`, `control/unreachable`,
 *   `control/invalid-url`, `control/newer-schema`, `control/migration-failed`
 */
export async function openControl(
  location: ControlLocation,
  { graceMs = defaultGraceMs }: ControlOptions = {},
): Promise<ControlPlane> {
  const store = await openStore(location);
  try {
    await migrate(store);
    const workerId = newWorkerId();
    const presence = await store.holdPresence(workerId, graceMs);
    let closing: PromiseLike<void> | undefined;
    return {
      ...store,
      transaction: (work) => store.transaction(work),
      workerId,
      presence,
      [Symbol.asyncDispose]: () => {
        closing ??= store[Symbol.asyncDispose]();
        return closing;
      },
    };
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

async function openStore(location: ControlLocation): Promise<ControlStore> {
  if ("url" in location) return (await import("./postgres-store.ts")).openPostgres(location.url);
  return (await import("./pglite-store.ts")).openPglite(location.dataDir);
}
