import { proveLock } from "@thoth/control/domain-locks";
import { untilServed } from "@thoth/control/server-away";
import type { DomainHold } from "./domain-hold.ts";
import type { Mesh } from "./mesh.ts";
import { patientMesh } from "./patient-mesh.ts";

/** Does something that cannot be taken back while a domain's lock counts. @throws MeshError `control/lock-lost` */
export type Fence = <Result>(domain: string, work: () => Promise<Result>) => Promise<Result>;

/**
 * The same mesh for whoever holds some domains: whatever is published, ended or committed under a lock proves first that
 * it still counts, in the transaction that keeps it. What a run asks the control plane waits for its server.
 */
export function fenceMesh(mesh: Mesh, hold: DomainHold): Mesh {
  const patient = patientMesh(mesh, hold.signal);
  const { ledger, pointers } = patient;
  const { lockOf } = hold;
  return {
    ...patient,
    ledger: { ...ledger, start: (run) => ledger.start(run, lockOf(run.domain)) },
    pointers: {
      ...pointers,
      publish: (snapshot) => pointers.publish(snapshot, lockOf(snapshot.domain)),
      touch: (domain, product, watermark) => pointers.touch(domain, product, watermark, lockOf(domain)),
      moveTo: (domain, product, id) => pointers.moveTo(domain, product, id, lockOf(domain)),
      markPruned: (domain, product, id) => pointers.markPruned(domain, product, id, lockOf(domain)),
    },
    fence: fenceOf(mesh, hold),
  };
}

/** Who would take the lock waits until the transaction has ended, and so until `work` has. */
function fenceOf({ control }: Mesh, { lockOf, signal }: DomainHold): Fence {
  // Nothing can come between the embedded store and its only process.
  if (control.kind === "embedded") return (_domain, work) => work();
  return async (domain, work) => {
    let begun = false;
    const attempt = () =>
      control.transaction(async (handle) => {
        await proveLock(handle, lockOf(domain));
        begun = true;
        return work();
      });
    return untilServed(
      () => attempt().catch((failure: unknown) => Promise.reject(begun ? new FencedFailure(failure) : failure)),
      signal,
    ).catch((failure: unknown) => {
      throw failure instanceof FencedFailure ? failure.cause : failure;
    });
  };
}

/** What has begun is not begun again, whatever it failed of. */
class FencedFailure extends Error {
  constructor(cause: unknown) {
    super("what was done under a lock failed", { cause });
  }
}
