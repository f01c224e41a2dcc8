import { accessRevision, listRecords } from "@thoth/control/access-records";
import type { ControlPlane } from "@thoth/control/control-plane";
import { isServerAway } from "@thoth/control/server-away";
import { advisoryLock } from "@thoth/control/worker-presence";
import { removeAccessFiles, writeAccessFiles } from "../access-files.ts";
import type { Agreement } from "../agreement.ts";
import { accessError } from "../errors.ts";
import type { ServiceKey } from "../service-key.ts";

/**
 * Copies agreements and keys to the files that every process of a home follows. Among processes one at a time: without that
 * a slower one could put an older list in the place of a newer one.
 * @returns the revision that the files have now
 */
export async function projectAccess(control: ControlPlane, home: string): Promise<number> {
  return control.transaction(async (handle) => {
    await handle.query("select pg_advisory_xact_lock($1::int, 0)", [advisoryLock.access]);
    const revision = await accessRevision(handle);
    const agreements = await listRecords<Agreement>(handle, "agreement");
    const keys = await listRecords<ServiceKey>(handle, "service-key");
    await writeAccessFiles(home, { agreements, keys });
    return revision;
  });
}

/**
 * Puts a change in force that has just been recorded. Files that cannot be written are taken away, for they may still allow
 * what has been revoked.
 * @throws MeshError `access/change-not-in-force`
 */
export async function enforceChange(control: ControlPlane, home: string): Promise<void> {
  try {
    await projectAccess(control, home);
  } catch (cause) {
    throw await closeAccess(home, cause);
  }
}

/** Leaves nobody who is allowed something. @returns what to tell of it */
async function closeAccess(home: string, cause: unknown): Promise<Error> {
  const closed = await removeAccessFiles(home).then(
    () => true,
    () => false,
  );
  const reason = cause instanceof Error ? cause.message : String(cause);
  return accessError["change-not-in-force"]({ reason, closed }, { cause });
}

/** Between two looks at what this process or another has changed, milliseconds. */
const lookEveryMs = 400;

export interface AccessProjection {
  readonly control: ControlPlane;
  readonly home: string;
  /** Told when the control plane cannot be asked or the files not be written, once until both can. */
  readonly onTrouble: (failure: unknown) => void;
}

/**
 * Writes the files now, and whenever something has changed that is not in them: by another process, or by this one when it
 * could not write. A control plane that does not answer leaves them as they are; files that cannot be written are taken away.
 */
export async function keepProjected({ control, home, onTrouble }: AccessProjection): Promise<AsyncDisposable> {
  let revision = await projectAccess(control, home);
  let isTroubled = false;
  let stopped = false;
  const project = () =>
    projectAccess(control, home).catch(async (cause: unknown) => {
      throw isServerAway(cause) ? cause : await closeAccess(home, cause);
    });
  const look = async () => {
    try {
      if ((await accessRevision(control)) !== revision) revision = await project();
      isTroubled = false;
    } catch (failure) {
      if (!isTroubled && !stopped) onTrouble(failure);
      isTroubled = true;
    }
  };
  const { promise: end, resolve: stop } = Promise.withResolvers<void>();
  const looking = (async () => {
    while (!stopped) {
      await Promise.race([end, pause()]);
      if (!stopped) await look();
    }
  })();
  return {
    [Symbol.asyncDispose]: async () => {
      stopped = true;
      stop();
      await looking;
    },
  };
}

function pause(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, lookEveryMs).unref());
}
