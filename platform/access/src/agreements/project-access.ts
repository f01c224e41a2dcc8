import { accessRevision, listRecords } from "@thoth/control/access-records";
import type { ControlPlane } from "@thoth/control/control-plane";
import { advisoryLock } from "@thoth/control/worker-presence";
import { writeAccessFiles } from "../access-files.ts";
import type { Agreement } from "../agreement.ts";
import type { ServiceKey } from "../service-key.ts";
import { projectedAgreements } from "./projected-agreements.ts";

/**
 * Copies keys and what may count of the agreements to the files that every process of a home follows. Among processes one at a time: without that
 * a slower one could put an older list in the place of a newer one.
 * @param written revision that the files are known to have: nothing is written when it is the newest
 * @returns the revision that the files have now
 */
export async function projectAccess(control: ControlPlane, home: string, written?: number): Promise<number> {
  return control.transaction(async (handle) => {
    await handle.query("select pg_advisory_xact_lock($1::int, 0)", [advisoryLock.access]);
    const revision = await accessRevision(handle);
    if (revision === written) return revision;
    const agreements = projectedAgreements(await listRecords<Agreement>(handle, "agreement"));
    const keys = await listRecords<ServiceKey>(handle, "service-key");
    await writeAccessFiles(home, { agreements, keys });
    return revision;
  });
}
