import { accessRevision, listRecords } from "@thoth/control/access-records";
import type { ControlPlane } from "@thoth/control/control-plane";
import { advisoryLock } from "@thoth/control/worker-presence";
import { writeAccessFiles } from "../access-files.ts";
import type { Agreement } from "../agreement.ts";
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

/** Between two looks at a control plane that others change, too, milliseconds. */
const lookEveryMs = 400;

export interface AccessProjection {
  readonly control: ControlPlane;
  readonly home: string;
  /** Told when the control plane cannot be asked, once until it answers again; the files stay as they are. */
  readonly onTrouble: (failure: unknown) => void;
}

/** Writes the files now, and, where the control plane is a server, whenever another process has changed something. */
export async function keepProjected({ control, home, onTrouble }: AccessProjection): Promise<AsyncDisposable> {
  let revision = await projectAccess(control, home);
  if (control.kind === "embedded") return { [Symbol.asyncDispose]: async () => undefined };
  let isTroubled = false;
  let stopped = false;
  const look = async () => {
    try {
      if ((await accessRevision(control)) !== revision) revision = await projectAccess(control, home);
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
