import { type DomainLock, proveLock } from "@thoth/control/domain-locks";
import type { ControlPlane } from "@thoth/control/open-control";
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

/**
 * Nobody can take the lock until the transaction has ended, and so until `work` has. When the connection breaks in between,
 * somebody can: then the lock is proved again. Its number only grows, so that where it is still ours
 * afterwards it was ours all the time.
 */
function fenceOf({ control }: Mesh, { lockOf, signal }: DomainHold): Fence {
  // Nothing can come between the embedded store and its only process.
  if (control.kind === "embedded") return (_domain, work) => work();
  return async (domain, work) => {
    const lock = lockOf(domain);
    const begin = async () => {
      // Nobody waits to the end for what is begun after that.
      signal.throwIfAborted();
      return beginUnder(control, lock, work);
    };
    const begun = await untilServed(begin, signal);
    if (begun.kind === "proved") return begun.result;
    const result = await begun.result;
    await untilServed(() => proveLock(control, lock), signal);
    return result;
  };
}

/** What has been done under a lock, or is under way: it is not begun again, whatever becomes of the connection. */
type Begun<Result> =
  | { readonly kind: "proved"; readonly result: Result }
  | { readonly kind: "unproved"; readonly result: Promise<Result> };

/** @throws what the proof throws; nothing has begun then */
async function beginUnder<Result>(
  control: ControlPlane,
  lock: DomainLock,
  work: () => Promise<Result>,
): Promise<Begun<Result>> {
  let begun: Promise<Result> | undefined;
  try {
    const result = await control.transaction(async (handle) => {
      await proveLock(handle, lock);
      begun = work();
      return begun;
    });
    return { kind: "proved", result };
  } catch (failure) {
    if (begun === undefined) throw failure;
    return { kind: "unproved", result: begun };
  }
}
